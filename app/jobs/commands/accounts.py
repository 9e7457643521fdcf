"""What becomes of jobs when we turn to another Zendesk account, where their ticket numbers mean something else."""

from __future__ import annotations

from sqlalchemy import case, select, update

from app.database import read_transaction, transaction
from app.jobs import wording
from app.jobs.collaborators import engine
from app.jobs.models import Job
from app.jobs.status import RequestedState, Status
from app.jobs.store.lease import nobody_drives

UNDER_WAY = (Status.QUEUED, Status.COLLECTING, Status.RUNNING)


def pause_others(here: str | None) -> int:
    """Pause the jobs of all accounts but this one, with a sentence; how many.

    A job that is driven pauses after what is at Zendesk: its driver keeps the client of the job's own account.
    """
    with read_transaction() as tx:
        jobs = tx.execute(
            select(Job.id, Job.account).where(Job.status.in_(UNDER_WAY), Job.account != (here or ""))
        ).all()
    for job in jobs:
        with transaction() as tx:
            tx.execute(
                update(Job)
                .where(Job.id == job.id, Job.status.in_(UNDER_WAY))
                .values(
                    status=case((nobody_drives(engine().timing), Status.PAUSED), else_=Job.status),
                    requested_state=RequestedState.PAUSE,
                    error=wording.other_account(job.id, job.account, here),
                    waiting_for=None,
                    wake_at=None,
                )
            )
    return len(jobs)
