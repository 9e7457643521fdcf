"""The driver: takes a job's lease, works for one turn, gives it back; the same for workers and web requests."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from app import zendesk as zd
from app.database import db_now, read_transaction
from app.jobs import status as st
from app.jobs import wording
from app.jobs.collaborators import Engine
from app.jobs.engine import guardrails, recheck, snapshots
from app.jobs.engine.apply import Applied, Applier
from app.jobs.engine.collect import Listed, collect, freeze, prefetch_all
from app.jobs.engine.limits import Limit, limit_of
from app.jobs.engine.pacing import Gate
from app.jobs.engine.patience import Patience
from app.jobs.engine.reread import names_of_changes, reread
from app.jobs.engine.trouble import Impossible, Refused, note
from app.jobs.engine.turn import Guards, Limits, Turn, Wait, while_kept
from app.jobs.engine.wakeup import wake_up
from app.jobs.outcomes import CANCELLED, CanaryState, Relation
from app.jobs.protocol.matching import ChangeMatcher
from app.jobs.protocol.operation import is_stamped
from app.jobs.status import RequestedState, Status
from app.jobs.store import job_items, job_progress, reads
from app.jobs.store.job_row import JobRow, read_job
from app.jobs.store.lease import Lease, LeaseLost, take

log = logging.getLogger(__name__)

MOST_TAKEOVERS = 5
READ_AGAIN = (Relation.RETRY, Relation.REST, Relation.UNDO)  # their tickets are those of an earlier job


def drive(engine: Engine, job_id: int, *, seconds: float | None = None, collect_at_most: int | None = None) -> None:
    """Drive a job for one turn, if it needs a driver.

    Returns when the job has ended, has to wait, or the turn is over; then the job is given back and, if there is more
    to do now, a worker is woken. Does nothing when another driver has the job.

    :param seconds: the length of the turn at most; None for that of a worker's.
    :param collect_at_most: stop collecting above so many tickets, and leave the job to a worker.
    """
    seconds = engine.timing.long_turn if seconds is None else seconds
    limits = Limits(engine.max_inflight_jobs, seconds, collect_at_most)
    lease = take(job_id, f"{socket.gethostname()}:{os.getpid()}", engine.timing)
    if lease is None:
        return
    try:
        _drive(engine, lease, limits)
    except LeaseLost as lost:
        log.warning("lease lost: %s", lost)
    except DBAPIError:
        # Nothing can be written now. The lease runs out, and another driver goes on from what was committed.
        log.exception("the database failed during a turn of job %s", job_id)


def _drive(engine: Engine, lease: Lease, limits: Limits) -> None:
    gate = Gate(lease.clock, timing=lease.timing)
    wait = Wait()
    try:
        wait = _take_a_turn(engine, lease, gate, limits)
    except Refused as refused:
        _fail(lease, str(refused), refused_for=refused.code)
    except Impossible as impossible:
        _fail(lease, str(impossible))
    except (LeaseLost, DBAPIError):
        raise
    except Exception:
        # The edge of the engine: whatever it is, the job must say that it stopped, and nothing may be lost.
        log.exception("a turn of job %s broke", lease.job_id)
        _fail(lease, wording.INTERNAL)
    if wait.seconds:
        trouble = gate.patience.kept()
        lease.release(wake_in=wait.seconds, waiting_for=wait.reason, for_person=wait.for_person, trouble=trouble)
    else:
        lease.release()
        wake_up(engine, lease.job_id)


def _take_a_turn(engine: Engine, lease: Lease, gate: Gate, limits: Limits) -> Wait:
    """Work on the job; how long it has to wait afterwards, and for what."""
    job = read_job(lease.job_id)
    if job.takeovers >= MOST_TAKEOVERS:
        raise Impossible(wording.TAKEN_OVER_TOO_OFTEN)
    gate.patience = Patience(job.trouble, _shared_clock(lease), lease.timing)
    here = engine.account()
    try:
        client = engine.client() if here == job.account else None
        if client is None or client.account != job.account:  # the account may have changed between the two questions
            _leave(lease, job, client.account if client else here)
            return Wait()
        if job.requested_state != RequestedState.RUN and job.listed_at is None:  # nothing was sent
            return _obey(lease, job.id)
        client = client.for_job(job.id, gate.patience.readable)
        standing = snapshots.freeze_or_compare(engine, lease, job, client)
        if standing.stop_reason and job.listed_at is None:
            raise Impossible(standing.stop_reason)
        job = read_job(job.id)
        operation = engine.operation(job.tool, job.parameters, job.snapshot)
        matcher = _matcher(lease, job, client) if is_stamped(operation) and not job.dry_run else None
    except zd.ZendeskError as error:
        note(gate, error)
        return Wait(gate.wait(), gate.reason)
    turn = Turn(
        lease=lease,
        client=client,
        operation=operation,
        job=job,
        limits=limits,
        guards=Guards(
            stopping=engine.stopping,
            hold=engine.hold,
            recheck=partial(snapshots.changed, engine, job, client),
            refused=partial(guardrails.too_many_refused, operation=operation, share=engine.refused_share),
        ),
        revision=standing.revision,
        stop_reason=standing.stop_reason or job.stop_reason,
    )
    try:
        if is_stamped(operation) and operation.renders and turn.revision not in (None, job.snapshot_revision):
            turn.prefetch_from(turn.revision)
        return _work(engine, turn, gate, matcher)
    finally:
        turn.close()


def _shared_clock(lease: Lease) -> Callable[[], float]:
    """The database's time, which all drivers share: asked once, then by the clock of this turn."""
    with read_transaction() as tx:
        ahead = tx.execute(select(db_now())).scalar_one() - lease.clock()
    return lambda: lease.clock() + ahead


