"""Reads the audit log: a page of entries, or all that fit a filter."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from app.audit.models import AuditEntry
from app.database import reading
from app.extensions import db

SYSTEM = "system"  # how people ask for what was done without a sign-in
PAGE = 500


@dataclass(frozen=True)
class Wanted:
    """What an admin looks for; empty values fit everything."""

    group: str = ""  # what stands before the dot of an action
    person: str = ""  # a part of the address of who did it, or of the person whom the sentence names; or "system"
    since: float | None = None  # seconds since 1970
    until: float | None = None  # exclusive
    object_type: str = ""
    object_id: str = ""


def groups() -> list[str]:
    """The groups of actions that occur."""
    with reading(), Session(db.engine) as session:
        return sorted({action.partition(".")[0] for action in session.scalars(select(AuditEntry.action).distinct())})


def entries(wanted: Wanted, *, before_id: int | None = None, limit: int = PAGE) -> Sequence[AuditEntry]:
    """The entries that fit, newest first, below an id; apart from any session."""
    query = _fitting(wanted).order_by(AuditEntry.id.desc()).limit(limit)
    if before_id is not None:
        query = query.where(AuditEntry.id < before_id)
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return session.scalars(query).all()


def pages(wanted: Wanted) -> Iterator[Sequence[AuditEntry]]:
    """All entries that fit, newest first, in short transactions: a slow reader holds none open."""
    before_id: int | None = None
    while page := entries(wanted, before_id=before_id):
        yield page
        before_id = page[-1].id


def _fitting(wanted: Wanted) -> Select[AuditEntry]:
    query = select(AuditEntry)
    if wanted.group:
        query = query.where(AuditEntry.action.startswith(f"{wanted.group}.", autoescape=True))
    if wanted.person == SYSTEM:
        query = query.where(AuditEntry.actor == "")
    elif wanted.person:
        columns = (AuditEntry.actor, AuditEntry.summary)
        words = wanted.person.lower()
        query = query.where(or_(*(func.lower(column).contains(words, autoescape=True) for column in columns)))
    if wanted.since is not None:
        query = query.where(AuditEntry.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEntry.at < wanted.until)
    if wanted.object_type:
        query = query.where(AuditEntry.object_type == wanted.object_type)
    if wanted.object_id:
        query = query.where(AuditEntry.object_id == wanted.object_id)
    return query
