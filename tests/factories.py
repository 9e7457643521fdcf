"""Rows for tests: plain functions with defaults, to be called inside an application context."""

from __future__ import annotations

from functools import cache
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from app.auth import passwords
from app.auth.models import User
from app.extensions import db
from app.jobs.models import Job, JobItem
from app.jobs.sources.base import Found
from app.jobs.sources.view import ViewTickets
from config import Config

PASSWORD = "quiet-otters-file-42-claims"
Row = TypeVar("Row")
_numbers = count(1)


def make_config(instance: Path, **changes: Any) -> Config:
    """Settings for a test: nothing is read from the environment, and Redis is a port where nobody answers."""
    settings: dict[str, Any] = {
        "environment": "testing",
        "secret_key": "a key that only tests know",
        "encryption_keys": ("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",),
        "database_url": f"sqlite:///{instance / 'app.db'}",
        "redis_url": "redis://127.0.0.1:1/0",
        "instance": instance,
    }
    return Config(**{**settings, **changes})


@cache
def password_hash() -> str:
    """The hash of PASSWORD, made once: it is slow by design."""
    return passwords.hashed(PASSWORD)


def make_user(role: str = "agent", **columns: Any) -> User:
    """A saved user, detached and fully loaded; the password is PASSWORD."""
    number = next(_numbers)
    defaults = {"email": f"{role}{number}@example.com", "name": f"{role.title()} {number}", "role": role}
    return _saved(User(**{**defaults, "password_hash": password_hash(), **columns}))


def make_job(created_by: User, **columns: Any) -> Job:
    """A saved tag job, detached and fully loaded; queued, of one view, unless told otherwise."""
    defaults: dict[str, Any] = {
        "tool": "tag-manager",
        "account": "acme.zendesk.com",
        "dry_run": False,
        "parameters": {"add": ["late_refund"], "remove": []},
        "source": {"view_id": 360001},
        "source_title": "Open - Shipping",
        "created_by_id": created_by.id,
    }
    if "source_job_id" in columns:
        defaults["source"] = {"job_id": columns["source_job_id"]}
    return _saved(Job(**{**defaults, **columns}))


def on_view(view_id: int, title: str = "", *, names_current_user: bool = False) -> dict[str, Any]:
    """What a submission says of a view that was looked up."""
    return {"source": ViewTickets(view_id=view_id), "found": Found(title, names_current_user)}


def make_item(job: Job, ticket_id: int, **columns: Any) -> JobItem:
    """A saved item of the job, detached and fully loaded; pending unless told otherwise."""
    before = {"tags": ["refund"], "status": "open", "subject": f"Where is parcel {ticket_id}?"}
    return _saved(JobItem(**{"job_id": job.id, "ticket_id": ticket_id, "before": before, **columns}))


def _saved(row: Row) -> Row:
    db.session.add(row)
    db.session.commit()
    db.session.refresh(row)
    db.session.expunge_all()
    db.session.rollback()  # an open transaction would hold SQLite's write lock
    return row
