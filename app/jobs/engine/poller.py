"""Asks for the Zendesk jobs in flight, and records what they say of each ticket."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial

from app import zendesk as zd
from app.jobs.engine.batches import Batches
from app.jobs.engine.probe import AuditProbe
from app.jobs.engine.requests import Requests
from app.jobs.protocol.batch import Batch
from app.jobs.protocol.dropped import told
from app.jobs.protocol.verdicts import confirm


@dataclass(frozen=True)
class Poller:
    """One request asks for all of them."""

    batches: Batches
    requests: Requests
    probe: AuditProbe

    def poll(self) -> None:
        """Ask if it is time."""
        if asked := self.batches.in_flight.to_ask_for():
            call = partial(self.batches.turn.client.zendesk_jobs, asked)
            self.requests.ask(call, then=partial(self._was_polled, asked))

    def _was_polled(self, asked: Sequence[str], answer: Future[dict[str, zd.ZendeskJob]]) -> None:
        try:
            found = answer.result()
        except zd.ZendeskError as error:
            self.batches.in_flight.not_answered()
            self.requests.note(error)
            return
        self.requests.gate.passed()
        for batch, zendesk_job in self.batches.in_flight.answered(asked, found):
            self._has_landed(batch, zendesk_job)

    def _has_landed(self, batch: Batch, zendesk_job: zd.ZendeskJob | None) -> None:
        """Record what its Zendesk job says; read the batch back where that vanished or takes too long."""
        if zendesk_job is None:
            self.batches.record(batch, (), batch)
            return
        verdicts, unclear = confirm(batch, zendesk_job, self.batches.sent_again(batch))
        self.batches.record(batch, told(batch, verdicts, self.batches.turn.operation), unclear)
        self.probe.saw(batch, verdicts)
