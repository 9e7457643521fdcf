"""What people found on tickets of which Zendesk did not tell what became of them."""

from __future__ import annotations

from sqlalchemy import update

from app.audit.log import record
from app.database import transaction
from app.extensions import db
from app.jobs import status as st
from app.jobs import wording
from app.jobs.collaborators import engine
from app.jobs.commands import create, derive
from app.jobs.commands.create import JobRefused
from app.jobs.engine import recheck
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Finding, Outcome
from app.jobs.status import Status
from app.zendesk import ZendeskError


def mark(job_id: int, ticket_id: int, there: bool) -> Job:
    """Note what a person found on a ticket whose outcome is unknown: the change is there, or it is not.

    One that is not there counts as failed, and can be retried.

    :raises JobRefused: when the job is under way, or the ticket's outcome is not unknown.
    """
    db.session.commit()  # the session's transaction would keep the next one waiting
    outcome, error = (Outcome.SUCCEEDED, Finding.THERE) if there else (Outcome.FAILED, Finding.NOT_THERE)
    with transaction() as tx:
        at_rest = update(Job).where(Job.id == job_id, Job.status.in_((*st.ENDED, Status.PAUSED)))
        counts = {"unknown": Job.unknown - 1, outcome: getattr(Job, outcome) + 1}
        if tx.execute(at_rest.values(counts)).rowcount != 1:
            raise JobRefused("under_way", "Wait until the job has ended, or pause it; then mark its tickets.", 409)
        marked = tx.execute(
            update(JobItem)
            .where(JobItem.job_id == job_id, JobItem.ticket_id == ticket_id, JobItem.outcome == Outcome.UNKNOWN)
            .values(outcome=outcome, error=error)
        )
        if marked.rowcount != 1:
            raise JobRefused("not_unknown", f"Nothing is to be checked on ticket {ticket_id} of this job.", 409)
    found = "is there" if there else "is not there"
    record("job.marked", "job", job_id, f"Marked ticket {ticket_id} of job {job_id}: the change {found}.")
    return _get(job_id)


def look_again(job_id: int) -> recheck.Rechecked:
    """Read once more what is not known of a job's tickets, as far as the time of a request allows.

    :raises JobRefused: when the job is under way, belongs to another account, has nothing to check, or Zendesk gives no
        answer.
    """
    eng, job = engine(), _get(job_id)
    create.require_account(eng.account(), job)
    derive.require_tickets(job)
    if not job.unknown:
        raise JobRefused("nothing_unknown", f"Nothing is to be checked on the tickets of job {job_id}.", 409)
    if not (job.ended or job.status == Status.PAUSED):
        raise JobRefused("under_way", wording.STILL_UNDER_WAY, 409)
    record("job.looked_again", "job", job_id, f"Had {job.unknown} tickets of job {job_id} read again.")
    db.session.commit()
    try:
        return recheck.for_a_person(eng, job_id)
    except recheck.NotAtRest:
        raise JobRefused("under_way", wording.STILL_UNDER_WAY, 409) from None
    except ZendeskError as error:
        raise JobRefused("not_asked", wording.not_looked(error), 503) from error


def _get(job_id: int) -> Job:
    job = db.session.get_one(Job, job_id, populate_existing=True)
    db.session.commit()  # nothing stays open behind the answer
    return job
