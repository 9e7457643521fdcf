"""How a text is looked for: as a phrase, as whole words, with or without case, as a regular expression."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from math import prod

import regex

from app.macros.index import Passage
from app.macros.rich_text import Span
from app.macros.texts import composed, mapped, plain

LONGEST = 500
MOST_SPANS = 200
SECONDS = 0.8  # for all macros together
SECONDS_A_TEXT = 0.3  # of the processor's time: on a busy machine that is more by the clock on the wall
MOST_REPEATS = 10_000
BRACES = regex.compile(r"\\[NpP]\{[^}]*\}|\\.|\{(?!\d*,?\d*\})", regex.DOTALL)
COUNTS = regex.compile(r"\{(\d*),?(\d*)\}|(\)\+)")


class BadQuery(ValueError):  # noqa: N818 - said of what a person typed
    """What was typed cannot be looked for; the message is a sentence for the person."""


@dataclass
class Matcher:
    """A query made ready: whether a passage has it, and where a text has it."""

    has: Callable[[Passage], bool]
    spans: Callable[[str], list[Span]]
    starts: Callable[[Passage], bool] = field(default=lambda _: False)


def matcher(text: str, *, whole_word: bool, match_case: bool, expression: bool) -> Matcher | None:
    """What finds `text`; None when there is nothing to find.

    :raises BadQuery: it is too long, or no regular expression. What takes too long raises it from the matcher.
    """
    if len(text) > LONGEST:
        raise BadQuery(f"This is {len(text):,} characters long; up to {LONGEST} can be searched for.")
    if expression:
        if not text:
            return None
        pattern = compiled(text, whole_word=whole_word, match_case=match_case)
        found = Expression(pattern, time.monotonic() + SECONDS)
        return Matcher(found.has, found.spans)
    needle = plain(text) if match_case else plain(text).casefold()
    return _of_phrase(needle, whole_word, match_case) if needle else None


def _of_phrase(needle: str, whole_word: bool, match_case: bool) -> Matcher:
    def has(passage: Passage) -> bool:
        text = passage.plain if match_case else passage.folded
        if not whole_word:
            return needle in text
        return needle in text and next(_places(needle, text, whole_word), None) is not None

    def spans(text: str) -> list[Span]:
        seen, origin = mapped(composed(text), fold=not match_case)
        found = [(at, at + len(needle)) for at in _places(needle, seen, whole_word)]
        return [(origin[begin], origin[end - 1] + 1) for begin, end in found[:MOST_SPANS]]

    def starts(passage: Passage) -> bool:
        return (passage.plain if match_case else passage.folded).startswith(needle)

    return Matcher(has, spans, starts)


def _places(needle: str, text: str, whole_word: bool) -> Iterator[int]:
    at = text.find(needle)
    while at >= 0:
        if not whole_word or not (_in_word(text, at - 1) or _in_word(text, at + len(needle))):
            yield at
            at = text.find(needle, at + len(needle))
        else:
            at = text.find(needle, at + 1)


def _in_word(text: str, at: int) -> bool:
    return 0 <= at < len(text) and (text[at].isalnum() or text[at] == "_")


@dataclass
class Expression:
    """A regular expression with the time it may take, for all texts together."""

    pattern: regex.Pattern[str]
    give_up: float
    known: dict[str, bool] = field(default_factory=dict)

    def has(self, passage: Passage) -> bool:
        """:raises BadQuery: when the time is over."""
        text = passage.exact
        if text not in self.known:
            try:
                self.known[text] = self.pattern.search(text, timeout=self._left()) is not None
            except TimeoutError as error:
                raise BadQuery(TOO_SLOW) from error
        return self.known[text]

    def spans(self, text: str) -> list[Span]:
        """The places in a text, as many as the time allows: that there is one is known already."""
        found: list[Span] = []
        try:
            hits = self.pattern.finditer(text, timeout=self._left())
            found.extend(hit.span() for hit in islice(hits, MOST_SPANS) if hit.end() > hit.start())
        except TimeoutError:
            return found
        return found

    def _left(self) -> float:
        seconds = self.give_up - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return min(seconds, SECONDS_A_TEXT)


TOO_SLOW = (
    "This regular expression takes longer than a second on these macros, so the search was ended. "
    "Repeats inside repeats, such as (a+)+, are the usual reason; write them as one."
)


def compiled(text: str, *, whole_word: bool, match_case: bool) -> regex.Pattern[str]:
    """The regular expression, in Python's syntax.

    :raises BadQuery: with a sentence, when it is none.
    """
    # The engine unrolls nested repeats while it compiles, which nothing can interrupt: their product must stay small.
    repeats = prod(_repeats(count) for count in COUNTS.findall(text))
    if repeats > MOST_REPEATS:
        raise BadQuery(f"The repeats in this expression multiply to more than {MOST_REPEATS:,}. Use smaller numbers.")
    literal = BRACES.sub(lambda found: r"\{" if found[0] == "{" else found[0], composed(text))  # {{ticket.id}}, {e<=1}
    if whole_word:
        literal = rf"(?<!\w)(?:{literal})(?!\w)"
    try:
        return regex.compile(literal, 0 if match_case else regex.IGNORECASE)
    except regex.error as error:
        raise BadQuery(f"This is no regular expression: {getattr(error, 'msg', 'it cannot be read')}.") from error
    except (RecursionError, ValueError, OverflowError, KeyError, IndexError, TypeError) as error:
        raise BadQuery("This is no regular expression that can be read; is it nested too deeply?") from error


def _repeats(count: tuple[str, str, str]) -> int:
    least, most, plus = count
    return 2 if plus else max(1, *(int(number[:6]) for number in (least, most) if number), 1)
