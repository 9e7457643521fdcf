"""When a job stops by itself for a person to look: after its first tickets, and when too many are refused."""

from __future__ import annotations

from app.jobs import wording
from app.jobs.protocol.batch import BATCH, Choice
from app.jobs.protocol.operation import Operation, is_stamped
from app.jobs.store import reads
from app.jobs.store.job_row import JobRow

FEW = 20  # tickets sent, below which no share of refusals says anything


def goes_first(job: JobRow) -> int:
    """How many tickets go before a person has looked; 0 when all may go."""
    return job.canary if job.canary and job.canary_status is None else 0


def choice(job: JobRow, most: int) -> Choice:
    """Which tickets may go now; while only the first may, these, until each of them has its outcome."""
    first = goes_first(job)
    if not first:
        return Choice(most=most)
    left = first - reads.tally(job.id).tried
    if left > 0:
        return Choice(most=min(most, left))
    return Choice(most=BATCH, tried_only=True) if reads.any_untried(job.id) else Choice(most=most)


def first_are_done(job: JobRow) -> bool:
    """The first tickets have their outcomes, and others are left that were never sent."""
    first = goes_first(job)
    if not first:
        return False
    tally = reads.tally(job.id)
    return tally.tried >= first and tally.settled == tally.tried and reads.any_untried(job.id)


def too_many_refused(job: JobRow, operation: Operation, share: float) -> str | None:
    """Why the job should stop, in a sentence, when more than this share of what was sent was refused."""
    if not is_stamped(operation) or job.refusals_accepted or job.failed <= share * job.succeeded:
        return None
    tally = reads.tally(job.id)
    if tally.settled < FEW or tally.failed <= share * tally.settled:
        return None
    return wording.too_many_refused(tally.failed, tally.settled, share)
