"""Apply and confirm: batches of 100 with several Zendesk jobs in flight, and one recorded outcome for each ticket.

The order of a batch: intent committed; sent; Zendesk's job id committed; polled together with the others; outcomes and
counters committed. What a crash or a lost answer leaves open is read back before anything new is sent.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from functools import partial
from typing import Any

from app import zendesk as zd
from app.jobs import store
from app.jobs.models import FAILED, SENT
from app.jobs.pacing import Gate, Polling, Slots
from app.jobs.settle import confirm, read_back
from app.jobs.store import Batch, Verdict
from app.jobs.trouble import Impossible, note
from app.jobs.turn import NotSent, Turn

WAIT_FOR_A_JOB = 300.0  # seconds for which a known Zendesk job is waited for (design.md, step 4)
VANISHED_AFTER = 3  # answers in a row that do not mention a Zendesk job
HELD_SECONDS = 30.0  # until a job that may not write looks again; whoever lets it go on rings
LONGEST_SLEEP = 10.0  # a longer wait ends the turn: no worker sleeps through it


class Applied(enum.Enum):
    """How a turn's applying ended."""

    NOTHING_LEFT = enum.auto()  # each ticket has its outcome
    STOPPED = enum.auto()  # a person's wish; nothing is at Zendesk any more
    UNFINISHED = enum.auto()  # time is up, or it has to wait


