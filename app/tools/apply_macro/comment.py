"""The comment of a macro: which text goes out, whether it is fit to, and how it is recognised in a ticket's history."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from app.macros.braces import found_in, has_opening
from app.macros.leftovers import left_over
from app.macros.markup import has_tags
from app.macros.rich_text import all_text_of, text_of
from app.macros.texts import folded

LONGEST_NAME = 200
BEGIN, END = "\ue010", "\ue011"  # round a placeholder's number
NO_SIGNS = dict.fromkeys(map(ord, BEGIN + END))
TICKET_CHANNELS = frozenset({"all", "web"})
"""Texts for other channels, such as chat, are no comments on tickets (docs/zendesk.md, Macros)."""


@dataclass(frozen=True)
class Comment:
    """A macro's comment, as it stands in the macro; `html` is what goes out where there is both.

    `mode` is "public", "internal" or "unset"; unset goes out as internal.
    """

    plain: str | None
    html: str | None
    mode: str

    @property
    def public(self) -> bool:
        return self.mode == "public"

    @property
    def dynamic(self) -> bool:
        """Whether Zendesk has to fill in what goes out; also where all braces seem to stay as they are."""
        return has_opening(self.text)

    @property
    def text(self) -> str:
        """What goes out, as it stands in the macro."""
        return self.html or self.plain or ""

    @property
    def rich(self) -> bool:
        return self.html is not None

    def left_over(self, made: dict[str, Any], title: str) -> str | None:
        """The surroundings of the first placeholder that is still in what Zendesk made of this comment, or None.

        `title` is that of the ticket.
        """
        texts = (made[name] for name in ("html_body", "body") if made.get(name))
        return next(filter(None, (left_over(each, self.text, rich=self.rich, title=title) for each in texts)), None)

    def as_is(self) -> dict[str, Any]:
        """As an item's `after` has it, where it is not dynamic; a plain text that is would be recognised nowhere."""
        plain = None if self.html and has_opening(self.plain or "") else self.plain
        return written(plain, self.html, public=self.public)

    def rendered(self, preview: dict[str, Any]) -> dict[str, Any] | None:
        """The same from what Zendesk rendered for a ticket; None where it rendered nothing.

        Which of body and html_body is the rich one depends on what the macro has, for Zendesk puts the rich text into
        `body` when there is no other (docs/zendesk.md, Applying a macro). Its `public` is ignored: the macro says that.
        """
        body, html = _text(preview.get("body")) or _scoped(preview.get("scoped_body")), _text(preview.get("html_body"))
        if self.html is None:
            plain, rich = body or text_of(html or ""), None
        elif html:
            plain, rich = (body if self.plain else None), html
        else:
            plain, rich = (None, body) if body and not self.plain and has_tags(body) else (body, None)
        return written(plain, rich, public=self.public) if not is_blank(plain, rich) else None


def written(plain: str | None, html: str | None, *, public: bool) -> dict[str, Any]:
    """A comment as an item's `after` has it: body or html_body, public, and `plain` where that says something else."""
    if html is None:
        return {"body": plain or "", "public": public}
    other = {"plain": plain} if plain and essence(plain) != essence(html) else {}
    return {"html_body": html, "public": public, **other}


def sent(comment: dict[str, Any]) -> dict[str, Any]:
    """As Zendesk gets it: one text, and `public` in so many words."""
    return {name: comment[name] for name in ("html_body", "body", "public") if name in comment}


def is_blank(plain: str | None, html: str | None) -> bool:
    """Whether a reader would see nothing; of scripts, style sheets and comments a reader sees nothing."""
    return not folded(text_of(html if html is not None else plain or ""))


def text(comment: dict[str, Any]) -> str:
    """All the text of an item's comment, whether or not its reader sees it."""
    return all_text_of(comment["html_body"]) if "html_body" in comment else comment["body"]


def essence(text: str) -> str:
    """What stays the same of a text on its way: without HTML, entities, case, white space and Markdown's characters."""
    return _signs(text_of(text))


def is_in(events: Iterable[dict[str, Any]], comment: dict[str, Any]) -> bool:
    """Whether one of these Comment events has the text of an item's comment, in whatever form."""
    ours = _essences(comment, ("html_body", "body", "plain"))
    return any(ours & _essences(event, ("html_body", "body", "plain_body")) for event in events)


def empty_placeholders(template: str, rendered: str) -> list[str]:
    """The placeholders of a macro's text that left nothing in a rendering of it; those side by side count as one.

    A guess, for people: by what stands between the texts around them. None for a text with logic in it.
    """
    if "{%" in template or not has_opening(template):
        return []
    told, names = _between(template)
    seen, at, empty = " ".join(text_of(rendered).split()), 0, []
    for index, part in enumerate(told):
        found = seen.find(part, at)
        if found < 0:
            return []
        if index and part and not seen[at:found].strip():
            empty.append(names[index - 1])
        at = found + len(part)
    if not told[-1] and not seen[at:].strip():
        empty.append(names[-1])
    return list(dict.fromkeys(empty))


def _between(template: str) -> tuple[list[str], list[str]]:
    """What a reader sees between the placeholders of a text, and these; those in tags, such as addresses, left out."""
    parts, at = [], 0
    listed = [each for each in found_in(template, rich=has_tags(template)) if each.end and not each.kept]
    for number, each in enumerate(listed):
        parts += [template[at : each.start].translate(NO_SIGNS), f"{BEGIN}{number}{END}"]
        at = each.end or at
    first, *others = text_of("".join([*parts, template[at:].translate(NO_SIGNS)])).split(BEGIN)
    told, names = [first], []
    for other in others:
        number, _, words = other.partition(END)
        told.append(words)
        names.append(template[listed[int(number)].start : listed[int(number)].end][:LONGEST_NAME])
    return [" ".join(each.split()) for each in told], names


def _essences(texts: dict[str, Any], names: Iterable[str]) -> set[str]:
    """With and without what few readers see: Zendesk may have dropped that."""
    given = [str(texts[name]) for name in names if texts.get(name)]
    return {_signs(seen) for text in given for seen in (text_of(text), all_text_of(text))} - {""}


def _signs(seen: str) -> str:
    same = folded(seen)
    return "".join(filter(str.isalnum, same)) or "".join(same.split())


def _scoped(pairs: Any) -> str | None:
    """The text for tickets among `[["channel:all", text]]`."""
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, list) and len(pair) == 2 and str(pair[0]).removeprefix("channel:") in TICKET_CHANNELS:  # noqa: PLR2004 - a pair
            return _text(pair[1])
    return None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
