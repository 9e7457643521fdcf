"""A job, its tickets and why they were not changed, in the words of its tool; tools may go, their jobs stay."""

from __future__ import annotations

from app.jobs.models import Job, JobItem
from app.jobs.protocol.undoing import Undoing
from app.jobs.sentence import undone
from app.jobs.wording import Reason, reason
from app.presentation import plural
from app.tools.changes import Change, Comment, changes
from app.tools.mounted import job_kinds


def sentence(job: Job) -> str:
    """The job in a sentence, as its tool tells it; one that takes another back is told alike for all tools."""
    if undoing := Undoing.of(job.snapshot):
        return undone(job, undoing)
    kind = job_kinds().get(job.tool)
    return kind.sentence(job) if kind else f"{job.created_by.name} used {job.tool} on {plural(job.total, 'ticket')}"


def changes_of(job: Job, item: JobItem) -> list[Change | Comment]:
    """What changes on a ticket, by the names that the job's tool has for it."""
    kind = job_kinds().get(job.tool)
    return kind.changes(job, item) if kind and kind.changes else changes(item)


def reason_of(job: Job, code: str | None) -> Reason:
    """Why a ticket of the job was not changed, by its item's error code: in the tool's words, or in the engine's."""
    kind = job_kinds().get(job.tool)
    return (kind.reasons.get(code or "") if kind else None) or reason(code)
