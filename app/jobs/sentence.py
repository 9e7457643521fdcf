"""A job told in one sentence: who did what to how many tickets where; the tool gives its own words."""

from __future__ import annotations

from collections.abc import Iterator

from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.protocol.undoing import Undoing
from app.jobs.status import Status
from app.jobs.store import queries
from app.presentation import plural


def told(job: Job, *, what: str, about_to: str, doing: str, did: str, after: str = "") -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused".

    `what` follows "previewed"; `about_to` "Ana is about to"; `doing` and `did` stand before the number of tickets, and
    `after` behind the source.
    """
    who, where = job.created_by.name, job.source_title
    if job.dry_run:
        verb = "previewed" if job.ended else "is previewing"
        verb += {Relation.RETRY: " a retry of", Relation.REST: " the rest of"}.get(Relation(job.relation or "run"), "")
        return f"{who} {verb} {what} on {plural(job.total, 'ticket')} in {where}"
    if job.listed_at is None and not job.ended:
        return f"{who} is about to {about_to} in {where}"
    if job.status in (Status.QUEUED, Status.RUNNING):
        return f"{who} is {doing} {plural(job.total, 'ticket')} in {where}{after}"
    in_part = _in_part(job)
    whole = f"{who} {did} {plural(job.succeeded - in_part, 'ticket')} in {where}{after}"
    return ", ".join([whole, *_beside(job, in_part)])


def undone(job: Job, undoing: Undoing) -> str:
    """Such as "Ana took job 12 back on 3,180 tickets in Open shipping, 27 left out"."""
    what, part = f"job {undoing.job_id}", " (in part)" if undoing.fields else ""
    if job.dry_run:
        return told(job, what=f"taking back {what}{part}", about_to="", doing="", did="")
    doing, did = (f"{verb} {what} back on" for verb in ("taking", "took"))
    return told(job, what="", about_to=f"take {what} back", doing=doing, did=did, after=part)


def _in_part(job: Job) -> int:
    """Tickets that were changed without a part of what was asked for."""
    return queries.made_in_part(job.id) if job.dropped and not job.purged_at else 0


def _beside(job: Job, in_part: int) -> Iterator[str]:
    """What became of the tickets that were not changed as was asked for."""
    if in_part:
        yield f"{in_part:,} in part (without {job.dropped})"
    elif job.dropped and job.purged_at:  # their number went with the list
        yield f"some in part (without {job.dropped})"
    told = {
        "refused": job.failed,
        "left out": job.skipped - job.never_started,
        "to check": job.unknown,
        "never started": job.never_started,
    }
    yield from (f"{number:,} {word}" for word, number in told.items() if number)
    if job.status == Status.CANCELLED:
        yield "then stopped"
