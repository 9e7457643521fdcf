"""What a job is made of beyond its parameters: read once, frozen with it, held against Zendesk at each turn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from app import zendesk as zd
from app.jobs import wording
from app.jobs.collaborators import Engine, ReadSnapshot
from app.jobs.engine.trouble import Impossible
from app.jobs.engine.turn import while_kept
from app.jobs.outcomes import Relation
from app.jobs.protocol.operation import Snapshot, Unusable, Values, is_stamped
from app.jobs.status import RequestedState, Status
from app.jobs.store import job_progress
from app.jobs.store.job_row import JobRow, read_job
from app.jobs.store.lease import Lease


@dataclass(frozen=True)
class Standing:
    """How what a job is made of stands in Zendesk now."""

    stop_reason: str | None = None  # why the job has to stop, in a sentence
    revision: str | None = None  # the one in force; None where Zendesk was not asked, or the job has to stop


def freeze_or_compare(engine: Engine, lease: Lease, job: JobRow, client: zd.Client) -> Standing:
    """Freeze the snapshot the first time, and see that it is the same in Zendesk.

    A job that is to stop anyway needs no look: what is at Zendesk is settled with what was frozen.

    :raises Impossible: when nothing was sent yet, and the snapshot cannot be used.
    :raises ZendeskError: when Zendesk cannot be asked.
    """
    read = engine.snapshot(job.tool)
    if job.requested_state != RequestedState.RUN or read is None:
        return Standing()
    if job.snapshot is None or _plans_anew(job):
        _freeze(lease, job, while_kept(lease, partial(_read, read, client, job.parameters)))
        job = read_job(job.id)
    return while_kept(lease, partial(_standing, engine, job, client))


def _read(read: ReadSnapshot, client: zd.Client, parameters: Values) -> Snapshot:
    try:
        return read(client, parameters)
    except Unusable as unusable:
        raise Impossible(str(unusable)) from unusable


def _freeze(lease: Lease, job: JobRow, found: Snapshot) -> None:
    if found.names_current_user and not job.dry_run and not job.accepts_current_user:
        raise Impossible(wording.DEPENDS_ON_CURRENT_USER)
    with lease.transaction() as tx:
        job_progress.keep_snapshot(tx, job.id, found)


def _standing(engine: Engine, job: JobRow, client: zd.Client) -> Standing:
    """One request tells, but for what depends on the user we act as; none where each batch asks before it goes."""
    operation = engine.operation(job.tool, job.parameters, job.snapshot)
    if _begins_anew(job) and (sentence := operation.outdated(client)):
        return Standing(stop_reason=sentence)
    if not is_stamped(operation):
        return Standing()
    if operation.renders and not job.names_current_user and job.snapshot_revision is not None:
        return Standing(revision=job.snapshot_revision)
    revision = operation.revision(client)
    if revision is None or job.names_current_user:
        sentence = changed(engine, job, client) or (wording.SNAPSHOT_CHANGED if revision is None else None)
        return Standing(stop_reason=sentence, revision=None if sentence else revision)
    return Standing(revision=revision)


def _plans_anew(job: JobRow) -> bool:
    """Whether tickets of an earlier job are about to be read and planned again: by what is true now, not then.

    But what must not repeat is tried again as it was frozen, or not at all.
    """
    begins = job.status == Status.QUEUED and job.listed_at is None and job.dry_run
    anew = job.source_job_id is not None and job.relation != Relation.LIST
    return begins and anew and job.snapshot_version is None


def _begins_anew(job: JobRow) -> bool:
    """Whether a list that was planned some time ago is about to be carried out, or gone on with after a rest."""
    return job.status == Status.QUEUED and job.listed_at is not None and not job.dry_run


def changed(engine: Engine, job: JobRow, client: zd.Client) -> str | None:
    """Why what the job is made of is no longer what was frozen, in a sentence; None when it still is.

    :raises ZendeskError: when Zendesk cannot be asked.
    """
    read = engine.snapshot(job.tool)
    try:
        found = read(client, job.parameters) if read else None
    except Unusable as unusable:
        return str(unusable)
    return None if found is None or found.version == job.snapshot_version else wording.SNAPSHOT_CHANGED
