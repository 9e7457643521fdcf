"""A macro as the page shows it: where the hit is, what each action does, and badges that say the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from app.macros.actions import COMMENT, TAGS, Action, Value
from app.macros.index import TITLE, Entry, Passage
from app.macros.matching import Matcher
from app.macros.passages import window
from app.macros.rich_text import Span, marked, marked_html
from app.macros.texts import composed
from app.presentation import age, plural

MOST_EXCERPTS = 3
LONGEST_TEASER = 220


@dataclass(frozen=True)
class Badge:
    word: str
    tone: str
    icon: str = ""


@dataclass(frozen=True)
class Excerpt:
    """Where a hit is, and the words around it; `raw` for the source of rich text."""

    label: str
    text: Markup
    raw: bool = False


@dataclass(frozen=True)
class ShownValue:
    text: Markup
    rich: bool = False
    channel: str | None = None


@dataclass(frozen=True)
class ShownAction:
    label: Markup
    kind: str
    field: str
    values: list[ShownValue]
    missing: list[str]


@dataclass(frozen=True)
class Shown:
    """One macro of the results."""

    entry: Entry
    title: Markup
    badges: list[Badge]
    excerpts: list[Excerpt]
    more_places: int
    teaser: str
    actions: list[ShownAction]
    description: Markup | None
    reasons: list[str]


def shown(entry: Entry, matcher: Matcher | None, reasons: list[str]) -> Shown:
    """A macro with everything that matches marked."""
    spans = matcher.spans if matcher else _nowhere
    hits = [passage for passage in entry.passages if matcher and passage.kind != TITLE and matcher.has(passage)]
    places = _places(hits)
    description = entry.raw.get("description")
    return Shown(
        entry=entry,
        title=marked(entry.title, spans(entry.title)),
        badges=badges(entry),
        excerpts=[_excerpt(entry, passage, spans) for passage in places[:MOST_EXCERPTS]],
        more_places=max(0, len(places) - MOST_EXCERPTS),
        teaser="" if places else _teaser(entry.comment_text),
        actions=[_action(action, spans) for action in entry.actions],
        description=_marked(description, spans) if isinstance(description, str) and description else None,
        reasons=reasons,
    )


def badges(entry: Entry) -> list[Badge]:
    """What a person must know of a macro before reading it."""
    found = []
    if entry.comment == "public":
        found.append(Badge("PUBLIC REPLY", "warn", "chat-left-text"))
    elif entry.comment == "internal":
        found.append(Badge("INTERNAL NOTE", "quiet", "lock"))
    elif entry.comment == "unset":
        found.append(Badge("COMMENT, MODE NOT SET", "odd", "question-circle"))
    if not entry.active:
        found.append(Badge("INACTIVE", "bad", "slash-circle"))
    if entry.owner is not None:
        found.append(Badge("RESTRICTED: ONLY YOU", "busy", "person"))
    elif entry.groups:
        found.append(Badge(f"RESTRICTED: {', '.join(entry.groups)}", "busy", "people"))
    if entry.used_30d is not None:
        found.append(
            Badge(f"used {entry.used_30d:,}\N{MULTIPLICATION SIGN} in 30 days", "good" if entry.used_30d else "quiet")
        )
    return found


def ago(moment: float) -> str:
    """How long ago something was: "just now", "3 min ago"."""
    return age(moment).replace(" old", " ago")


def progress(so_far: int) -> str:
    """How far a reading has come, in a sentence."""
    return f"Reading macros from Zendesk: {plural(so_far, 'macro')} so far." if so_far else "Asking Zendesk for macros."


def _places(hits: list[Passage]) -> list[Passage]:
    """One passage per action: what can be read comes before the source."""
    best: dict[int | None, Passage] = {}
    for passage in hits:
        best.setdefault(passage.action, passage)
    return list(best.values())


def _excerpt(entry: Entry, passage: Passage, spans_in: Callable[[str], list[Span]]) -> Excerpt:
    text, begin, end, spans = window(passage, spans_in)
    inside = [(max(left, begin) - begin, min(right, end) - begin) for left, right in spans if left < end]
    words = marked(text[begin:end], inside)
    shown = Markup("{}{}{}").format("…" if begin else "", words, "…" if end < len(text) else "")
    label = "Description" if passage.action is None else entry.actions[passage.action].label
    source = passage.kind == "source"
    return Excerpt(f"{label}, source" if source else label, shown, raw=source)


def _action(action: Action, spans_in: Callable[[str], list[Span]]) -> ShownAction:
    missing = [action.label_missing] if action.label_missing else []
    return ShownAction(
        label=marked(action.label, [] if action.kind in (COMMENT, TAGS) else spans_in(action.label)),
        kind=action.kind,
        field=action.field,
        values=[_value(value, spans_in) for value in action.values],
        missing=missing + [value.missing for value in action.values if value.missing],
    )


def _value(value: Value, spans_in: Callable[[str], list[Span]]) -> ShownValue:
    if value.html:
        return ShownValue(marked_html(composed(value.given), spans_in), rich=True, channel=value.channel)
    return ShownValue(_marked(value.name, spans_in), channel=value.channel)


def _marked(text: str, spans_in: Callable[[str], list[Span]]) -> Markup:
    words = composed(text)
    return marked(words, spans_in(words))


def _teaser(text: str) -> str:
    words = " ".join(text[: 2 * LONGEST_TEASER].split())
    return words if len(words) <= LONGEST_TEASER else words[:LONGEST_TEASER].rpartition(" ")[0] + " …"


def _nowhere(_text: str) -> list[Span]:
    return []
