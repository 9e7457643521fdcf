"""All cases in two shares: each seventh is sent by `make test`, the others where the tests by force run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

Case = TypeVar("Case")

EACH = 7  # has no divisor in common with the number of values: every parameter gets others of them


class Share:
    """Chooses by counting, so that the two shares are the same in every run and together leave nothing out."""

    def __init__(self, *, sample: bool) -> None:
        self.sample, self.seen, self.left = sample, 0, 0

    def __call__(self, cases: Iterable[Case]) -> Iterator[Case]:
        """Those of the cases that are in this share."""
        for case in cases:
            self.seen += 1
            if (self.seen % EACH == 0) == self.sample:
                yield case
            else:
                self.left += 1
