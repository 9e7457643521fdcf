"""A search from beginning to end: who looks, what they may know of, what matches, in which order."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from app.auth.models import User
from app.macros import facets, findings
from app.macros.findings import Found
from app.macros.index import TITLE, WEIGHTS, Entry, Index
from app.macros.matching import BadQuery, Matcher, matcher
from app.macros.query import Query

STARTS = 30  # more for a title that begins with what is searched for
MOST_REMEMBERED = 40


@dataclass(frozen=True)
class Hits:
    """What a search found. `total` counts the macros that this person may know of; `problem` says why nothing could
    be looked for. `reasons` are the sentences of the chosen finding, by macro id.
    """

    entries: list[Entry]
    total: int
    counts: dict[str, Counter[str]]
    findings: dict[str, Found]
    matcher: Matcher | None = None
    problem: str | None = None
    reasons: Found = field(default_factory=dict)


def search(index: Index, query: Query, user: User) -> Hits:
    """The macros that `user` may know of and that fit the query, in its order."""
    people = viewer(index, user)
    visible = index.visible_to(people)
    known = _findings(index, people, visible)
    try:
        found, matching = _matching(visible, query)
    except BadQuery as problem:
        nothing = {name: Counter[str]() for name in facets.FACETS}
        return Hits([], len(visible), nothing, known, problem=str(problem))
    candidates = [entry for entry, _ in found]
    reasons = known.get(query.finding, {})
    if query.finding:
        candidates = [entry for entry in candidates if entry.id in reasons]
    left, counts = facets.narrowed(candidates, query.chosen)
    return Hits(
        _ordered(left, query, {entry.id: score for entry, score in found}),
        len(visible),
        counts,
        known,
        matching,
        reasons=reasons,
    )


def viewer(index: Index, user: User) -> frozenset[int]:
    """Who a person is in Zendesk: the one found for them there, else the people with their e-mail address."""
    if user.zendesk_user_id is not None:
        return frozenset({user.zendesk_user_id})
    return index.people_with_email(user.email)


def _findings(index: Index, people: frozenset[int], visible: list[Entry]) -> dict[str, Found]:
    """Only among what this person may know of: a twin's title would tell of another agent's personal macro."""
    key = people & index.owners
    known = index.findings.get(key)
    if known is None:
        if len(index.findings) >= MOST_REMEMBERED:
            index.findings.clear()
        index.findings[key] = found = findings.find_all(visible, index.names)
        return found
    return known


def _matching(visible: list[Entry], query: Query) -> tuple[list[tuple[Entry, int]], Matcher | None]:
    """The macros that have the text, each with how much it is about it.

    :raises BadQuery: with a sentence.
    """
    looks = matcher(query.text, whole_word=query.word, match_case=query.case, expression=query.regex)
    if looks is None:
        return [(entry, 0) for entry in visible], None
    scored = ((entry, _score(entry, looks)) for entry in visible)
    return [(entry, score) for entry, score in scored if score], looks


def _score(entry: Entry, looks: Matcher) -> int:
    """0 without a hit; the passages stand in the order of their weights."""
    for passage in entry.passages:
        if looks.has(passage):
            title = passage.kind == TITLE and looks.starts(passage)
            return WEIGHTS[passage.kind] + (STARTS if title else 0)
    return 0


def _ordered(entries: list[Entry], query: Query, scores: dict[int, int]) -> list[Entry]:
    """The entries come sorted by title, which decides between equals."""
    if query.order == "relevance":
        return sorted(entries, key=lambda entry: (-scores[entry.id], -(entry.used_30d or 0)))
    if query.order == "updated":
        return sorted(entries, key=lambda entry: -(entry.updated_at or 0.0))
    if query.order == "used":
        return sorted(entries, key=lambda entry: (-(entry.used_30d or 0), -(entry.used_7d or 0)))
    return entries


def remember_shared_findings(index: Index) -> None:
    """Look for everything among the shared macros now, so that no search has to."""
    _findings(index, frozenset(), index.shared)
