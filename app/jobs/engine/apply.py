"""Apply and confirm: batches of 100 with several Zendesk jobs in flight, and one recorded outcome for each ticket.

The order of a batch: intent committed; sent; Zendesk's job id committed; polled together with the others; outcomes and
counters committed. What a crash or a lost answer leaves open is read back before anything new is sent.
"""

from __future__ import annotations

import enum
import random
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Any

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine import guardrails, recheck
from app.jobs.engine.in_flight import InFlight
from app.jobs.engine.pacing import Gate, Slots
from app.jobs.engine.prefetch import Fetch, Prefetch
from app.jobs.engine.probe import AuditProbe
from app.jobs.engine.readback import Reader
from app.jobs.engine.send import send
from app.jobs.engine.trouble import Impossible, note
from app.jobs.engine.turn import NotSent, PreconditionFailed, RevisionChanged, Turn
from app.jobs.outcomes import Audits, BatchState, Outcome
from app.jobs.protocol.batch import BATCH, SLOWEST_ANSWER, Batch, Choice, Verdict
from app.jobs.protocol.deliveries import delivery_of, of_refused, quarantine
from app.jobs.protocol.dropped import of_request, told, unsafe
from app.jobs.protocol.matching import ChangeMatcher, Seen
from app.jobs.protocol.operation import is_stamped
from app.jobs.protocol.signature import Signature
from app.jobs.protocol.verdicts import confirm, refused
from app.jobs.store import reads, trials, writes

HELD_SECONDS = 30.0  # until a job that may not write is tried again; resuming writing wakes a worker
SHORT_SECONDS = 5.0  # within which a connection that is lost was cut, not waited for in vain
LONGEST_SLEEP = 10.0  # a longer wait ends the turn: no worker sleeps through it
ALL_ALIKE = 20  # tickets refused one by one, and none ever taken: then it is the change that is refused, not a ticket


class Applied(enum.Enum):
    """How a turn's applying ended."""

    NOTHING_LEFT = enum.auto()  # each ticket has its outcome
    STOPPED = enum.auto()  # as a person asked; nothing is at Zendesk any more
    REVIEW = enum.auto()  # the first tickets are done, and a person has to look at them
    UNFINISHED = enum.auto()  # time is up, or it has to wait


