"""Watches over the reading of a list page by page, so that no list is endless, whatever an account says of it."""

import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from .errors import Endless, Facts

T = TypeVar("T")

MOST_RECORDS = 20_000
MOST_BARREN = 10
"""Pages in a row without anything new; empty ones with more behind them do occur."""


class Walk:
    """One way through the pages of a list: what came, and whether going on makes sense."""

    def __init__(
        self, name: str, *, most: int, seconds: float, clock: Callable[[], float] = time.monotonic, facts: Facts
    ) -> None:
        """`name` is the request, `most` how many records it may have, `seconds` how long the walk may take."""
        self._name, self._most, self._facts = name, most, facts
        self._seconds, self._clock = seconds, clock
        self._began = clock()
        self._known: set[Any] = set()
        self._cursors: set[str] = set()
        self._count = self._barren = 0

    def fresh(self, records: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        """Those that did not come before, as many as the list may have; one without an id is always new."""
        found = [record for record in records if self._is_new(record.get("id"))]
        self._barren = 0 if found else self._barren + 1
        room = self._most - self._count
        self._count += len(found)
        return found[: max(0, room)]

    def go_on(self, after: str | None) -> None:
        """Raises Endless when the page at `after` is not worth asking for; None is the end of the list."""
        if self._count > self._most or (after is not None and self._count == self._most):
            self._end(f"it has more than {self._most:,} entries")
        if after is None:
            return
        if after in self._cursors:
            self._end("its pages go round in circles")
        if self._barren >= MOST_BARREN:
            self._end(f"{MOST_BARREN} of its pages in a row brought nothing new")
        if self._clock() - self._began > self._seconds:
            self._end(f"it was not read to its end within {self._seconds:.0f} seconds")
        self._cursors.add(after)

    def _is_new(self, number: Any) -> bool:
        if not isinstance(number, int | str):
            return True
        new = number not in self._known
        self._known.add(number)
        return new

    def _end(self, why: str) -> None:
        raise Endless(f"{self._name} was given up: {why}", why=why, **self._facts)


def gathered(records: Iterable[T]) -> tuple[list[T], str | None]:
    """All records of a list; or those that came before it proved endless, and why the rest was left, as a clause."""
    found: list[T] = []
    try:
        for record in records:
            found.append(record)
    except Endless as endless:
        return found, endless.why
    return found, None
