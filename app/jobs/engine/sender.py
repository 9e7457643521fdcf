"""Sends batches: intent committed, request sent, Zendesk's job id committed; what was not taken goes again."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from functools import partial

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine import guardrails
from app.jobs.engine.batches import Batches
from app.jobs.engine.pacing import Slots
from app.jobs.engine.portions import Portions
from app.jobs.engine.requests import Requests
from app.jobs.engine.send import send
from app.jobs.engine.turn import NotSent, PreconditionFailed, RevisionChanged
from app.jobs.protocol.batch import Batch, Choice
from app.jobs.protocol.dropped import of_request, unsafe
from app.jobs.protocol.operation import takes_back
from app.jobs.protocol.verdicts import refused
from app.jobs.store import job_batches, trials

REFUSALS = (zd.Invalid, zd.BadRequest, zd.NotFound)  # of a whole request: none of it was queued


class Sender:
    """Claims the tickets that may go, and sends them in portions that Zendesk takes."""

    def __init__(self, batches: Batches, requests: Requests, *, suspects_first: bool) -> None:
        """:param suspects_first: drivers vanished over some tickets: these go first, one batch at a time."""
        self._batches, self._requests, self._turn = batches, requests, batches.turn
        self.slots = Slots(self._turn.limits.slots)
        self.portions = Portions()
        self.suspects_first = suspects_first
        self._trial = takes_back(self._turn.operation) or trials.begun_or_waiting(self._turn.job.id)

    def send_more(self) -> None:
        """Send what may go now, into the slots that are free."""
        batches, turn = self._batches, self._turn
        room = min(self.slots.now, turn.others.share(turn.limits.slots)) - len(batches.in_flight) - len(batches.sending)
        while room > 0 and batches.more and not batches.to_reconcile:
            choice = self._choice()
            if choice is None or not self._worth_sending(choice):
                return
            with turn.lease.transaction() as tx:
                batch = job_batches.claim(tx, turn.job.id, turn.lease.token, batches.delivery.payload, choice)
            if batch is None:
                self._nothing_to_claim(choice)
                return
            if batches.prefetch:
                batches.prefetch.sent(len(batch.items))
            batches.sending[batch.id] = turn.clock()
            request = partial(send, turn, batches.delivery, batch, turn.revision)
            self._requests.ask(request, then=partial(self._was_sent, batch))
            room -= 1

    def _choice(self) -> Choice | None:
        """Which tickets may go now; None while those over which drivers vanished are on their way, alone."""
        if not self.suspects_first:
            return guardrails.choice(self._turn.job, self.portions.most)
        under_way = self._batches.in_flight or self._batches.sending
        return None if under_way else Choice(most=self.portions.most, suspects_only=True)

    def _worth_sending(self, choice: Choice) -> bool:
        prefetch = self._batches.prefetch
        if prefetch is None or choice.tried_only or choice.suspects_only:
            return True
        worth = prefetch.may_send(choice.most)
        self._batches.more = worth or prefetch.left or self._trial_goes_on()
        return worth

    def _nothing_to_claim(self, choice: Choice) -> None:
        prefetch = self._batches.prefetch
        if choice.suspects_only:
            self.suspects_first = False
        elif not choice.tried_only:
            self._batches.more = (prefetch is not None and prefetch.left) or self._trial_goes_on()

    def _trial_goes_on(self) -> bool:
        if self._trial:
            with self._turn.lease.transaction() as tx:
                self._trial = trials.go_on(tx, self._turn.job.id)
        return self._trial

    def _was_sent(self, batch: Batch, answer: Future[zd.ZendeskJob]) -> None:
        batches = self._batches
        took = self._turn.clock() - batches.sending.pop(batch.id)
        try:
            zendesk_job = answer.result()
        except NotSent as not_sent:
            batches.give_back(batch)
            if isinstance(not_sent.__cause__, zd.ZendeskError):
                self._requests.note(not_sent.__cause__)
        except RevisionChanged as changed:
            batches.give_back(batch)
            self._turn.prefetch_from(changed.revision)
        except PreconditionFailed as failed:
            batches.give_back(batch)
            batches.precondition_failed(failed)
        except zd.ZendeskError as error:
            # No answer in all that time: Zendesk may be at it. A short one says that it is not, or no more.
            timing = self._turn.timing
            slow = isinstance(error, zd.NetworkError) and took > timing.cut_within
            self._was_not_taken(replace(batch, latest_copy=timing.slowest_answer) if slow else batch, error)
        else:
            self._was_taken(batch, zendesk_job)

    def _was_taken(self, batch: Batch, zendesk_job: zd.ZendeskJob) -> None:
        batch = replace(batch, dropped=of_request(self._batches.delivery.payload(batch.items), zendesk_job.warning))
        stop_reason = wording.stamps_dropped(batch.dropped) if unsafe(batch.dropped) else None
        with self._turn.lease.transaction() as tx:
            job_batches.mark_sent(tx, batch.id, zendesk_job.id)
            if batch.dropped:
                job_batches.note_dropped(tx, self._turn.job.id, batch, stop_reason)
        self._turn.stop_with(stop_reason)
        self._batches.in_flight.add(batch, zendesk_job.id, watched=True)
        self.slots.succeeded()
        self._requests.gate.passed()
        self.portions.passed()

    def _was_not_taken(self, batch: Batch, error: zd.ZendeskError) -> None:
        """Zendesk gave no job for a batch: it never saw it, refused it, or its answer was lost."""
        batches, alike = self._batches, not self._turn.job.succeeded
        if error.maybe_applied:
            with self._turn.lease.transaction() as tx:
                job_batches.mark_ambiguous(tx, batch)
            batches.mark_ambiguous(batch)
        elif self.portions.too_large(batch, error) or self.portions.one_is_at_fault(batch, error, alike=alike):
            self.portions.halve(batch, error)
            batches.give_back(batch)
            return
        elif isinstance(error, REFUSALS):
            self.portions.refused(batch, alike=alike)
            batches.record(batch, *refused(batch, error, batches.sent_again(batch)))
            return
        else:
            batches.give_back(batch)
        if isinstance(error, zd.TooManyJobs):
            self.slots.halve()
        only_writes = isinstance(error, zd.TooManyJobs) or (isinstance(error, zd.RateLimited) and error.bucket)
        self._requests.note(error, self._requests.writes if only_writes else None)
