"""Reads ambiguous batches back, and records what became of their tickets; finds out first what audits tell."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from typing import Any

from app import zendesk as zd
from app.jobs.engine import guardrails
from app.jobs.engine.batches import Batches
from app.jobs.engine.probe import AuditProbe
from app.jobs.engine.readback import Reader
from app.jobs.engine.requests import Requests
from app.jobs.outcomes import Audits, Outcome
from app.jobs.protocol.batch import Batch
from app.jobs.protocol.deliveries import of_refused, quarantine
from app.jobs.protocol.dropped import told
from app.jobs.protocol.matching import Seen
from app.jobs.store import job_items, reads


class Reconciler:
    """Nothing new is sent while it has work."""

    def __init__(self, batches: Batches, requests: Requests, probe: AuditProbe) -> None:
        self._batches, self._requests, self._probe = batches, requests, probe
        self._turn, job = batches.turn, batches.turn.job
        named = job.audits == Audits.USABLE
        self._reader = Reader(self._turn.client, batches.delivery, job.id, programs_named=named)

    def read_back(self, *, one_at_a_time: bool) -> None:
        """Read the batches that may be read now; whether audits tell anything is found out first."""
        if self._probe.awaited:
            return
        batches, now = self._batches, self._turn.clock()
        for entry in [entry for entry in batches.to_reconcile if entry[0] <= now]:
            if one_at_a_time and batches.reading:
                return
            batches.to_reconcile.remove(entry)
            batches.reading.add(entry[1].id)
            self._requests.ask(partial(self._reader.read, entry[1]), then=partial(self._was_read, entry[1]))

    def wait(self) -> float | None:
        """Seconds until a batch may be read; None while none waits for that alone."""
        batches = self._batches
        if not batches.to_reconcile or batches.reading or self._probe.awaited:
            return None
        return max(0.0, min(at for at, _ in batches.to_reconcile) - self._turn.clock())

    def _was_read(self, batch: Batch, answer: Future[Seen]) -> None:
        batches = self._batches
        batches.reading.discard(batch.id)
        try:
            seen = answer.result()
        except zd.ZendeskError as error:
            batches.mark_ambiguous(batch)
            self._requests.note(error)
            return
        self._requests.gate.passed()
        delivery, tries = batches.delivery, reads.tries(self._turn.job.id, batch.ticket_ids)
        reconciled = of_refused(batch, delivery.reconcile(batch, seen, tries), tries, self._turn.timing)
        verdicts = quarantine(reconciled.verdicts, tries, sent_once=delivery.sent_once)
        # What has no stamp was read as a whole; of the rest only a history shows that it is there.
        batches.record(batch, told(batch, verdicts, self._turn.operation) if delivery.sent_once else verdicts)
        if any(verdict.outcome == Outcome.SUCCEEDED for verdict in reconciled.verdicts):
            self._probe.recognised()
        if reconciled.open:
            batches.mark_ambiguous(replace(batch, items=reconciled.open), reconciled.wait)
        batches.came_back()

    def probe_audits(self) -> None:
        """Ask whether audits show what is ours, if a ticket is there that would tell."""
        if question := self._probe.question():
            self._requests.ask(question, then=self._was_probed)

    def _was_probed(self, answer: Future[Any]) -> None:
        try:
            self._probe.answered(answer)
        except zd.ZendeskError as error:
            if not self._is_probe_needed():
                self._probe.let_be()
                return
            self._requests.note(error)
        self._batches.came_back()

    def _is_probe_needed(self) -> bool:
        """Whether a ticket of this job, now or later, depends on what audits tell."""
        return self._batches.unsettled or self._batches.more or reads.any_awaits_probe(self._turn.job.id)

    def give_up_awaiting_probe(self, most: int) -> None:
        """Leave to a person what may be there, once nothing is left that would show whether audits tell."""
        job = self._turn.job
        if not self._probe.hopeless or self._requests or self._batches.unsettled:
            return
        if self._batches.more and not guardrails.choice(job, most).tried_only:
            return
        if reads.may_show(job.id) or not reads.any_awaits_probe(job.id):
            return
        if self._probe.ask_an_earlier_job():
            self.probe_audits()
        else:
            with self._turn.lease.transaction() as tx:
                job_items.give_up_awaiting_probe(tx, job.id)
