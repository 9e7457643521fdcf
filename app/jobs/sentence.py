"""A job told in one sentence: who did what to how many tickets where; the tool gives its own words."""

from __future__ import annotations

from app.jobs import status as st
from app.jobs.models import Job


def told(job: Job, *, what: str, about_to: str, doing: str, did: str, after: str = "") -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused".

    `what` follows "previewed"; `about_to` "Ana is about to"; `doing` and `did` stand before the number of tickets, and
    `after` behind the view.
    """
    who, where = job.created_by.name, job.view_title or f"view {job.view_id}"
    if job.dry_run:
        verb = "previewed" if job.ended else "is previewing"
        return f"{who} {verb} {what} on {_tickets(job.total)} in {where}"
    if job.listed_at is None and not job.ended:
        return f"{who} is about to {about_to} in {where}"
    if job.status in (st.QUEUED, st.RUNNING):
        return f"{who} is {doing} {_tickets(job.total)} in {where}{after}"
    refused = job.failed + job.skipped if job.status != st.CANCELLED else job.failed
    parts = [f"{who} {did} {_tickets(job.succeeded)} in {where}{after}"]
    if refused:
        parts.append(f"{refused:,} refused")
    if job.unknown:
        parts.append(f"{job.unknown:,} to check")
    if job.status == st.CANCELLED:
        parts.append("then stopped")
    return ", ".join(parts)


def _tickets(count: int) -> str:
    return f"{count:,} ticket" if count == 1 else f"{count:,} tickets"
