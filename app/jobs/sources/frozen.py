"""The list of an earlier job exactly as it was frozen: that of a preview, which is carried out."""

from __future__ import annotations

from sqlalchemy import func, select

from app.account.connection.current import current_host
from app.auth.models import User
from app.database import read_transaction
from app.jobs import wording
from app.jobs.models import JobItem
from app.jobs.outcomes import Relation
from app.jobs.protocol.batch import BATCH
from app.jobs.sources import by_id
from app.jobs.sources.base import Found, Id, Listing, Option, Page, SourceRefused, TicketSource
from app.jobs.store import queries
from app.zendesk import Client


class FrozenList(TicketSource):
    """The tickets of a dry run; what may be carried out, and by whom, is looked at when the job is made."""

    noun = "job"
    holds = "the frozen list of a dry run, to be carried out; of a retry, the job whose failed tickets they are"
    options = (Option("preview", "job_id", "JOB_ID", "Run exactly the list of this dry run.", whole=True),)
    relation = Relation.RUN
    is_frozen = True

    job_id: Id

    @property
    def of_job(self) -> int:
        return self.job_id

    def look_up(self, user: User) -> Found:
        job = queries.job_for(user, self.job_id)
        if job is None:
            raise SourceRefused("source_not_found", f"There is no job {self.job_id}.", 404)
        here = current_host()
        if job.account != here:
            raise SourceRefused("other_account", wording.other_account(job.id, job.account, here), 409)
        if job.purged_at is not None:
            raise SourceRefused("purged", wording.purged(job.id), 409)
        return Found(job.source_title, job.names_current_user)

    def count(self, client: Client) -> int | None:
        with read_transaction() as tx:
            return tx.scalar(select(func.count()).where(JobItem.job_id == self.job_id))

    def page(self, listing: Listing, after: str | None) -> Page:
        """Its tickets as they are now, for those who look; what is carried out is the list as it was frozen."""
        query = select(JobItem.ticket_id).where(JobItem.job_id == self.job_id, JobItem.ticket_id > int(after or 0))
        with read_transaction() as tx:
            ids = list(tx.scalars(query.order_by(JobItem.ticket_id).limit(BATCH)))
        found = by_id.read(listing, ids)
        return Page(found.tickets, found.date, str(ids[-1]) if len(ids) == BATCH else None)

    @property
    def name(self) -> str:
        return f"job {self.job_id}"
