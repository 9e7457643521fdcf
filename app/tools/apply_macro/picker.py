"""The macros on offer: found as in Search Macros, each with what must be known before it is chosen."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from app.account.connection.current import identity
from app.auth.models import User
from app.macros import facets
from app.macros.index import Entry, Index
from app.macros.query import Query
from app.macros.search import search, viewer
from app.tools.apply_macro import wording
from app.tools.apply_macro.snapshot import understood

SHOWN = 40
LONGEST_TEXT = 1_500
INACTIVE = "It is inactive: activate it in Zendesk first."
ANY_USER = 1  # stands for the user we act as: whether an action can be done does not depend on who that is


@dataclass(frozen=True)
class Badge:
    word: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Offer:
    """A macro of the list, with what it does in words and its comment as text.

    `refusal` says why it cannot be chosen; `twin` tells it from others of its title.
    """

    entry: Entry
    badges: list[Badge]
    words: list[str]
    comment: str
    refusal: str | None
    twin: str | None


@dataclass(frozen=True)
class Offers:
    """What the list shows of a search: the first macros that fit, and how many there are."""

    offers: list[Offer]
    fitting: int
    total: int
    categories: list[facets.Choice]
    problem: str | None


def find(index: Index, query: Query, user: User, chosen: int | None) -> Offers:
    """The macros that fit the query; the chosen one is always among them, at the top.

    Without words those come first that are used most, where Zendesk tells.
    """
    query = replace(query, sort="used" if index.has_usage and not query.text else "")
    hits = search(index, query, user)
    visible = index.visible_to(viewer(index, user))
    first = [entry for entry in visible if entry.id == chosen]
    entries = first + [entry for entry in hits.entries if entry.id != chosen]
    titles = Counter(entry.sort_title for entry in visible)
    return Offers(
        offers=[_offer(entry, index, twin=titles[entry.sort_title] > 1) for entry in entries[:SHOWN]],
        fitting=len(hits.entries),
        total=hits.total,
        categories=facets.choices("category", hits.counts["category"], query.chosen.get("category"), index.labels),
        problem=hits.problem,
    )


def _offer(entry: Entry, index: Index, *, twin: bool) -> Offer:
    effects, problems = understood(entry.raw, index.names, ANY_USER)
    refusal = INACTIVE if not entry.active else f"It cannot be applied: {'; '.join(problems)}." if problems else None
    position = entry.raw.get("position")
    place = f", position {position}" if isinstance(position, int) else ""
    fields = (index.names.get("field") or {}).get("by_id", {})
    around = {"names": index.names, "fields": fields, "acting": {"name": identity().name or "the user we act as"}}
    text = entry.comment_text
    return Offer(
        entry=entry,
        badges=_badges(entry, refused=entry.active and bool(problems)),
        words=wording.effects(effects, around) if not refusal else [],
        comment=text if len(text) <= LONGEST_TEXT else f"{text[:LONGEST_TEXT]} …",
        refusal=refusal,
        twin=f"macro {entry.id}{place}" if twin else None,
    )


def _badges(entry: Entry, *, refused: bool) -> list[Badge]:
    modes = {
        "public": Badge("PUBLIC REPLY", "warn", "chat-left-text"),
        "internal": Badge("INTERNAL NOTE", "quiet", "lock"),
        "unset": Badge("NO MODE: GOES OUT INTERNAL", "odd", "question-circle"),
    }
    found = [modes[entry.comment]] if entry.comment in modes else []
    if not entry.active:
        found.append(Badge("INACTIVE", "bad", "slash-circle"))
    if refused:
        found.append(Badge("REFUSED", "bad", "x-octagon"))
    return found
