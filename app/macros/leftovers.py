"""Which placeholders of a macro's text are still there after Zendesk has filled it in for a ticket."""

from __future__ import annotations

from collections import Counter

from app.macros.braces import OPENING, View, around, has_opening, openings, read_view, source_view, words_of
from app.macros.braces import Placeholder as Opening
from app.macros.markup import unescaped
from app.macros.placeholders import is_known

MOST_SEEN = 200  # characters after an opening that are compared
TELLING = 40  # of these, without white space, tags and entities
TITLES = frozenset({"ticket.title", "ticket.subject"})
TEMPLATES = "dc."
"""Dynamic content is a text of the account's own, which may have placeholders in it."""
LIQUID_ERRORS = ("Liquid error", "Liquid syntax error")


def left_over(rendered: str, template: str, *, rich: bool, title: str = "") -> str | None:
    """The surroundings of the first placeholder of a template that is still in what Zendesk made of it, or None.

    Braces that the template keeps rightly are none, nor those in a value that was filled in: a customer's own words are
    not to be filled in again. `title` is that of the ticket. An error that Zendesk wrote in place of a value counts.

    :param rich: whether the template is HTML; what was made of it may be either.
    """
    error = next((rendered.find(each) for each in LIQUID_ERRORS if each in rendered and each not in template), -1)
    if error >= 0:
        return around(rendered, error)
    if not has_opening(rendered) and "<" not in rendered and not has_opening(unescaped(rendered)):
        return None
    views = [source_view(template, rich=rich), *([read_view(template)] if rich else [])]
    expected = [_Expected(view, title) for view in views]
    for seen in (View(rendered, []), read_view(rendered)):
        for each in expected:
            each.begin()
        for opening in openings(seen):
            telling = _telling(seen.text, opening)
            if any([each.is_fault(telling) for each in expected]):  # noqa: C419 - each has to count this opening
                return around(seen.text, opening.start)
    return None


class _Expected:
    """What a view of a template says of openings in its rendering."""

    def __init__(self, view: View, title: str) -> None:
        listed = [(each, _telling(view.text, each)) for each in openings(view)]
        names = [each.inside(view.text).partition("|")[0].strip() for each, _ in listed if not each.kept]
        self._live = {telling for each, telling in listed if not each.kept}
        self._lengths = sorted({len(each) for each in self._live})
        self._in_title = Counter(_telling(title, each) for each in openings(View(title, [])))
        shown = sum(name in TITLES for name in names)
        self._kept = Counter(telling for each, telling in listed if each.kept)
        self._kept.update({telling: count * shown for telling, count in self._in_title.items()})
        self._brings_templates = any(name.startswith(TEMPLATES) for name in names)
        self.begin()

    def begin(self) -> None:
        """With another view of the rendering: each of what is kept may be there again."""
        self._left = self._kept.copy()

    def is_fault(self, telling: str) -> bool:
        """Whether an opening in the rendering should have been filled in."""
        if self._left[telling] > 0:
            self._left[telling] -= 1
            return False
        if any(telling[:length] in self._live for length in self._lengths):
            return True
        return self._brings_templates and telling not in self._in_title and _is_zendesks(telling)


def _telling(text: str, opening: Opening) -> str:
    """What tells a placeholder from others, also after it was escaped or its white space changed.

    Up to the next opening: what stood there may have been filled in.
    """
    furthest = opening.start + MOST_SEEN
    inside = text[opening.start + 2 : min(opening.end or furthest, furthest)]
    nested = OPENING.search(inside)
    words = words_of(inside[: nested.start()] if nested else inside)
    return opening.sign + "".join(words.split())[:TELLING]


def _is_zendesks(telling: str) -> bool:
    """Whether it looks like a placeholder, or logic, that its author wrote for Zendesk."""
    name = telling[2:].partition("}")[0].partition("|")[0].strip("-")
    return telling.startswith("{%") or is_known(name)
