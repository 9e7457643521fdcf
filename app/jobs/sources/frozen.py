"""The list of an earlier job exactly as it was frozen: that of a preview, which is carried out."""

from __future__ import annotations

from app.jobs.outcomes import Relation
from app.jobs.sources.base import Id, Option, TicketSource


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

    @property
    def name(self) -> str:
        return f"job {self.job_id}"
