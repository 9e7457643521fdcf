"""Reads once more what is still unknown: what was quarantined, before a job ends, and all of it when a person asks.

Reading is harmless, but one of these tickets may be what ended drivers. So they are read alone, in small steps, each
noted before it begins. Tickets over which a driver ended are read one by one then, and after three times no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import Connection, case, update

from app import zendesk as zd
from app.database import transaction
from app.jobs import status as st
from app.jobs.collaborators import Engine
from app.jobs.engine.pacing import Gate
from app.jobs.engine.readback import HISTORIES_A_STEP, Reader
from app.jobs.engine.trouble import note
from app.jobs.engine.turn import Turn
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Audits, Need, Outcome
from app.jobs.protocol.batch import Batch, Verdict
from app.jobs.protocol.deliveries import Delivery, delivery_of
from app.jobs.protocol.held import names_missing
from app.jobs.protocol.matching import ChangeMatcher, Seen
from app.jobs.protocol.operation import Item, Operation, is_stamped
from app.jobs.protocol.signature import Signature
from app.jobs.protocol.tries import QUARANTINE_AFTER, Tries
from app.jobs.status import Status
from app.jobs.store import reads
from app.jobs.store.job_progress import note_missing
from app.jobs.store.job_row import JobRow, read_job
from app.jobs.timing import EngineTiming

SUSPECT = QUARANTINE_AFTER + 1  # drivers that vanished over a ticket; one more, and it is read alone
MOST_CRASHES = SUSPECT + 2


@dataclass(frozen=True)
class Rereader:
    """Reads tickets of one job once more; `matcher` is there for changes under stamps."""

    client: zd.Client
    job: JobRow
    operation: Operation
    matcher: ChangeMatcher | None
    timing: EngineTiming

    @cached_property
    def _delivery(self) -> Delivery:
        signature = Signature(self.job.id, self.job.correlation_id)
        return delivery_of(self.operation, self.matcher, signature, self.timing)

    def read(self, items: Sequence[Item]) -> Seen:
        """Read a few tickets, and the audits of those that have changed."""
        named = self.job.audits == Audits.USABLE
        reader = Reader(self.client, self._delivery, self.job.id, programs_named=named)
        return reader.read(Batch(0, tuple(items)))

    def verdicts(self, items: Sequence[Item], seen: Seen) -> list[Verdict]:
        """What is known of them now; of the others no more than before."""
        batch, tries = Batch(0, tuple(items)), reads.tries(self.job.id, [item.ticket_id for item in items])
        found = self._delivery.reconcile(batch, seen, tries).verdicts
        return [
            verdict
            for each in found
            if (verdict := self._final(each, tries)).outcome not in (Outcome.PENDING, Outcome.UNKNOWN)
        ]

    def _final(self, verdict: Verdict, tries: Mapping[int, Tries]) -> Verdict:
        """Nothing is sent again: what did not pass has failed, once no copy of it can pass any more."""
        if verdict.outcome != Outcome.PENDING:
            return verdict
        dead = verdict.fresh is not None and verdict.fresh.overtaken and verdict.fresh.needs != Need.AWAIT_PROBE
        if not dead:
            return Verdict(verdict.ticket_id, Outcome.UNKNOWN)
        error = "set_aside" if tries[verdict.ticket_id].crashes else "no_answer"
        return Verdict(verdict.ticket_id, Outcome.FAILED, error)


def before_the_end(turn: Turn, gate: Gate, matcher: ChangeMatcher | None) -> bool:
    """Read what was quarantined; whether that is done."""
    reader = Rereader(turn.client, turn.job, turn.operation, matcher, turn.timing)
    while not turn.over:
        if not turn.may_start:  # it can still be asked for when the job is at rest
            return True
        with turn.lease.transaction() as tx:
            items = take(tx, turn.job.id)
        if not items:
            return True
        try:
            seen = turn.result(turn.start(reader.read, items))
        except zd.ZendeskError as error:
            with turn.lease.transaction() as tx:
                put_back(tx, turn.job.id)
            note(gate, error)
            return False
        gate.passed()
        with turn.lease.transaction() as tx:
            record(tx, turn.job.id, reader.verdicts(items, seen))
    return False


@dataclass(frozen=True)
class Rechecked:
    """What a person's look came to: tickets that are told now, and those that there was no time for."""

    told: int
    left: int