def _matcher(lease: Lease, job: JobRow, client: zd.Client) -> ChangeMatcher:
    """How the job recognises what it has done."""
    me = while_kept(lease, client.me)
    return ChangeMatcher(job.correlation_id, me["id"], reads.ancestors_of(job.id), job.audits)


def _leave(lease: Lease, job: JobRow, here: str | None) -> None:
    """We are connected to another account than the job's: pause it; a job that is being stopped gives up."""
    with lease.transaction() as tx:
        error = wording.other_account(job.id, job.account, here)
        if not job_progress.change_status(tx, job.id, Status.PAUSED, error=error):
            job_progress.change_status(tx, job.id, Status.FAILED, error=error)


def _work(engine: Engine, turn: Turn, gate: Gate, matcher: ChangeMatcher | None) -> Wait:
    if turn.job.listed_at is None and turn.may_start:
        _begin(turn, Status.COLLECTING)
        begin = reread if turn.job.relation in READ_AGAIN else collect
        if begin(turn, gate, _limit(engine, turn.job)) is Listed.UNFINISHED:
            _obey(turn.lease, turn.job.id)
            return Wait(gate.wait(), gate.reason)
        turn.job = read_job(turn.job.id)
        if turn.job.render_all and not prefetch_all(turn, gate):
            _obey(turn.lease, turn.job.id)
            return Wait(gate.wait(), gate.reason)
        try:
            names = _names(turn)
            freeze(turn, _limit(engine, turn.job), names)
        except zd.ZendeskError as error:
            note(gate, error)
            return Wait(gate.wait(), gate.reason)
        turn.job = read_job(turn.job.id)
    if turn.job.status == Status.QUEUED and turn.may_start:
        _begin(turn, Status.RUNNING)
    if turn.job.listed_at is None or turn.job.status in st.ENDED:
        return _obey(turn.lease, turn.job.id)
    return _apply(turn, gate, matcher)


def _apply(turn: Turn, gate: Gate, matcher: ChangeMatcher | None) -> Wait:
    turn.stop_if_refused()
    applier = Applier(turn, gate, matcher)
    ending = applier.run()
    if ending is Applied.UNFINISHED:
        return applier.wait
    if ending is Applied.NOTHING_LEFT and turn.job.status == Status.RUNNING:
        if not recheck.before_the_end(turn, gate, matcher):
            return Wait(gate.wait(), gate.reason)
        _complete(turn)
    elif ending is Applied.REVIEW:
        _ask_for_review(turn)
    elif turn.stop_reason and turn.job.requested_state == RequestedState.RUN:
        _fail(turn.lease, turn.stop_reason, refusals_accepted=turn.stop_if_refused())
    else:
        _obey(turn.lease, turn.job.id)
    return Wait()


def _names(turn: Turn) -> dict[str, Any]:
    """What a preview shows beside its tool's summary: tickets that were never read, and names in what changed since."""
    never_read = reads.never_read(turn.job.id)
    told: dict[str, Any] = {"never_read": never_read} if never_read else {}
    if turn.job.relation not in READ_AGAIN or not turn.job.dry_run:
        return told
    return told | {"names_since": turn.result(turn.start(names_of_changes, turn.client, turn.job.id))}


def _limit(engine: Engine, job: JobRow) -> Limit:
    """The most tickets that this job may have now."""
    return limit_of(engine, job.tool, [job.created_by_id], [job.created_as])


def _begin(turn: Turn, status: str) -> None:
    with turn.lease.transaction() as tx:
        job_progress.change_status(tx, turn.job.id, status, waiting_for=None, wake_at=None, error=None)
    turn.job = read_job(turn.job.id)


def _obey(lease: Lease, job_id: int) -> Wait:
    """Do what a person asked for, now that nothing of the job is at Zendesk; there is nothing to wait for then."""
    job = read_job(job_id)
    if job.requested_state == RequestedState.CANCEL:
        with lease.transaction() as tx:
            job_progress.recount(tx, job.id)
            job_items.skip_pending(tx, job.id, CANCELLED)
            job_progress.change_status(tx, job.id, Status.CANCELLED)
    elif job.requested_state == RequestedState.PAUSE:
        with lease.transaction() as tx:
            job_progress.change_status(tx, job.id, Status.PAUSED, waiting_for=None, wake_at=None)
    return Wait()


def _ask_for_review(turn: Turn) -> None:
    """The first tickets are done: wait for a person to look at them and let the job go on."""
    waits = {
        "canary_status": CanaryState.WAITING,
        "waiting_for": wording.review_first(guardrails.goes_first(turn.job)),
        "waits_for_person": True,
        "wake_at": None,
    }
    with turn.lease.transaction() as tx:
        job_progress.change_status(tx, turn.job.id, Status.PAUSED, **waits)


def _complete(turn: Turn) -> None:
    """Close the job, once it is certain that no ticket is without an outcome."""
    job_id = turn.job.id
    with turn.lease.transaction() as tx:
        job_progress.recount(tx, job_id)
        if not job_items.free_pending(tx, job_id):
            job_progress.change_status(tx, job_id, Status.COMPLETED, error=job_progress.what_was_dropped(tx, job_id))


def _fail(lease: Lease, sentence: str, **values: Any) -> None:
    """Stop the job with a sentence. Pending tickets stay pending, so that resume can carry on."""
    with lease.transaction() as tx:
        job_progress.recount(tx, lease.job_id)
        job_progress.change_status(tx, lease.job_id, Status.FAILED, error=sentence, **values)
