"""Personal API tokens: shown once, kept as SHA-256, used as `Authorization: Bearer …` on /api/v1."""

from __future__ import annotations

import logging

from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from app.audit.log import record
from app.auth import secret
from app.auth.models import ApiToken, User
from app.auth.people import PersonRefused
from app.database import db_now, reading, transaction
from app.extensions import db

log = logging.getLogger(__name__)

PREFIX = "zgt_"
USED_EVERY_SECONDS = 60
LONGEST_NAME = 200


def create(user: User, name: str, *, public_replies: bool = False) -> str:
    """A new token for this person, to be shown now and never again.

    :param public_replies: whether jobs started with it may write to customers.
    :raises PersonRefused: the name is empty, too long, or no single line.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PersonRefused(f"Say what the token is for, in 1 to {LONGEST_NAME} characters on one line.")
    token = secret.new(PREFIX)
    values = {"user_id": user.id, "name": name, "token_hash": secret.digest(token), "public_replies": public_replies}
    with transaction() as tx:
        token_id = tx.execute(
            insert(ApiToken).values(created_at=db_now(), **values).returning(ApiToken.id)
        ).scalar_one()
    may = ", which may write to customers" if public_replies else ""
    record("token.created", "token", token_id, f"Created the API token “{name}” of {user.email}{may}.")
    return token


def of(user_id: int) -> list[ApiToken]:
    """The tokens of a person, the newest first, revoked ones too; apart from any session, without their `user`."""
    query = select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return list(session.scalars(query))


def revoke(token_id: int, user: User) -> bool:
    """Refuse this token of this person from now on; False when there is no such token in use."""
    live = (ApiToken.id == token_id, ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    with transaction() as tx:
        name = tx.scalar(update(ApiToken).where(*live).values(revoked_at=db_now()).returning(ApiToken.name))
    if name is None:
        return False
    record("token.revoked", "token", token_id, f"Revoked the API token “{name}” of {user.email}.")
    return True


def find(token: str) -> ApiToken | None:
    """The row of this token, with its `user`, unless revoked or the account is closed; apart from any session."""
    unused = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at < db_now() - USED_EVERY_SECONDS)
    query = (
        select(ApiToken, unused)
        .join(ApiToken.user)
        .options(joinedload(ApiToken.user))
        .where(ApiToken.token_hash == secret.digest(token), ApiToken.revoked_at.is_(None), User.active)
    )
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        found = session.execute(query).first()
    if found is None:
        return None
    if found[1]:
        _used(found[0].id)
    return found[0]


def _used(token_id: int) -> None:
    try:
        with transaction() as tx:
            tx.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=db_now()))
    except OperationalError:  # the request can be answered all the same
        log.warning("last_used_at of a token could not be written", exc_info=True)
