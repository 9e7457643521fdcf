"""Fetches what has to come before a ticket may be sent, and records it."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from app import zendesk as zd
from app.jobs.engine.batches import Batches
from app.jobs.engine.prefetch import Fetch, Prefetch
from app.jobs.engine.requests import Requests
from app.jobs.engine.turn import PreconditionFailed
from app.jobs.store import job_items


@dataclass(frozen=True)
class Prefetcher:
    """For operations under stamps."""

    batches: Batches
    requests: Requests
    prefetch: Prefetch

    def fetch(self) -> None:
        """Ask for what may be asked for now."""
        for fetch in self.prefetch.fetches():
            self.requests.ask(fetch.ask, then=partial(self._was_fetched, fetch))

    def _was_fetched(self, fetch: Fetch, answer: Future[Any]) -> None:
        """Tickets were read anew, or rendered."""
        self.prefetch.came_back(fetch)
        try:
            found = answer.result()
        except PreconditionFailed as failed:
            self.batches.precondition_failed(failed)
        except zd.ZendeskError as error:
            self.batches.came_back()
            self.requests.note(error)
        else:
            self.requests.gate.passed()
            turn = self.batches.turn
            with turn.lease.transaction() as tx:
                job_items.record(tx, turn.job.id, None, fetch.read(found))
