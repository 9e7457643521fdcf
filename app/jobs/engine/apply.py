"""Apply and confirm: batches of 100 with several Zendesk jobs in flight, and one recorded outcome for each ticket.

The order of a batch: intent committed; sent; Zendesk's job id committed; polled together with the others; outcomes and
counters committed. What a crash or a lost answer leaves open is read back before anything new is sent.
"""

from __future__ import annotations

import enum
import random

from app.jobs.engine import guardrails, recheck
from app.jobs.engine.batches import Batches
from app.jobs.engine.pacing import Gate
from app.jobs.engine.poller import Poller
from app.jobs.engine.prefetch import Prefetch
from app.jobs.engine.prefetcher import Prefetcher
from app.jobs.engine.probe import AuditProbe
from app.jobs.engine.reconciler import Reconciler
from app.jobs.engine.requests import Requests
from app.jobs.engine.sender import Sender
from app.jobs.engine.turn import Turn, Wait
from app.jobs.outcomes import BatchState
from app.jobs.protocol.deliveries import delivery_of
from app.jobs.protocol.matching import ChangeMatcher
from app.jobs.protocol.operation import is_stamped
from app.jobs.protocol.signature import Signature
from app.jobs.store import crashes, job_batches, reads


class Applied(enum.Enum):
    """How a turn's applying ended."""

    NOTHING_LEFT = enum.auto()  # each ticket has its outcome
    STOPPED = enum.auto()  # as a person asked; nothing is at Zendesk any more
    REVIEW = enum.auto()  # the first tickets are done, and a person has to look at them
    UNFINISHED = enum.auto()  # time is up, or it has to wait


class Applier:
    """One turn's work on the tickets of a job whose list is frozen."""

    def __init__(self, turn: Turn, gate: Gate, matcher: ChangeMatcher | None = None) -> None:
        signature = Signature(turn.job.id, turn.job.correlation_id)
        delivery = delivery_of(turn.operation, matcher, signature, turn.timing)
        prefetch, probe = _prefetch(turn, matcher), AuditProbe(turn, matcher)
        self._turn = turn
        self._requests = Requests(turn, gate)
        self._batches = Batches(turn, delivery, prefetch)
        suspects_first = _take_over(self._batches)
        self._sender = Sender(self._batches, self._requests, suspects_first=suspects_first)
        self._poller = Poller(self._batches, self._requests, probe)
        self._reconciler = Reconciler(self._batches, self._requests, probe)
        self._prefetcher = prefetch and Prefetcher(self._batches, self._requests, prefetch)

    def run(self) -> Applied:
        """Work until nothing is left, what a person asked for is fulfilled, or the turn is over.

        :raises Impossible: when the job cannot go on; what had been sent by then is on record.
        :raises LeaseLost: when another driver took over.
        """
        requests = self._requests
        self._turn.refresh()  # before anything is sent: other jobs have their share of the slots
        while True:
            ending = self._turn.over or requests.impossible is not None
            if not ending and not requests.gate.wait():
                self._begin()
            if not requests and (ending or self._nothing_soon()):
                break
            requests.wait(self._until_next())
        if requests.impossible:
            raise requests.impossible
        return self._how_it_ended()

    def _how_it_ended(self) -> Applied:
        if self._batches.unsettled:
            return Applied.UNFINISHED
        if not self._batches.more:
            return Applied.NOTHING_LEFT
        if not self._turn.may_start:
            return Applied.STOPPED
        return Applied.REVIEW if guardrails.first_are_done(self._turn.job) else Applied.UNFINISHED

    @property
    def wait(self) -> Wait:
        """How long, in seconds, and for what the job has to wait."""
        if self._turn.held and not self._batches.unsettled:
            return Wait(self._turn.timing.held, self._turn.held.waits_for, for_person=True)
        gate = max(self._requests.gate, self._requests.writes, key=Gate.wait)
        return Wait(gate.wait(), gate.reason)

    def _begin(self) -> None:
        """Start what may start now: reading back, then asking for Zendesk's jobs, then new batches."""
        turn, writes_wait = self._turn, self._requests.writes.wait
        self._reconciler.probe_audits()
        self._reconciler.read_back(one_at_a_time=self._sender.suspects_first)
        self._poller.poll()
        if turn.may_start and self._prefetcher:
            self._prefetcher.fetch()
        if turn.may_start and not turn.held and not self._batches.reading and not writes_wait():
            self._sender.send_more()
        if turn.may_start:
            self._reconciler.give_up_awaiting_probe(self._sender.portions.most)

    def _nothing_soon(self) -> bool:
        """With no answer outstanding: the work is done, or the next request may only go after a long wait."""
        if self._batches.unsettled:
            return self._requests.gate.wait() > self._turn.timing.longest_sleep
        if not self._batches.more or not self._turn.may_start or guardrails.first_are_done(self._turn.job):
            return True
        return self.wait.seconds > self._turn.timing.longest_sleep

    def _until_next(self) -> float:
        """Seconds until something is due, other than an answer."""
        if self._requests.gate.wait():
            return self._requests.gate.wait()
        prefetch = self._batches.prefetch
        due = [self._turn.timing.longest_sleep, self._requests.writes.wait(), prefetch.wait() if prefetch else 0.0]
        due = [seconds for seconds in due if seconds]
        due += [wait for wait in (self._batches.in_flight.wait(), self._reconciler.wait()) if wait is not None]
        return min(due)


def _take_over(batches: Batches) -> bool:
    """Go on with the batches that an earlier driver left open; whether drivers vanished over some tickets."""
    turn = batches.turn
    with turn.lease.transaction() as tx:
        job_batches.bring_back(tx, turn.job.id)
        if turn.lease.vanished:
            crashes.count_crashes(tx, turn.job.id)
            recheck.a_driver_ended(tx, turn.job.id)
        any_suspect = crashes.any_suspect(tx, turn.job.id)
    for status, batch in reads.open_batches(turn.job.id):
        if status == BatchState.SENT and batch.zendesk_job_id:
            batches.in_flight.add(batch, batch.zendesk_job_id, age=batch.age, watched=False)
        else:
            batches.mark_ambiguous(batch)
    random.shuffle(batches.to_reconcile)  # one of them may end drivers: not always before the others are settled
    return any_suspect or (turn.lease.vanished and bool(batches.to_reconcile))


def _prefetch(turn: Turn, matcher: ChangeMatcher | None) -> Prefetch | None:
    operation = turn.operation
    if not is_stamped(operation):
        return None
    first = guardrails.goes_first(turn.job)
    return Prefetch(turn, operation, matcher, ahead=first) if first else Prefetch(turn, operation, matcher)
