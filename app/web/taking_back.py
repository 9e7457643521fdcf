"""Whether a job can be taken back, and until when: as the API answers it and the pages say it."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs.commands import again
from app.jobs.models import Job
from app.retention import policy

DAY = 86_400.0


@dataclass(frozen=True)
class Undo:
    """`possible`, how many `tickets`, `until` when (None for ever), the job that did it last, and else why not."""

    possible: bool
    tickets: int
    until: float | None
    job_id: int | None
    why_not: str | None


def undo_of(job: Job) -> Undo:
    """Whether a job can be taken back now; retention ends that."""
    state = again.undo_state(job)
    days = policy.current().ticket_days
    kept = job.finished_at is not None and days != policy.FOREVER and job.purged_at is None and not job.dry_run
    until = (job.finished_at or 0.0) + days * DAY if kept else None
    return Undo(state.possible, state.tickets, until, state.job_id, state.why_not)
