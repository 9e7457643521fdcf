"""A job told in one sentence: who did what to how many tickets where; the tool gives its own words."""

from __future__ import annotations

from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.status import Status
from app.presentation import plural


def told(job: Job, *, what: str, about_to: str, doing: str, did: str, after: str = "") -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused".

    `what` follows "previewed"; `about_to` "Ana is about to"; `doing` and `did` stand before the number of tickets, and
    `after` behind the view.
    """
    who, where = job.created_by.name, job.view_title or f"view {job.view_id}"
    if job.dry_run:
        verb = "previewed" if job.ended else "is previewing"
        if job.relation == Relation.RETRY:
            verb += " a retry of"
        return f"{who} {verb} {what} on {plural(job.total, 'ticket')} in {where}"
    if job.listed_at is None and not job.ended:
        return f"{who} is about to {about_to} in {where}"
    if job.status in (Status.QUEUED, Status.RUNNING):
        return f"{who} is {doing} {plural(job.total, 'ticket')} in {where}{after}"
    parts = [f"{who} {did} {plural(job.succeeded, 'ticket')} in {where}{after}"]
    if job.failed:
        parts.append(f"{job.failed:,} refused")
    if left_out := job.skipped - job.never_started:
        parts.append(f"{left_out:,} left out")
    if job.unknown:
        parts.append(f"{job.unknown:,} to check")
    if job.never_started:
        parts.append(f"{job.never_started:,} never started")
    if job.status == Status.CANCELLED:
        parts.append("then stopped")
    return ", ".join(parts)
