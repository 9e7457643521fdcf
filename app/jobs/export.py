"""Every ticket's outcome, in pages and as JSON; tables for people are made above, where tools have their words."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from app.database import read_transaction
from app.jobs.models import Job, JobItem
from app.jobs.store.part import ALL, Part

COLUMNS = (JobItem.ticket_id, JobItem.outcome, JobItem.error, JobItem.detail, JobItem.before, JobItem.after)
NAMES = ("ticket_id", "outcome", "error", "detail", "before", "after")
PAGE = 500


def json_chunks(job: Job, part: Part = ALL) -> Iterator[str]:
    """The tickets, or a part of them, as one JSON document.

    `{job, account, tickets: [{ticket_id, outcome, …, before, after}]}`.
    """
    yield f'{{"job": {job.id}, "account": {json.dumps(job.account)}, "tickets": ['
    separator = "\n"
    for page in pages(job.id, part):
        rows = (json.dumps(dict(zip(NAMES, row, strict=True)), ensure_ascii=False) for row in page)
        yield separator + ",\n".join(rows)
        separator = ",\n"
    yield "\n]}\n"


def pages(job_id: int, part: Part = ALL) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """The columns of the tickets in short transactions, by key: a slow reader holds none open."""
    after = 0
    while True:
        query = select(*COLUMNS).where(JobItem.job_id == job_id, JobItem.ticket_id > after, *part.wanted())
        with read_transaction() as tx:
            page = list(tx.execute(query.order_by(JobItem.ticket_id).limit(PAGE)))
        if not page:
            return
        yield page
        after = page[-1].ticket_id
