"""Database, migrations, Redis and the queue: do they answer, and what do they hold?"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import redis
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import current_app
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import Connection, text

from app.database import read_transaction
from app.presentation import duration, plural
from app.tasks import queue
from app.web.admin.system.part import BAD, GOOD, QUIET, WARN, Part

PATIENCE = 1.0  # seconds
LONG_QUEUE = 100  # messages: four workers look at so many jobs in about a minute
UPGRADE = "flask --app run db upgrade"
SIZES = {
    "sqlite": "SELECT (SELECT page_count FROM pragma_page_count) * (SELECT page_size FROM pragma_page_size)",
    "postgresql": "SELECT pg_database_size(current_database())",
}
VERSIONS = {"sqlite": "SELECT sqlite_version()", "postgresql": "SHOW server_version"}
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}


def database() -> tuple[Part, Part]:
    """The database and its migrations; a request that came so far has found it answering."""
    began = time.perf_counter()
    with read_transaction() as tx:
        kind = tx.dialect.name
        version, size = str(tx.scalar(text(VERSIONS[kind]))), int(tx.scalar(text(SIZES[kind])) or 0)
        milliseconds = (time.perf_counter() - began) * 1000
        migrations = _migrations(tx)
    facts = (f"{NAMES[kind]} {version.split(maxsplit=1)[0]}", _size(size), f"answers in {milliseconds:.0f} ms")
    if kind == "sqlite" and current_app.extensions["config"].production:
        step = "SQLite has one writer at a time: PostgreSQL (DATABASE_URL) is better for several people."
        return Part("Database", "database", WARN, "Small", facts, step), migrations
    return Part("Database", "database", GOOD, "Reachable", facts), migrations


def _migrations(tx: Connection) -> Part:
    here = MigrationContext.configure(tx).get_current_revision() or "none"
    folder = Path(current_app.extensions["migrate"].directory)
    newest = ScriptDirectory(str(folder)).get_current_head() or "none"
    if here == newest:
        return Part("Migrations", "layers", GOOD, "Up to date", (f"revision {here}",))
    step = "Bring the database up to date, then start everything anew."
    return Part("Migrations", "layers", BAD, "Behind", (f"revision {here}, newest is {newest}",), step, UPGRADE)


def broker() -> tuple[Part, Part]:
    """Redis, and the messages in it that wait for a worker."""
    config = current_app.extensions["config"]
    once = Retry(NoBackoff(), 0)
    wait = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
    try:
        with redis.Redis.from_url(config.redis_url, retry=once, **wait) as client:
            told: dict[str, Any] = client.info()  # type: ignore[assignment]
    except RedisError:
        step = "Small jobs still run. Start Redis, or correct REDIS_URL; jobs go on by themselves then."
        return Part("Redis", "hdd-network", BAD, "Away", (), step), Part("Queue", "inbox", QUIET, "Unknown")
    facts = (
        f"{told.get('server_name') or 'Redis'} {told.get('valkey_version') or told['redis_version']}".capitalize(),
    )
    facts += (f"{told['used_memory_human']} in use", f"up for {duration(told['uptime_in_seconds'])}")
    return Part("Redis", "hdd-network", GOOD, "Reachable", facts), _queue(queue.length() or 0)


def _queue(length: int) -> Part:
    facts = (f"{plural(length, 'message')} for workers",)
    if length > LONG_QUEUE:
        return Part("Queue", "inbox", WARN, "Long", facts, "Workers are busy or away. More workers make it shorter.")
    return Part("Queue", "inbox", GOOD, "Short" if length else "Empty", facts)


def _size(count: float) -> str:
    for unit in ("bytes", "KB", "MB"):
        if count < 1024:  # noqa: PLR2004 - as its name says
            return f"{count:.0f} {unit}"
        count /= 1024
    return f"{count:.1f} GB"
