"""Every ticket's outcome as CSV or JSON, streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from app.csv_text import csv_lines
from app.database import read_transaction
from app.jobs.models import Job, JobItem
from app.jobs.store.part import ALL, Part

COLUMNS = (JobItem.ticket_id, JobItem.outcome, JobItem.error, JobItem.detail, JobItem.before, JobItem.after)
HEADER = ("ticket_id", "outcome", "error", "detail", "before", "after")
PAGE = 500


def csv_chunks(job: Job, part: Part = ALL) -> Iterator[str]:
    """The tickets, or a part of them, as CSV (RFC 4180), with a header, some hundred rows at a time.

    `before` and `after` are JSON.
    """
    yield csv_lines([HEADER])
    for page in _pages(job.id, part):
        yield csv_lines(page)


def json_chunks(job: Job, part: Part = ALL) -> Iterator[str]:
    """The tickets, or a part of them, as one JSON document.

    `{job, account, tickets: [{ticket_id, outcome, …, before, after}]}`.
    """
    yield f'{{"job": {job.id}, "account": {json.dumps(job.account)}, "tickets": ['
    separator = "\n"
    for page in _pages(job.id, part):
        rows = (json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in page)
        yield separator + ",\n".join(rows)
        separator = ",\n"
    yield "\n]}\n"


def _pages(job_id: int, part: Part) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Short transactions, by key: a slow reader holds none open."""
    after = 0
    while True:
        query = select(*COLUMNS).where(JobItem.job_id == job_id, JobItem.ticket_id > after, *part.wanted())
        with read_transaction() as tx:
            page = list(tx.execute(query.order_by(JobItem.ticket_id).limit(PAGE)))
        if not page:
            return
        yield page
        after = page[-1].ticket_id
