"""The jobs that belong together, as a line: preview, run, retry, the rest, undo."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from app.auth.models import User
from app.extensions import db
from app.jobs.models import Job
from app.jobs.outcomes import Relation

MOST = 30  # members that a page shows
BELONG = (Relation.RUN, Relation.RETRY, Relation.REST, Relation.UNDO)
WORDS: dict[str | None, str] = {
    Relation.RETRY: "Retry",
    Relation.REST: "The rest",
    Relation.UNDO: "Undo",
}


@dataclass(frozen=True)
class Member:
    """A job of the family, and what it is there."""

    job: Job
    word: str


def family(user: User, job: Job) -> list[Member]:
    """The jobs that this one came from, or that came from it, oldest first; empty where it stands alone."""
    first = _first(job)
    same = select(Job.id).where(Job.id == first).cte("same", recursive=True)
    same = same.union(select(Job.id).join(same, Job.source_job_id == same.c.id).where(Job.relation.in_(BELONG)))
    found = select(Job).where(Job.id.in_(select(same.c.id))).order_by(Job.id).limit(MOST)
    if not user.is_admin:
        found = found.where(Job.created_by_id == user.id)
    jobs = list(db.session.scalars(found))
    by_id = {each.id: each for each in jobs}
    return [Member(each, _word(each, by_id)) for each in jobs] if len(jobs) > 1 else []


def _first(job: Job) -> int:
    """The job from which all of them came."""
    while job.relation in BELONG and job.source_job_id is not None:
        earlier = db.session.get(Job, job.source_job_id)
        if earlier is None:
            break
        job = earlier
    return job.id


def _word(job: Job, by_id: dict[int, Job]) -> str:
    """What a job is in its family: a run goes by what its preview was one of."""
    source = by_id.get(job.source_job_id or 0)
    kind = source.relation if job.relation == Relation.RUN and source else job.relation
    word = WORDS.get(kind)
    if job.dry_run:
        return f"Preview of {word.lower()}" if word else "Preview"
    return word or "Run"