def for_a_person(engine: Engine, job_id: int) -> Rechecked:
    """Read again what is unknown of a job at rest, for as long as a request may take; the next look goes on from there.

    :raises ZendeskError: when Zendesk gives no answer; what was told by then is on record.
    """
    job = read_job(job_id)
    client = engine.client().for_job(job.id)
    operation = engine.operation(job.tool, job.parameters, job.snapshot)
    matcher = None
    if is_stamped(operation):
        matcher = ChangeMatcher(job.correlation_id, client.me()["id"], reads.ancestors_of(job.id), job.audits)
    timing = engine.timing
    reader, ends = Rereader(client, job, operation, matcher, timing), timing.clock() + timing.recheck
    with transaction() as tx:
        left = ask_for_all(tx, job_id)
    told = 0
    while left and timing.clock() < ends:
        with _at_rest(job_id) as tx:
            items = take(tx, job_id)
        if not items:
            break
        try:
            seen = reader.read(items)
        except zd.ZendeskError:
            with _at_rest(job_id) as tx:
                put_back(tx, job_id)
            raise
        with _at_rest(job_id) as tx:
            told += record(tx, job_id, reader.verdicts(items, seen))
            left = reads.to_read_again(tx, job_id)
    return Rechecked(told, left)


@contextmanager
def _at_rest(job_id: int) -> Iterator[Connection]:
    """A writing transaction that begins with a guarded UPDATE of the job: no driver has it.

    :raises NotAtRest: when it goes on; nothing was written.
    """
    with transaction() as tx:
        at_rest = (Job.id == job_id, Job.status.in_((*st.ENDED, Status.PAUSED)))
        if tx.execute(update(Job).where(*at_rest).values(takeovers=0)).rowcount != 1:
            raise NotAtRest
        yield tx


class NotAtRest(Exception):  # noqa: N818 - an answer to a person, not a fault
    """The job goes on: its driver looks."""


def ask_for_all(tx: Connection, job_id: int) -> int:
    """Have every ticket read again whose outcome is unknown; how many there are to read."""
    unknown = update(JobItem).where(JobItem.job_id == job_id, JobItem.outcome == Outcome.UNKNOWN)
    put_back(tx, job_id)
    left = reads.to_read_again(tx, job_id)
    return left or tx.execute(unknown.values(needs=Need.REREAD)).rowcount


def take(tx: Connection, job_id: int) -> list[Item]:
    """The next few tickets to read again, noted as under way."""
    items = reads.read_again(tx, job_id, HISTORIES_A_STEP, suspect=SUSPECT)
    ids = [item.ticket_id for item in items]
    tx.execute(update(JobItem).where(JobItem.job_id == job_id, JobItem.ticket_id.in_(ids)).values(needs=Need.REREADING))
    return items


def put_back(tx: Connection, job_id: int) -> None:
    """Zendesk gave no answer: what was taken is read later."""
    tx.execute(_under_way(job_id).values(needs=Need.REREAD))


def record(tx: Connection, job_id: int, verdicts: Sequence[Verdict]) -> int:
    """Record what the second look told, of how many tickets; the others keep their reason."""
    changed: Counter[str] = Counter()
    for verdict in verdicts:
        this = _under_way(job_id).where(JobItem.ticket_id == verdict.ticket_id)
        found = {"outcome": verdict.outcome, "error": verdict.error, "detail": verdict.detail, "needs": None}
        found |= {} if verdict.held is None else {"after": verdict.held}
        changed[verdict.outcome] += tx.execute(this.values(**found)).rowcount
    tx.execute(_under_way(job_id).values(needs=None))
    note_missing(tx, job_id, names_missing(verdicts))
    counts = {outcome: getattr(Job, outcome) + rows for outcome, rows in changed.items()}
    counts["unknown"] = Job.unknown - changed.total()
    tx.execute(update(Job).where(Job.id == job_id).values(takeovers=0, **counts))
    return changed.total()


def a_driver_ended(tx: Connection, job_id: int) -> None:
    """If it did while it read tickets again, each of these is read alone from now on, and after some times no more."""
    crashes = JobItem.crashes + 1
    again = case((crashes > MOST_CRASHES, None), else_=Need.REREAD)
    tx.execute(_under_way(job_id).values(crashes=crashes, needs=again))


def _under_way(job_id: int) -> Any:
    return update(JobItem).where(
        JobItem.job_id == job_id, JobItem.outcome == Outcome.UNKNOWN, JobItem.needs == Need.REREADING
    )
