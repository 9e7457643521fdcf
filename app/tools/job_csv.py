"""The list of jobs as CSV: each job with its sentence and its counts, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from app.auth.models import User
from app.csv_text import csv_lines
from app.database import reading
from app.extensions import db
from app.jobs.models import Job
from app.jobs.store import queries
from app.presentation import iso
from app.tools.wording import sentence

HEADER = (
    "job_id", "job", "tool", "status", "dry_run", "relation", "source_job_id", "source", "account", "total",
    "succeeded", "unchanged", "failed", "skipped", "unknown", "left", "error", "started_by", "created_at",
    "started_at", "finished_at",
)  # fmt: skip

PAGE = 200
ReadPage = Callable[[int | None], Sequence[Job]]


def csv_chunks(read: ReadPage) -> Iterator[str]:
    """Jobs as CSV (RFC 4180), with a header, page by page.

    :param read: the jobs below an id, newest first; none ends the table. Nothing of them is needed after a page.
    """
    yield csv_lines([HEADER])
    before = None
    while page := read(before):
        yield csv_lines([_row(job) for job in page])
        before = page[-1].id


def jobs_below(before: int | None, *, user: User, tool: str | None, status: str | None) -> list[Job]:
    """A page of the jobs that this person may see, below an id, in a short transaction of its own."""
    with reading():
        page = queries.list_jobs(user, tool=tool, status=status, before_id=before, limit=PAGE)
    db.session.commit()
    db.session.expunge_all()
    return page


def _row(job: Job) -> tuple[Any, ...]:
    return (
        job.id,
        sentence(job),
        job.tool,
        job.status,
        "yes" if job.dry_run else "no",
        job.relation,
        job.source_job_id,
        job.source_title,
        job.account,
        job.total,
        job.succeeded,
        job.unchanged,
        job.failed,
        job.skipped,
        job.unknown,
        job.left,
        job.error,
        job.created_by.email if job.created_by else "",
        *(None if at is None else iso(at) for at in (job.created_at, job.started_at, job.finished_at)),
    )
