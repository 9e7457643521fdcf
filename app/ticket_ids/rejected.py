"""What was not understood: each value by its line and with a reason, and all of them as a CSV file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass

from app.characters import keepable
from app.csv_text import MARK, csv_lines

LONGEST_VALUE = 120  # characters of a value that are shown and kept
HEADER = ("row", "value", "why")


class NoTicket(ValueError):  # noqa: N818 - said of what a person gave
    """A value that is no ticket of the account; the message says why, in a sentence."""


class NoList(ValueError):  # noqa: N818 - said of what a person gave
    """A text or file out of which no list of tickets can be read at all; the message is a sentence for that person."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A value that is no ticket: the line it begins in, counted from 1, the value, and a sentence on why not."""

    row: int
    value: str
    why: str

    @classmethod
    def of(cls, row: int, value: str, why: str) -> Rejected:
        return cls(row, clipped(value), why)

    def shape(self) -> dict[str, int | str]:
        """As the API gives it: `{row, value, why}`."""
        return asdict(self)


def clipped(text: str) -> str:
    """A text as it can be shown and kept: not longer than a cell should be."""
    text = keepable(text)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


def as_csv(rejected: Iterable[Rejected]) -> Iterator[str]:
    """What was rejected as a CSV file with a header, piece by piece, for spreadsheets."""
    yield MARK + csv_lines([HEADER])
    for one in rejected:
        yield csv_lines([(one.row, one.value, one.why)])
