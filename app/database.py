"""How the database is opened: SQLite made safe for several processes, and a clock that all of them share."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import Connection, Engine, Float, event
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.characters import keepable_values
from app.extensions import db

# SQLite takes its write lock at BEGIN unless the caller only reads: a transaction that reads first and writes later
# would fail with "database is locked" at once, and SQLAlchemy's default, no BEGIN before SELECT, loses updates.
_reading: ContextVar[bool] = ContextVar("reading", default=False)
BUSY_MILLISECONDS = 15_000
SAFE = ("GET", "HEAD", "OPTIONS")  # methods of requests that only read
# PostgreSQL ends a writing transaction that stands still for so long. A process that was stopped between two statements
# (or whose machine is gone) would else keep the rows that it locked: its job's, and with it the sweep, for ever.
IDLE_MILLISECONDS = 10_000


class db_now(FunctionElement[float]):  # noqa: N801 - it is written like the SQL function that it is
    """Seconds since 1970 by the database's clock, at the moment the statement runs (not when its transaction began)."""

    type = Float()
    inherit_cache = True


@compiles(db_now, "sqlite")
def _sqlite_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "((julianday('now') - 2440587.5) * 86400.0)"


@compiles(db_now, "postgresql")
def _postgresql_now(element: Any, compiler: Any, **kw: Any) -> str:
    return "extract(epoch from clock_timestamp())::float8"


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: Any) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.isolation_level = None  # we say BEGIN ourselves, below
        # FULL: a batch's intent must survive a power cut before the batch is sent.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_MILLISECONDS}"):
            connection.execute(f"PRAGMA {pragma}")


@event.listens_for(Engine, "begin")
def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN" if _reading.get() else "BEGIN IMMEDIATE")


@event.listens_for(Engine, "before_cursor_execute", retval=True)
def _keep_text(
    _connection: Connection, _cursor: Any, statement: str, parameters: Any, _context: Any, _many: bool
) -> tuple[str, Any]:
    """No statement fails for a character in a text from outside; the driver refuses some (NUL on PostgreSQL)."""
    return statement, keepable_values(parameters)


@contextmanager
def reading() -> Iterator[None]:
    """Transactions begun inside only read, and so wait for no writer (SQLite)."""
    token = _reading.set(True)
    try:
        yield
    finally:
        _reading.reset(token)


@contextmanager
def transaction() -> Iterator[Connection]:
    """One short writing transaction of its own, apart from the request's session; committed at the end."""
    token = _reading.set(False)
    try:
        with db.engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_MILLISECONDS}")
            yield connection
    finally:
        _reading.reset(token)


@contextmanager
def read_transaction() -> Iterator[Connection]:
    """One short reading transaction of its own."""
    with reading(), db.engine.connect() as connection:
        yield connection


def read_only_for(method: str) -> None:
    """Requests with a safe method only read (their few writes use `transaction`)."""
    _reading.set(method in SAFE)
