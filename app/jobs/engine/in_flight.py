"""The batches that Zendesk works on as jobs of its own: asked for together, until each has ended or is given up."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from app.jobs.engine.pacing import Polling
from app.jobs.protocol.batch import Batch
from app.jobs.timing import EngineTiming
from app.zendesk import ZendeskJob

VANISHED_AFTER = 3  # answers in a row that do not mention a Zendesk job

Landed = tuple[Batch, ZendeskJob | None]
"""A batch with its ended Zendesk job; None where that vanished or takes too long."""


@dataclass
class SentBatch:
    """A batch that is a job at Zendesk; `watched` when this turn sent it itself."""

    batch: Batch
    sent_at: float
    watched: bool
    missed: int = 0  # answers in a row that did not mention it


class InFlight:
    """Those of one turn, by Zendesk job id."""

    def __init__(self, timing: EngineTiming, usual: float | None, *, calm: bool) -> None:
        """:param usual: seconds that a batch of this job takes at Zendesk; None before the first.
        :param calm: nothing waits for a batch to come down.
        """
        self._timing, self._clock = timing, timing.clock
        self._polling = Polling(timing.clock, usual=usual, calm=calm, timing=timing)
        self._out: dict[str, SentBatch] = {}
        self._asked = False  # an answer is awaited

    def __len__(self) -> int:
        return len(self._out)

    def add(self, batch: Batch, zendesk_job_id: str, *, age: float = 0.0, watched: bool) -> None:
        """:param age: seconds since it was sent."""
        self._out[zendesk_job_id] = SentBatch(batch, self._clock() - age, watched)
        self._polling.sent()

    def to_ask_for(self) -> list[str]:
        """The ids to ask Zendesk for now, if it is time; `answered` or `not_answered` must follow."""
        if self._asked or not self._polling.due():
            return []
        self._asked = bool(self._out)
        return list(self._out)

    def wait(self) -> float | None:
        """Seconds until it is time to ask; None while nothing is out, or an answer is awaited."""
        return None if self._asked or not self._out else max(0.0, self._polling.next_at - self._clock())

    def not_answered(self) -> None:
        self._asked = False

    def answered(self, ids: Iterable[str], found: Mapping[str, ZendeskJob]) -> Iterator[Landed]:
        """Those of the ids asked for that have come down."""
        self._asked = False
        for zendesk_job_id in ids:
            sent, zendesk_job = self._out[zendesk_job_id], found.get(zendesk_job_id)
            age = self._clock() - sent.sent_at
            sent.missed = 0 if zendesk_job else sent.missed + 1
            if zendesk_job and zendesk_job.terminal:
                self._polling.finished(age if sent.watched else None)
                yield sent.batch, zendesk_job
            elif sent.missed >= VANISHED_AFTER or age > self._timing.wait_for_a_job:
                yield sent.batch, None
            else:
                continue
            del self._out[zendesk_job_id]
        self._polling.polled(max((self._clock() - sent.sent_at for sent in self._out.values()), default=0.0))
