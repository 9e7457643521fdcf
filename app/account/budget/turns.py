"""Who may read something of Zendesk into a shared cache now: one process at a time, and not too often."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, case, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.account.budget.models import ZendeskRead
from app.database import db_now, read_transaction, transaction

LONGEST = 600.0  # seconds; a wait that seems longer comes from a clock that stepped back


def take(account: str, subject: str, every: float, burst: int = 1) -> bool:
    """Whether the caller may read now. In any stretch of time at most `burst` + stretch / `every` callers may.

    For a list, `every` is how long reading it takes at most; then `done` or `put_off` says when it is due again.
    """
    free = or_(ZendeskRead.not_before <= db_now() + (burst - 1) * every, ZendeskRead.not_before > db_now() + LONGEST)
    with read_transaction() as tx:
        known = tx.execute(select(free).where(*_of(account, subject))).first()
    if known is not None and not known[0]:
        return False  # found out without the database's write lock
    ahead = and_(ZendeskRead.not_before > db_now(), ZendeskRead.not_before <= db_now() + LONGEST)
    with transaction() as tx:
        if known is None:
            dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
            new = dialect.insert(ZendeskRead).values(account=account, subject=subject)
            tx.execute(new.on_conflict_do_nothing())
        taken = (
            update(ZendeskRead)
            .where(*_of(account, subject), free)
            .values(not_before=case((ahead, ZendeskRead.not_before), else_=db_now()) + every)
        )
        return tx.execute(taken).rowcount == 1


def put_off(account: str, subject: str, seconds: float) -> None:
    """Let no process read for so long: reading failed."""
    with transaction() as tx:
        until = db_now() + min(seconds, LONGEST)
        tx.execute(update(ZendeskRead).where(*_of(account, subject)).values(not_before=until))


def note(account: str, subject: str) -> None:
    """Note that something happened now."""
    with transaction() as tx:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        new = dialect.insert(ZendeskRead).values(account=account, subject=subject, read_at=db_now())
        tx.execute(new.on_conflict_do_update(index_elements=["account", "subject"], set_={"read_at": db_now()}))


def done(tx: Connection, account: str, subject: str, again_in: float, said: str | None = None) -> None:
    """Note that the cache is filled, as the first statement of the transaction that fills it.

    Two that fill it at the same time come one after the other: the second waits here for the first one's end.
    """
    filled = {"read_at": db_now(), "not_before": db_now() + again_in, "said": said}
    tx.execute(update(ZendeskRead).where(*_of(account, subject)).values(**filled))


def read_at(account: str, subject: str) -> float | None:
    """When the cache was filled last; None when it never was."""
    with read_transaction() as tx:
        return tx.scalar(select(ZendeskRead.read_at).where(*_of(account, subject)))


def said(account: str, subject: str) -> str | None:
    """What a person has to know of what was read last."""
    with read_transaction() as tx:
        return tx.scalar(select(ZendeskRead.said).where(*_of(account, subject)))


def _of(account: str, subject: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return ZendeskRead.account == account, ZendeskRead.subject == subject
