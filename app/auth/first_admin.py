"""The first admin: made from ADMIN_EMAIL and ADMIN_PASSWORD, or invented, when the installation has no admin yet."""

from __future__ import annotations

import logging

from flask import Flask
from sqlalchemy import Connection, insert, inspect, select
from sqlalchemy.exc import DBAPIError

from app.audit.log import record
from app.auth import people
from app.auth.addresses import normal_email
from app.auth.models import User
from app.auth.people import PersonRefused, invented_password, new_values
from app.database import db_now, read_transaction, transaction
from app.extensions import db
from config import Config

log = logging.getLogger(__name__)

DEFAULT_EMAIL = "admin@example.com"
LOCK = 7_203_418  # of PostgreSQL's advisory locks; SQLite's transaction is alone anyway


def ensure_first_admin(config: Config) -> tuple[str, str | None] | None:
    """Create the first admin if there is none: address and password, the password None when the settings gave it.

    None when there was an admin already. Of several processes that call this together one creates it.

    :raises PersonRefused: the settings name no address, one that is taken, or (in production) a weak password.
    """
    with read_transaction() as tx:
        if _has_admin(tx):
            return None
    email = normal_email(config.admin_email) or DEFAULT_EMAIL
    invented = None if config.admin_password else invented_password()
    weakness = people.weakness(config.admin_password, email) if config.admin_password else None
    if weakness and config.production:
        raise PersonRefused(f"ADMIN_PASSWORD: {weakness}")
    if weakness:
        log.warning("ADMIN_PASSWORD would be refused in production: %s", weakness)
    values = new_values(email, invented or config.admin_password, "admin")
    return (email, invented) if _inserted(values) else None


def create_at_start(app: Flask, config: Config) -> None:
    """At the start of a process: create the admin whom the settings name, if that is possible yet.

    Without it, a production server without a run of `users first-admin` could not be entered.
    """
    if not (config.admin_email and config.admin_password):
        return
    with app.app_context():
        try:
            if inspect(db.engine).has_table(User.__tablename__) and ensure_first_admin(config):
                log.info("created the first admin, %s", config.admin_email)
        except (PersonRefused, DBAPIError) as error:
            log.warning("the first admin was not created: %s", error)
        finally:
            db.engine.dispose()  # what this process forks must not inherit open connections


def _has_admin(tx: Connection) -> bool:
    return tx.scalar(select(User.id).where(User.role == "admin").limit(1)) is not None


def _inserted(values: dict[str, object]) -> bool:
    with transaction() as tx:
        if tx.dialect.name == "postgresql":
            tx.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        if _has_admin(tx):
            return False
        if tx.scalar(select(User.id).where(User.email == values["email"])):
            raise PersonRefused(
                f"There is no admin, and {values['email']} is an agent; set ADMIN_EMAIL to another one."
            )
        user_id = tx.execute(insert(User).values(created_at=db_now(), **values).returning(User.id)).scalar_one()
    record("user.created", "user", user_id, f"Created the first admin, {values['email']}.", role="admin")
    return True
