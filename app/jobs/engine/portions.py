"""How many tickets go in one request: fewer after one that was too large, or that one ticket spoilt."""

from __future__ import annotations

from http import HTTPStatus

from app import zendesk as zd
from app.jobs.protocol.batch import BATCH, Batch

ALL_ALIKE = 20  # tickets refused one by one, and none ever taken: then it is the change that is refused, not a ticket


class Portions:
    """Halved until a ticket at fault is alone; larger again after each batch that passed.

    :meth:`one_is_at_fault` and :meth:`refused` are told whether the job has had no success yet (`alike`).
    """

    def __init__(self) -> None:
        self.most = self._fits = BATCH  # now, and at most after Zendesk called one too large
        self._refused_alone = 0  # tickets in a row that Zendesk refused although they went alone

    def passed(self) -> None:
        self.most, self._refused_alone = min(self._fits, 2 * self.most), 0

    def too_large(self, batch: Batch, error: zd.ZendeskError) -> bool:
        """Whether a part of a request that Zendesk did not take may pass, for it was too large."""
        return len(batch.items) > 1 and error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE

    def one_is_at_fault(self, batch: Batch, error: zd.ZendeskError, *, alike: bool) -> bool:
        """Whether a part of it may pass, for one ticket spoilt it."""
        if len(batch.items) == 1 or error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return False
        return isinstance(error, zd.Invalid | zd.BadRequest | zd.NotFound) and not self._all(alike=alike)

    def refused(self, batch: Batch, *, alike: bool) -> None:
        """A request was refused that gets no smaller."""
        self._refused_alone += len(batch.items) == 1
        if self._all(alike=alike):
            self.most = self._fits

    def halve(self, batch: Batch, error: zd.ZendeskError) -> None:
        """Let the tickets of a batch go again, in smaller ones: a request that was refused is not queued."""
        half = len(batch.items) // 2
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            self._fits = min(self._fits, half)
        self.most = min(self.most, half)

    def _all(self, *, alike: bool) -> bool:
        """Zendesk takes the change for no ticket at all: nothing is gained by sending each alone."""
        return self._refused_alone >= ALL_ALIKE and alike
