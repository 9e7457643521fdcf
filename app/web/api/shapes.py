"""What the API answers: our objects as JSON. `openapi.py` describes the same shapes; a test holds them together."""

from __future__ import annotations

from typing import Any

from app.account.cache.views import View
from app.auth.models import User
from app.jobs.models import Job, JobItem
from app.jobs.store import queries
from app.macros.index import Entry
from app.macros.matching import Matcher
from app.macros.passages import matches
from app.presentation import iso

Shape = dict[str, Any]


def of_user(user: User) -> Shape:
    return {"id": user.id, "email": user.email, "name": user.name, "role": user.role}


def of_view(view: View) -> Shape:
    return {"id": view.id, "title": view.title, "count": view.count}


def of_macro(entry: Entry, matcher: Matcher | None) -> Shape:
    """A macro that was found; `matches` has the words around the hits."""
    found = [{"field": name, "text": text} for name, text in matches(entry, matcher)]
    return {"id": entry.id, "title": entry.title, "active": entry.active, "matches": found}


def of_job(job: Job) -> Shape:
    """A job; a running one costs a look at the database's clock."""
    author = job.created_by
    return {
        "id": job.id,
        "tool": job.tool,
        "status": job.status,
        "dry_run": job.dry_run,
        "source": job.source,
        "relation": job.relation,
        "source_job_id": job.source_job_id,
        "parameters": job.parameters,
        "account": job.account,
        "total": job.total,
        "processed": job.processed,
        "succeeded": job.succeeded,
        "unchanged": job.unchanged,
        "failed": job.failed,
        "skipped": job.skipped,
        "unknown": job.unknown,
        "error": job.error,
        "waiting_for": job.waiting_for,
        "wake_at": None if job.waits_for_person else _time(job.wake_at),
        "eta_seconds": queries.pace(job).eta_seconds,
        "created_at": _time(job.created_at),
        "started_at": _time(job.started_at),
        "finished_at": _time(job.finished_at),
        "created_by": {"id": author.id, "email": author.email, "name": author.name},
    }


def of_item(item: JobItem) -> Shape:
    return {
        "ticket_id": item.ticket_id,
        "outcome": item.outcome,
        "error": item.error,
        "before": item.before,
        "after": item.after,
        "changed_since": item.changed_since,
    }


def _time(moment: float | None) -> str | None:
    return None if moment is None else iso(moment)
