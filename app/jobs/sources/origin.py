"""Where the tickets of a job come from in the first place: jobs that come from others bear the number of these."""

from __future__ import annotations

from app.extensions import db
from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.sources import registry
from app.jobs.sources.base import TicketSource


def origin(job: Job) -> TicketSource:
    """The source of the job that listed these tickets: a run, a retry and the like took them over from it."""
    source = job
    while source.relation not in (None, Relation.LIST):
        earlier = db.session.get(Job, source.source_job_id)
        if earlier is None:
            break
        source = earlier
    return registry.kept(source.source)
