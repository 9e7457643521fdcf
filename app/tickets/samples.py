"""Which tickets a dry run shows: one of each kind first."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Samples(Generic[T]):
    """Collects tickets by kind, a few of each, and gives one of each kind first, then second ones, and so on."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._kinds: dict[Hashable, list[T]] = {}

    def offer(self, kind: Hashable, ticket: T) -> None:
        """Take a ticket into account; of kinds beyond the sample's size nothing is kept."""
        if kind not in self._kinds and len(self._kinds) >= self._size:
            return
        of_kind = self._kinds.setdefault(kind, [])
        if len(of_kind) < self._size:
            of_kind.append(ticket)

    def chosen(self) -> list[T]:
        kinds = list(self._kinds.values())
        rounds = (kind[index] for index in range(self._size) for kind in kinds if index < len(kind))
        return [ticket for ticket, _ in zip(rounds, range(self._size), strict=False)]