class Applier:
    """One turn's work on the tickets of a job whose list is frozen."""

    def __init__(self, turn: Turn, gate: Gate) -> None:
        self.turn = turn
        self.gate = gate  # for all requests
        self.sends = Gate(turn.clock)  # for writes alone: no free slot for a Zendesk job
        self.slots = Slots(turn.slots)
        self.polling = Polling(turn.clock, usual=store.usual_seconds(turn.job.id))
        self.answers: dict[Future[Any], Callable[[Future[Any]], None]] = {}
        self.sending: set[int] = set()  # ids of batches whose answer is out
        self.flying: dict[str, Batch] = {}  # by Zendesk job id
        self.sent_at: dict[str, float] = {}
        self.watched: set[str] = set()  # Zendesk jobs that this turn sent itself
        self.missed: dict[str, int] = {}
        self.lost: list[Batch] = []  # to be read back before anything new is sent
        self.reading: set[int] = set()
        self.polled = False  # a poll is out
        self.more = True  # tickets may be left to send
        self.impossible: Impossible | None = None
        self._take_over()

    def run(self) -> Applied:
        """Work until nothing is left, a person's wish is fulfilled, or the turn is over.

        :raises Impossible: when the job cannot go on; what had been sent by then is on record.
        :raises LeaseLost: when another driver took over.
        """
        self.turn.look()  # before anything is sent: other jobs have their share of the slots
        while True:
            ending = self.turn.over or self.impossible is not None
            if not ending and not self.gate.wait():
                self._begin()
            if not self.answers and (ending or self._nothing_soon()):
                break
            for future in self.turn.wait_for(self.answers, self._until_next()):
                self.answers.pop(future)(future)
        if self.impossible:
            raise self.impossible
        if self.flying or self.lost or (self.more and self.turn.may_start):
            return Applied.UNFINISHED
        return Applied.STOPPED if self.more else Applied.NOTHING_LEFT

    @property
    def wait(self) -> tuple[float, str | None]:
        """How long, in seconds, and for what the job has to wait."""
        if self.turn.held and not (self.flying or self.lost):
            return HELD_SECONDS, self.turn.held.waits_for
        gate = max(self.gate, self.sends, key=Gate.wait)
        return gate.wait(), gate.reason

    def _take_over(self) -> None:
        """Go on with the batches that an earlier driver left open."""
        for status, batch in store.open_batches(self.turn.job.id):
            if status == SENT and batch.zendesk_job_id:
                self._fly(batch, batch.zendesk_job_id, self.turn.clock() - batch.age)
            else:
                self.lost.append(batch)

    def _begin(self) -> None:
        """Start what may start now: reading back, then asking for Zendesk's jobs, then new batches."""
        while self.lost:
            batch = self.lost.pop()
            self.reading.add(batch.id)
            self._ask(self.turn.client.tickets, batch.ticket_ids, then=partial(self._was_read, batch))
        if self.flying and not self.polled and self.polling.due():
            self.polled = True
            asked = list(self.flying)
            self._ask(self.turn.client.zendesk_jobs, asked, then=partial(self._was_polled, asked))
        if self.turn.may_start and not self.turn.held and not self.reading and not self.sends.wait():
            self._send_more()

    def _send_more(self) -> None:
        room = min(self.slots.now, self.turn.share_of_slots) - len(self.flying) - len(self.sending)
        while room > 0 and self.more:
            with self.turn.lease.transaction() as tx:
                batch = store.claim(tx, self.turn.job.id, self.turn.lease.token, self.turn.operation.body)
            if batch is None:
                self.more = False
                return
            self.sending.add(batch.id)
            self._ask(self._send, batch, then=partial(self._was_sent, batch))
            room -= 1

    def _send(self, batch: Batch) -> zd.ZendeskJob:
        self.turn.check_lease()
        return self.turn.operation.send(self.turn.client, batch.items, self.turn.operation.body(batch.items))

    def _was_sent(self, batch: Batch, answer: Future[zd.ZendeskJob]) -> None:
        self.sending.discard(batch.id)
        try:
            zendesk_job = answer.result()
        except NotSent:
            self._give_back(batch)
        except zd.ZendeskError as error:
            self._was_not_taken(batch, error)
        else:
            with self.turn.lease.transaction() as tx:
                store.mark_sent(tx, batch.id, zendesk_job.id)
            self._fly(batch, zendesk_job.id, self.turn.clock())
            self.watched.add(zendesk_job.id)
            self.slots.succeeded()
            self.gate.passed()

    def _was_not_taken(self, batch: Batch, error: zd.ZendeskError) -> None:
        """Zendesk gave no job for a batch: it never saw it, refused it, or its answer was lost."""
        if error.maybe_applied:
            with self.turn.lease.transaction() as tx:
                store.mark_ambiguous(tx, batch.id)
            self.lost.append(batch)
        elif isinstance(error, zd.Invalid | zd.BadRequest | zd.NotFound):
            detail = ": ".join(part for part in (error.code, error.description) if part) or None
            self._settle(batch, (Verdict(id_, FAILED, "refused", detail) for id_ in batch.ticket_ids))
            return
        else:
            self._give_back(batch)
        if isinstance(error, zd.TooManyJobs):
            self.slots.halve()
        only_writes = isinstance(error, zd.TooManyJobs) or (isinstance(error, zd.RateLimited) and error.bucket)
        self._note(self.sends if only_writes else self.gate, error)

    def _was_polled(self, asked: Iterable[str], answer: Future[dict[str, zd.ZendeskJob]]) -> None:
        self.polled = False
        try:
            found = answer.result()
        except zd.ZendeskError as error:
            self._note(self.gate, error)
            return
        self.gate.passed()
        for zendesk_job_id in asked:
            self._look_at(zendesk_job_id, found.get(zendesk_job_id))
        self.polling.polled(max((self.turn.clock() - self.sent_at[id_] for id_ in self.flying), default=0.0))

    def _look_at(self, zendesk_job_id: str, zendesk_job: zd.ZendeskJob | None) -> None:
        """Land a batch whose Zendesk job has ended; lose one whose job vanished or takes too long."""
        batch, age = self.flying[zendesk_job_id], self.turn.clock() - self.sent_at[zendesk_job_id]
        self.missed[zendesk_job_id] = 0 if zendesk_job else self.missed.get(zendesk_job_id, 0) + 1
        if zendesk_job and zendesk_job.terminal:
            self.polling.finished(age if zendesk_job_id in self.watched else None)
            verdicts, unclear = confirm(batch, zendesk_job)
            self._settle(batch, verdicts, unclear)
        elif self.missed[zendesk_job_id] >= VANISHED_AFTER or age > WAIT_FOR_A_JOB:
            self._settle(batch, (), batch)
        else:
            return
        del self.flying[zendesk_job_id], self.sent_at[zendesk_job_id], self.missed[zendesk_job_id]

    def _was_read(self, batch: Batch, answer: Future[zd.TicketPage]) -> None:
        self.reading.discard(batch.id)
        try:
            tickets = answer.result().tickets
        except zd.ZendeskError as error:
            self.lost.append(batch)
            self._note(self.gate, error)
            return
        self.gate.passed()
        sent = store.attempts(self.turn.job.id, batch.ticket_ids)
        self._settle(batch, read_back(self.turn.operation, batch, tickets, sent))
        self.more = True

    def _settle(self, batch: Batch, verdicts: Iterable[Verdict], unclear: Batch | None = None) -> None:
        with self.turn.lease.transaction() as tx:
            store.settle(tx, self.turn.job.id, batch, verdicts)
            if unclear:
                store.mark_ambiguous(tx, batch.id)
        if unclear:
            self.lost.append(unclear)

    def _give_back(self, batch: Batch) -> None:
        with self.turn.lease.transaction() as tx:
            store.give_back(tx, self.turn.job.id, batch.id)
        self.more = True

    def _fly(self, batch: Batch, zendesk_job_id: str, sent_at: float) -> None:
        self.flying[zendesk_job_id], self.sent_at[zendesk_job_id] = batch, sent_at
        self.polling.sent()

    def _note(self, gate: Gate, error: zd.ZendeskError) -> None:
        try:
            note(gate, error)
        except Impossible as impossible:
            self.impossible = impossible

    def _ask(self, call: Callable[..., Any], argument: Any, then: Callable[[Future[Any]], None]) -> None:
        self.answers[self.turn.start(call, argument)] = then

    def _nothing_soon(self) -> bool:
        """With no answer outstanding: the work is done, or the next request may only go after a long wait."""
        if self.flying or self.lost:
            return self.gate.wait() > LONGEST_SLEEP
        if not self.more or not self.turn.may_start:
            return True
        return self.wait[0] > LONGEST_SLEEP

    def _until_next(self) -> float:
        """Seconds until something is due, other than an answer."""
        if self.gate.wait():
            return self.gate.wait()
        if self.flying and not self.polled:
            return max(0.0, self.polling.next_at - self.turn.clock())
        return self.sends.wait() or LONGEST_SLEEP
