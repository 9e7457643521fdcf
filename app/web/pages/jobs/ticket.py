"""One ticket of a job: what the job made of it by name, what happened to it since as Zendesk tells it, other jobs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import Blueprint, abort, render_template

from app.account.cache.whose_tickets import reach
from app.account.connection import current
from app.account.connection.optional import Part, optional
from app.auth.me import me
from app.extensions import db
from app.jobs.models import JobItem
from app.jobs.protocol.held import events_of
from app.jobs.store import queries
from app.web.pages.jobs.reached import the_job
from app.zendesk import Client

MOST_AUDITS = 300  # that are read of one ticket: three requests
SHOWN = 20
TRACES = 25
LONGEST_TEXT = 2_000
NOT_SHOWN = "Zendesk does not show this ticket to you, or not any more."


@dataclass(frozen=True)
class Happened:
    """An audit since the job read the ticket: what it changed, what it said."""

    at: str
    by: str
    changes: tuple[str, ...]
    comments: tuple[tuple[str, bool], ...]  # with each, whether customers read it


def mount(bp: Blueprint) -> None:
    """Add the page of a ticket."""
    bp.add_url_rule("/jobs/<row:job_id>/tickets/<int:ticket_id>", "ticket", show)


def show(job_id: int, ticket_id: int) -> str:
    """One ticket of a job; what only Zendesk knows is read now, and its absence costs only its part."""
    job = the_job(job_id)
    item = next(iter(queries.list_items(job.id, ticket_id=ticket_id, limit=1)), None) or abort(404)
    traces = queries.traces(me(), ticket_id, limit=TRACES)
    account = current.current_account()
    here = account is not None and account.host == job.account
    happened = _happened(item) if here else Part[list[Happened]]([], "The ticket is in another account than this one.")
    return render_template(
        "jobs/one_ticket.html",
        job=job,
        item=item,
        traces=[trace for trace in traces if trace.job.id != job.id],
        happened=happened.value[-SHOWN:],
        missing=happened.missing,
        account=account,
    )


def _happened(item: JobItem) -> Part[list[Happened]]:
    """What happened to the ticket since the job read it, oldest first."""
    mine, since = reach(me()), item.stamp or ""
    db.session.commit()  # no transaction may be open while Zendesk is asked

    def read(client: Client) -> list[Happened] | None:
        found = client.tickets([item.ticket_id]).tickets
        if mine is None or not found or not mine.holds(found[0]):
            return None
        audits = islice(client.audits(item.ticket_id), MOST_AUDITS)
        later = [audit for audit in audits if str(audit.get("created_at") or "") >= since]
        return [_told(audit) for audit in sorted(later, key=lambda audit: str(audit.get("created_at")))]

    found = optional(current.client(background=False), read, [], "What happened since")
    return Part([], NOT_SHOWN) if found.value is None else Part(found.value, found.missing)


def _told(audit: dict[str, Any]) -> Happened:
    events = list(events_of([audit]))
    return Happened(
        str(audit.get("created_at") or ""),
        str(audit.get("author_id") or ""),
        tuple(_changes(events)),
        tuple(
            (str(event.get("body") or "")[:LONGEST_TEXT], event.get("public") is True)
            for event in events
            if event.get("type") == "Comment"
        ),
    )


def _changes(events: list[dict[str, Any]]) -> Iterator[str]:
    for event in events:
        if event.get("type") in ("Change", "Create"):
            old, new = (_text(event.get(name)) for name in ("previous_value", "value"))
            yield f"{event.get('field_name')}: {old} \N{RIGHTWARDS ARROW} {new}"


def _text(value: Any) -> str:
    shown = " ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return shown[:200] or "\N{EN DASH}"
