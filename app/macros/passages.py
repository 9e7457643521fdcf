"""Where a macro has what was looked for: the words around a hit, for pages and programs."""

from __future__ import annotations

from collections.abc import Callable

from app.macros.index import Entry, Passage
from app.macros.matching import Matcher
from app.macros.rich_text import Span

BEFORE, AFTER = 70, 150


def matches(entry: Entry, matcher: Matcher | None) -> list[tuple[str, str]]:
    """Where a macro has the text: the field ("title", "description", or an action's), and the words around it."""
    if matcher is None:
        return []
    found = [(passage.field, window(passage, matcher.spans)) for passage in entry.passages if matcher.has(passage)]
    return list(dict.fromkeys((name, text[begin:end]) for name, (text, begin, end, _) in found))


def window(passage: Passage, spans_in: Callable[[str], list[Span]]) -> tuple[str, int, int, list[Span]]:
    """The text of a passage, where the part around its first hit begins and ends, and where all its hits are."""
    text, spans = passage.exact, spans_in(passage.exact)
    first = spans[0] if spans else (0, 0)
    begin = max(0, first[0] - BEFORE)
    if begin:
        blank = text.find(" ", begin, first[0])
        begin = blank + 1 if blank >= 0 else begin
    return text, begin, min(len(text), max(first[1], begin + BEFORE) + AFTER), spans
