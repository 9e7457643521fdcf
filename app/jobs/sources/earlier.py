"""The tickets of an earlier job by what became of them, as a new list for any tool; each is read again by id."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator
from sqlalchemy import ColumnElement, func, select

from app.account.connection.current import current_host
from app.auth.models import User
from app.database import read_transaction
from app.jobs import wording
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import OUTCOMES, Relation
from app.jobs.protocol.batch import BATCH
from app.jobs.sources import by_id
from app.jobs.sources.base import Found, Id, Listing, Option, Page, SourceGone, SourceRefused, TicketSource
from app.jobs.store import queries
from app.presentation import plural
from app.zendesk import Client

MOST_REASONS = 50
LONGEST_REASON = 64
WORDS = {
    "pending": "never sent",
    "succeeded": "changed",
    "unchanged": "with nothing to do",
    "failed": "refused",
    "skipped": "left out",
    "unknown": "to check",
}


def _outcomes(given: list[str]) -> list[str]:
    if not given or not {*given} <= {*OUTCOMES}:
        raise ValueError(f"Give a list of one or more of {', '.join(OUTCOMES)}.")
    return [outcome for outcome in OUTCOMES if outcome in given]


def _reasons(given: list[str] | None) -> list[str] | None:
    if given is not None and not (0 < len(given) <= MOST_REASONS and all(0 < len(s) <= LONGEST_REASON for s in given)):
        raise ValueError("Give a list of reasons, such as closed, not_found or conflict; or leave it out.")
    return given and sorted({*given})


class EarlierTickets(TicketSource):
    """Those of a job that has ended, by outcome and, where it is given, by reason."""

    noun = "job"
    holds = "tickets of an earlier job by what became of them, as a new list for any tool"
    wrong = {
        "outcomes": f"Give a list of one or more of {', '.join(OUTCOMES)}.",
        "errors": "Give a list of reasons, such as closed, not_found or conflict; or leave it out.",
    }
    options = (
        Option("job", "job_id", "JOB_ID", "Tickets of this earlier job; with --outcome.", whole=True),
        Option("outcome", "outcomes", "OUTCOME", "With --job: what became of them; may come several times.", many=True),
        Option("error", "errors", "REASON", "With --job: for which reason; may come several times.", many=True),
    )
    relation = Relation.LIST

    job_id: Id
    outcomes: Annotated[list[str], AfterValidator(_outcomes)]
    errors: Annotated[list[str] | None, AfterValidator(_reasons)] = None

    @property
    def of_job(self) -> int:
        return self.job_id

    @property
    def name(self) -> str:
        which = " or ".join(WORDS[outcome] for outcome in self.outcomes)
        why = f" ({', '.join(self.errors)})" if self.errors else ""
        return f"job {self.job_id}, {which}{why}"

    @property
    def form(self) -> Mapping[str, str]:
        return {"job": str(self.job_id), "outcome": ",".join(self.outcomes), "error": ",".join(self.errors or ())}

    def look_up(self, user: User) -> Found:
        by_id.reach_of(user)
        job = queries.job_for(user, self.job_id)
        if job is None:
            raise SourceRefused("source_not_found", f"There is no job {self.job_id}.", 404)
        here = current_host()
        if job.account != here:
            raise SourceRefused("other_account", wording.other_account(job.id, job.account, here), 409)
        if not job.ended:
            raise SourceRefused("not_ended", f"Job {job.id} has not ended: what becomes of its tickets is open.", 409)
        if job.purged_at is not None:
            raise SourceRefused("purged", wording.purged(job.id), 409)
        return Found(f"{plural(self._number(), 'ticket')} of {self.name}")

    def count(self, client: Client) -> int | None:
        return self._number()

    def page(self, listing: Listing, after: str | None) -> Page:
        query = select(JobItem.ticket_id).where(*self._mine(), JobItem.ticket_id > int(after or 0))
        with read_transaction() as tx:
            if tx.scalar(select(Job.purged_at).where(Job.id == self.job_id)) is not None:
                raise SourceGone(wording.purged(self.job_id))
            ids = list(tx.scalars(query.order_by(JobItem.ticket_id).limit(BATCH)))
        more = str(ids[-1]) if len(ids) == BATCH else None
        return by_id.page_of(listing, dict.fromkeys(ids), more)

    def _mine(self) -> list[ColumnElement[bool]]:
        found = [JobItem.job_id == self.job_id, JobItem.outcome.in_(self.outcomes)]
        return [*found, JobItem.error.in_(self.errors)] if self.errors else found

    def _number(self) -> int:
        with read_transaction() as tx:
            return tx.scalar(select(func.count()).where(*self._mine())) or 0
