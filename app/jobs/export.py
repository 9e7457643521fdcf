"""Every ticket's outcome as CSV or JSON, streamed; cells are safe from being read as spreadsheet formulas."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select

from app.database import snapshot
from app.jobs.models import Job, JobItem

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
COLUMNS = (JobItem.ticket_id, JobItem.outcome, JobItem.error, JobItem.detail, JobItem.before, JobItem.after)
HEADER = ("ticket_id", "outcome", "error", "detail", "before", "after")
PAGE = 500


def csv_chunks(job: Job) -> Iterator[str]:
    """The tickets as CSV (RFC 4180), with a header, some hundred rows at a time; `before` and `after` as JSON."""
    yield _csv_lines([HEADER])
    for page in _pages(job.id):
        yield _csv_lines([tuple(_cell(value) for value in row) for row in page])


def json_chunks(job: Job) -> Iterator[str]:
    """The tickets as one JSON document: `{job, account, tickets: [{ticket_id, outcome, …, before, after}]}`."""
    yield f'{{"job": {job.id}, "account": {json.dumps(job.account)}, "tickets": ['
    separator = "\n"
    for page in _pages(job.id):
        rows = (json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False) for row in page)
        yield separator + ",\n".join(rows)
        separator = ",\n"
    yield "\n]}\n"


def _pages(job_id: int) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    """Short transactions, by key: a slow reader holds none open."""
    after = 0
    while True:
        query = select(*COLUMNS).where(JobItem.job_id == job_id, JobItem.ticket_id > after)
        with snapshot() as tx:
            page = list(tx.execute(query.order_by(JobItem.ticket_id).limit(PAGE)))
        if not page:
            return
        yield page
        after = page[-1].ticket_id


def _csv_lines(rows: list[tuple[Any, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    """A value as a CSV cell: structures as JSON (in ASCII: spreadsheets guess encodings), text that is not computed."""
    if isinstance(value, dict):
        value = json.dumps(value)
    if isinstance(value, str) and value.startswith(FORMULA_STARTS):
        return f"'{value}"
    return value
