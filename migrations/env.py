"""How Alembic reaches the database and the models; run by `flask --app run db …`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection, NullPool, create_engine

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = "sandbox"  # the built-in Zendesk is an app of its own
UPGRADE_LOCK = 7_203_417  # of PostgreSQL's advisory locks; any number that no other program takes


def all_models() -> None:
    """Import every models.py of the app, so that a new feature's tables cannot be forgotten."""
    for path in sorted((ROOT / "app").rglob("models.py")):
        parts = path.relative_to(ROOT).with_suffix("").parts
        if NOT_OURS not in parts:
            import_module(".".join(parts))


def without_noise(_context: Any, _revision: Any, directives: list[Any]) -> None:
    """`db migrate` writes no file when nothing changed."""
    if getattr(context.config.cmd_opts, "autogenerate", False) and directives[0].upgrade_ops.is_empty():
        directives[:] = []


@contextmanager
def alone(connection: Connection) -> Iterator[None]:
    """Keep other upgrades out, and SQLite's foreign keys from deleting rows of tables that batch mode rebuilds."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # Straight to the driver: inside a transaction, which SQLAlchemy would begin here, SQLite ignores this.
        connection.connection.execute("PRAGMA foreign_keys=OFF")
    with connection.begin():  # on SQLite a BEGIN IMMEDIATE, see app.database
        if not sqlite:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({UPGRADE_LOCK})")
        yield
        if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"The migration would leave {len(broken)} rows that point nowhere; nothing was changed.")


def run() -> None:
    """Bring the database to the revision asked for, in one transaction."""
    all_models()
    extension = current_app.extensions["migrate"]
    engine = create_engine(extension.db.engine.url, poolclass=NullPool)
    with engine.connect() as connection, alone(connection):
        context.configure(
            connection=connection,
            target_metadata=extension.db.metadata,
            process_revision_directives=without_noise,
            **extension.configure_args,
        )
        context.run_migrations()


run()