class Applier:
    """One turn's work on the tickets of a job whose list is frozen."""

    def __init__(self, turn: Turn, gate: Gate, matcher: ChangeMatcher | None = None) -> None:
        self.turn = turn
        self.gate = gate  # for all requests
        self.sends = Gate(turn.clock, patience=gate.patience)  # for writes alone: no free slot for a Zendesk job
        self.slots = Slots(turn.slots)
        self.most = self.fits = BATCH  # tickets in one request: now, and at most after Zendesk called one too large
        self.refused_alone = 0  # tickets in a row that Zendesk refused although they went alone
        self.in_flight = InFlight(
            turn.clock,
            reads.usual_seconds(turn.job.id),
            calm=is_stamped(turn.operation) and turn.operation.renders,
        )
        self.delivery = delivery_of(turn.operation, matcher, Signature(turn.job.id, turn.job.correlation_id))
        named = turn.job.audits == Audits.USABLE
        self.reader = Reader(turn.client, self.delivery, turn.job.id, programs_named=named)
        self.probe = AuditProbe(turn, matcher)
        self.prefetch = _prefetch(turn, matcher)
        self.answers: dict[Future[Any], Callable[[Future[Any]], None]] = {}
        self.sending: dict[int, float] = {}  # batches whose answer is out, by id, with the time of their sending
        self.to_reconcile: list[tuple[float, Batch]] = []  # to be read back before anything new is sent, from a time on
        self.reading: set[int] = set()
        self.more = True  # tickets may be left to send
        self.careful = False  # drivers vanished over some tickets: these go first, one batch at a time
        self.trial = not is_stamped(turn.operation) and trials.begun_or_waiting(turn.job.id)
        self.impossible: Impossible | None = None
        self._take_over()

    def run(self) -> Applied:
        """Work until nothing is left, what a person asked for is fulfilled, or the turn is over.

        :raises Impossible: when the job cannot go on; what had been sent by then is on record.
        :raises LeaseLost: when another driver took over.
        """
        self.turn.refresh()  # before anything is sent: other jobs have their share of the slots
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
        return self._how_it_ended()

    def _how_it_ended(self) -> Applied:
        if self.in_flight or self.to_reconcile:
            return Applied.UNFINISHED
        if not self.more:
            return Applied.NOTHING_LEFT
        if not self.turn.may_start:
            return Applied.STOPPED
        return Applied.REVIEW if guardrails.first_are_done(self.turn.job) else Applied.UNFINISHED

    @property
    def wait(self) -> tuple[float, str | None]:
        """How long, in seconds, and for what the job has to wait."""
        if self.turn.held and not (self.in_flight or self.to_reconcile):
            return HELD_SECONDS, self.turn.held.waits_for
        gate = max(self.gate, self.sends, key=Gate.wait)
        return gate.wait(), gate.reason

    def _take_over(self) -> None:
        """Go on with the batches that an earlier driver left open."""
        with self.turn.lease.transaction() as tx:
            writes.bring_back(tx, self.turn.job.id)
            if self.turn.lease.vanished:
                writes.count_crashes(tx, self.turn.job.id)
                recheck.a_driver_ended(tx, self.turn.job.id)
            self.careful = writes.any_suspect(tx, self.turn.job.id)
        for status, batch in reads.open_batches(self.turn.job.id):
            if status == BatchState.SENT and batch.zendesk_job_id:
                self.in_flight.add(batch, batch.zendesk_job_id, age=batch.age, watched=False)
            else:
                self._mark_ambiguous(batch)
        random.shuffle(self.to_reconcile)  # one of them may end drivers: not always before the others are settled
        self.careful = self.careful or (self.turn.lease.vanished and bool(self.to_reconcile))

    def _begin(self) -> None:
        """Start what may start now: reading back, then asking for Zendesk's jobs, then new batches."""
        self._probe_audits()
        self._read_back()
        if asked := self.in_flight.to_ask_for():
            self._ask(partial(self.turn.client.zendesk_jobs, asked), then=partial(self._was_polled, asked))
        if self.turn.may_start and self.prefetch:
            for fetch in self.prefetch.fetches():
                self._ask(fetch.ask, then=partial(self._was_run, fetch))
        if self.turn.may_start and not self.turn.held and not self.reading and not self.sends.wait():
            self._send_more()
        if self.turn.may_start and self.probe.hopeless:
            self._give_up_awaiting_probe()

    def _read_back(self) -> None:
        """Read the ambiguous batches that may be read now; whether audits tell anything is found out first."""
        if self.probe.awaited:
            return
        now = self.turn.clock()
        for entry in [entry for entry in self.to_reconcile if entry[0] <= now]:
            if self.careful and self.reading:
                return
            self.to_reconcile.remove(entry)
            self.reading.add(entry[1].id)
            self._ask(partial(self.reader.read, entry[1]), then=partial(self._was_read, entry[1]))

    def _send_more(self) -> None:
        room = min(self.slots.now, self.turn.share_of_slots) - len(self.in_flight) - len(self.sending)
        while room > 0 and self.more and not self.to_reconcile:
            choice = self._choice()
            if choice is None or not self._worth_sending(choice):
                return
            with self.turn.lease.transaction() as tx:
                batch = writes.claim(tx, self.turn.job.id, self.turn.lease.token, self.delivery.payload, choice)
            if batch is None:
                self._nothing_to_claim(choice)
                return
            if self.prefetch:
                self.prefetch.sent(len(batch.items))
            self.sending[batch.id] = self.turn.clock()
            self._ask(partial(self._send, batch, self.turn.revision), then=partial(self._was_sent, batch))
            room -= 1

    def _choice(self) -> Choice | None:
        """Which tickets may go now; those over which drivers vanished go first, one batch at a time: None meanwhile."""
        if not self.careful:
            return guardrails.choice(self.turn.job, self.most)
        return None if self.in_flight or self.sending else Choice(most=self.most, suspects_only=True)

    def _worth_sending(self, choice: Choice) -> bool:
        if self.prefetch is None or choice.tried_only or choice.suspects_only:
            return True
        worth = self.prefetch.may_send(choice.most)
        self.more = worth or self.prefetch.left
        return worth

    def _nothing_to_claim(self, choice: Choice) -> None:
        if choice.suspects_only:
            self.careful = False
        elif not choice.tried_only:
            self.more = (self.prefetch is not None and self.prefetch.left) or self._trial_goes_on()

    def _trial_goes_on(self) -> bool:
        if self.trial:
            with self.turn.lease.transaction() as tx:
                self.trial = trials.go_on(tx, self.turn.job.id)
        return self.trial

    def _send(self, batch: Batch, revision: str | None) -> zd.ZendeskJob:
        return send(self.turn, self.delivery, batch, revision)

    def _was_sent(self, batch: Batch, answer: Future[zd.ZendeskJob]) -> None:
        took = self.turn.clock() - self.sending.pop(batch.id)
        try:
            zendesk_job = answer.result()
        except NotSent as not_sent:
            self._give_back(batch)
            if isinstance(not_sent.__cause__, zd.ZendeskError):
                self._note(self.gate, not_sent.__cause__)
        except RevisionChanged as outdated:
            self._give_back(batch)
            self.turn.render_from(outdated.revision)
        except PreconditionFailed as failed:
            self._give_back(batch)
            self._precondition_failed(failed)
        except zd.ZendeskError as error:
            # No answer in all that time: Zendesk may be at it. A short one says that it is not, or no more.
            slow = isinstance(error, zd.NetworkError) and took > SHORT_SECONDS
            self._was_not_taken(replace(batch, latest_copy=SLOWEST_ANSWER) if slow else batch, error)
        else:
            batch = replace(batch, dropped=of_request(self.delivery.payload(batch.items), zendesk_job.warning))
            stop_reason = wording.stamps_dropped(batch.dropped) if unsafe(batch.dropped) else None
            with self.turn.lease.transaction() as tx:
                writes.mark_sent(tx, batch.id, zendesk_job.id)
                if batch.dropped:
                    writes.note_dropped(tx, self.turn.job.id, batch, stop_reason)
            self.turn.stop_with(stop_reason)
            self.in_flight.add(batch, zendesk_job.id, watched=True)
            self.slots.succeeded()
            self.gate.passed()
            self.most, self.refused_alone = min(self.fits, 2 * self.most), 0

    def _was_not_taken(self, batch: Batch, error: zd.ZendeskError) -> None:
        """Zendesk gave no job for a batch: it never saw it, refused it, or its answer was lost."""
        if error.maybe_applied:
            with self.turn.lease.transaction() as tx:
                writes.mark_ambiguous(tx, batch)
            self._mark_ambiguous(batch)
        elif self._fares_better_in_halves(batch, error):
            self._halve(batch, error)
            return
        elif isinstance(error, zd.Invalid | zd.BadRequest | zd.NotFound):
            self._count_refusal(batch)
            self._record(batch, *refused(batch, error, self._sent_again(batch)))
            return
        else:
            self._give_back(batch)
        if isinstance(error, zd.TooManyJobs):
            self.slots.halve()
        only_writes = isinstance(error, zd.TooManyJobs) or (isinstance(error, zd.RateLimited) and error.bucket)
        self._note(self.sends if only_writes else self.gate, error)

    def _fares_better_in_halves(self, batch: Batch, error: zd.ZendeskError) -> bool:
        """Whether a part of a request that Zendesk did not take may pass: it was too large, or one ticket spoilt it."""
        if len(batch.items) == 1 or error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return len(batch.items) > 1
        return isinstance(error, zd.Invalid | zd.BadRequest | zd.NotFound) and not self._all_alike

    @property
    def _all_alike(self) -> bool:
        """Zendesk takes the change for no ticket at all: nothing is gained by sending each alone."""
        return self.refused_alone >= ALL_ALIKE and not self.turn.job.succeeded

    def _count_refusal(self, batch: Batch) -> None:
        self.refused_alone += len(batch.items) == 1
        if self._all_alike:
            self.most = self.fits

    def _halve(self, batch: Batch, error: zd.ZendeskError) -> None:
        """Send the tickets of a batch again, in smaller ones: a request that was refused is not queued."""
        half = len(batch.items) // 2
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            self.fits = min(self.fits, half)
        self.most = min(self.most, half)
        self._give_back(batch)

    def _was_polled(self, asked: Sequence[str], answer: Future[dict[str, zd.ZendeskJob]]) -> None:
        try:
            found = answer.result()
        except zd.ZendeskError as error:
            self.in_flight.not_answered()
            self._note(self.gate, error)
            return
        self.gate.passed()
        for batch, zendesk_job in self.in_flight.answered(asked, found):
            self._has_landed(batch, zendesk_job)

    def _has_landed(self, batch: Batch, zendesk_job: zd.ZendeskJob | None) -> None:
        """Record what its Zendesk job says; read the batch back where that vanished or takes too long."""
        if zendesk_job is None:
            self._record(batch, (), batch)
            return
        verdicts, unclear = confirm(batch, zendesk_job, self._sent_again(batch))
        self._record(batch, told(batch, verdicts, self.turn.operation), unclear)
        self.probe.saw(batch, verdicts)

    def _sent_again(self, batch: Batch) -> list[int]:
        """The tickets of a batch of which an earlier copy may have come through."""
        tries = reads.tries(self.turn.job.id, batch.ticket_ids)
        conditional = {item.ticket_id for item in batch.items if item.conditional}
        return [ticket_id for ticket_id, tried in tries.items() if tried.attempts > 1 or ticket_id in conditional]

    def _was_read(self, batch: Batch, answer: Future[Seen]) -> None:
        self.reading.discard(batch.id)
        try:
            seen = answer.result()
        except zd.ZendeskError as error:
            self._mark_ambiguous(batch)
            self._note(self.gate, error)
            return
        self.gate.passed()
        tries = reads.tries(self.turn.job.id, batch.ticket_ids)
        reconciled = of_refused(batch, self.delivery.reconcile(batch, seen, tries), tries)
        verdicts = quarantine(reconciled.verdicts, tries, sent_once=self.delivery.sent_once)
        # What has no stamp was read as a whole; of the rest only a history shows that it is there.
        self._record(batch, told(batch, verdicts, self.turn.operation) if self.delivery.sent_once else verdicts)
        if any(verdict.outcome == Outcome.SUCCEEDED for verdict in reconciled.verdicts):
            self.probe.recognised()
        if reconciled.open:
            self._mark_ambiguous(replace(batch, items=reconciled.open), reconciled.wait)
        self._came_back()

    def _was_run(self, fetch: Fetch, answer: Future[Any]) -> None:
        """Tickets were read anew, or rendered."""
        assert self.prefetch is not None  # noqa: S101 - whose fetch it was
        self.prefetch.came_back(fetch)
        try:
            found = answer.result()
        except PreconditionFailed as failed:
            self._precondition_failed(failed)
        except zd.ZendeskError as error:
            self._came_back()
            self._note(self.gate, error)
        else:
            self.gate.passed()
            with self.turn.lease.transaction() as tx:
                writes.record(tx, self.turn.job.id, None, fetch.read(found))

    def _precondition_failed(self, failed: PreconditionFailed) -> None:
        """The job stops; nothing that was rendered meanwhile is sent, also not after a resume."""
        self.turn.stop_with(str(failed))
        self.turn.render_from(None)
        self._came_back()

    def _probe_audits(self) -> None:
        if question := self.probe.question():
            self._ask(question, then=self._was_probed)

    def _was_probed(self, answer: Future[Any]) -> None:
        try:
            self.probe.answered(answer)
        except zd.ZendeskError as error:
            if not self._is_probe_needed():
                self.probe.let_be()
                return
            self._note(self.gate, error)
        self._came_back()

    def _is_probe_needed(self) -> bool:
        """Whether a ticket of this job, now or later, depends on what audits tell."""
        return bool(self.in_flight or self.to_reconcile or self.more) or reads.any_awaits_probe(self.turn.job.id)

    def _give_up_awaiting_probe(self) -> None:
        """Leave to a person what may be there, once nothing is left that would show whether audits tell."""
        if self.answers or self.in_flight or self.to_reconcile:
            return
        if self.more and not guardrails.choice(self.turn.job, self.most).tried_only:
            return
        if reads.may_show(self.turn.job.id) or not reads.any_awaits_probe(self.turn.job.id):
            return
        if self.probe.ask_an_earlier_job():
            self._probe_audits()
        else:
            with self.turn.lease.transaction() as tx:
                writes.give_up_awaiting_probe(tx, self.turn.job.id)

    def _record(self, batch: Batch, verdicts: Sequence[Verdict], unclear: Batch | None = None) -> None:
        with self.turn.lease.transaction() as tx:
            writes.record(tx, self.turn.job.id, batch, self.delivery.refusals(batch, verdicts))
            if unclear:
                writes.mark_ambiguous(tx, batch)
        if unclear:
            self._mark_ambiguous(unclear)
        self.turn.stop_if_refused()

    def _give_back(self, batch: Batch) -> None:
        with self.turn.lease.transaction() as tx:
            writes.give_back(tx, self.turn.job.id, batch.id)
        self._came_back()

    def _came_back(self) -> None:
        """Tickets may be pending again."""
        self.more = True
        if self.prefetch:
            self.prefetch.again()

    def _mark_ambiguous(self, batch: Batch, wait: float = 0.0) -> None:
        self.to_reconcile.append((self.turn.clock() + wait, batch))

    def _note(self, gate: Gate, error: zd.ZendeskError) -> None:
        try:
            note(gate, error)
        except Impossible as impossible:
            self.impossible = impossible

    def _ask(self, call: Callable[[], Any], then: Callable[[Future[Any]], None]) -> None:
        self.answers[self.turn.start(call)] = then

    def _nothing_soon(self) -> bool:
        """With no answer outstanding: the work is done, or the next request may only go after a long wait."""
        if self.in_flight or self.to_reconcile:
            return self.gate.wait() > LONGEST_SLEEP
        if not self.more or not self.turn.may_start or guardrails.first_are_done(self.turn.job):
            return True
        return self.wait[0] > LONGEST_SLEEP

    def _until_next(self) -> float:
        """Seconds until something is due, other than an answer."""
        if self.gate.wait():
            return self.gate.wait()
        now = self.turn.clock()
        due = [LONGEST_SLEEP, self.sends.wait(), self.prefetch.wait() if self.prefetch else 0.0]
        due = [seconds for seconds in due if seconds]
        if (wait := self.in_flight.wait()) is not None:
            due.append(wait)
        if self.to_reconcile and not self.reading and not self.probe.awaited:
            due.append(max(0.0, min(at for at, _ in self.to_reconcile) - now))
        return min(due)


def _prefetch(turn: Turn, matcher: ChangeMatcher | None) -> Prefetch | None:
    operation = turn.operation
    if not is_stamped(operation):
        return None
    first = guardrails.goes_first(turn.job)
    return Prefetch(turn, operation, matcher, ahead=first) if first else Prefetch(turn, operation, matcher)
