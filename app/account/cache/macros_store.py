"""The table of macros: what was read last of an account, for all processes, and how far a reading has come."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.account.budget import turns
from app.account.cache.models import ZendeskMacros
from app.database import db_now, read_transaction, transaction

MACROS = "macros"


@dataclass(frozen=True)
class Owner:
    """An account and the eyes that read it: nothing read for one owner is ever shown to another."""

    account: str
    reader: str


@dataclass(frozen=True)
class Head:
    """What is known without opening the pack; `version` 0 means that nothing was read yet."""

    version: int = 0
    read_at: float | None = None
    mark: str | None = None
    so_far: int | None = None
    trouble: str | None = None


def head(owner: Owner) -> Head:
    """Cheap: asked with every search."""
    columns = (
        ZendeskMacros.version,
        ZendeskMacros.read_at,
        ZendeskMacros.mark,
        ZendeskMacros.so_far,
        ZendeskMacros.trouble,
    )
    with read_transaction() as tx:
        row = tx.execute(select(*columns).where(*_of(owner))).first()
    return Head(*row) if row else Head()


def unpacked(owner: Owner) -> tuple[int, float, Any] | None:
    """Version, time of reading and content of what was read last; None when nothing was."""
    columns = (ZendeskMacros.version, ZendeskMacros.read_at, ZendeskMacros.packed)
    with read_transaction() as tx:
        row = tx.execute(select(*columns).where(*_of(owner))).first()
    if row is None or row.packed is None or row.read_at is None:
        return None
    return row.version, row.read_at, json.loads(zlib.decompress(row.packed))


def begin(owner: Owner) -> None:
    """A process reads now. What other eyes have read of this account goes away; the version still grows."""
    empty = {"packed": None, "read_at": None, "mark": None}
    with transaction() as tx:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        new = dialect.insert(ZendeskMacros).values(account=owner.account, reader=owner.reader)
        tx.execute(new.on_conflict_do_nothing())
        here = ZendeskMacros.account == owner.account
        others = update(ZendeskMacros).where(here, ZendeskMacros.reader != owner.reader)
        tx.execute(others.values(reader=owner.reader, version=ZendeskMacros.version + 1, **empty))
        tx.execute(update(ZendeskMacros).where(here).values(so_far=0, trouble=None))


def progress(owner: Owner, so_far: int, alive_for: float) -> None:
    """So many macros are there; the reader is thought dead when it is silent for `alive_for` seconds."""
    with transaction() as tx:
        tx.execute(update(ZendeskMacros).where(*_of(owner)).values(so_far=so_far))
    turns.put_off(owner.account, MACROS, alive_for)


def finish(owner: Owner, content: Any, mark: str | None, again_in: float) -> None:
    """Take over what was read, under a new version."""
    packed = zlib.compress(json.dumps(content, ensure_ascii=False).encode(), 6)
    with transaction() as tx:
        turns.done(tx, owner.account, MACROS, again_in)
        values = {"packed": packed, "mark": mark, "read_at": db_now(), "so_far": None, "trouble": None}
        tx.execute(update(ZendeskMacros).where(*_of(owner)).values(version=ZendeskMacros.version + 1, **values))


def fail(owner: Owner, trouble: str, again_in: float) -> None:
    """Nothing came of it; what was known before stays."""
    with transaction() as tx:
        tx.execute(update(ZendeskMacros).where(*_of(owner)).values(so_far=None, trouble=trouble))
    turns.put_off(owner.account, MACROS, again_in)


def _of(owner: Owner) -> tuple[Any, Any]:
    return ZendeskMacros.account == owner.account, ZendeskMacros.reader == owner.reader
