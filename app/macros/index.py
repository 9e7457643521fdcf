"""The macros of one account made searchable: every text in which a search looks, and every facet's values."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.account.cache.macros import Library
from app.account.cache.macros_store import Owner
from app.macros import actions as act
from app.macros import language, placeholders
from app.macros.actions import Action
from app.macros.markup import unescaped
from app.macros.texts import composed, plain

TITLE, DESCRIPTION = "title", "description"
WEIGHTS = {TITLE: 100, DESCRIPTION: 50, act.SUBJECT: 45, act.TAGS: 40, "field": 30, act.COMMENT: 20, "source": 5}
FILLED_IN = frozenset({act.COMMENT, act.SUBJECT})
"""The kinds of actions in whose texts placeholders are filled in."""
DAY = 86_400.0
AGES = ((30, "30d"), (90, "90d"), (365, "1y"))
USES = ((0, "0"), (9, "1-9"), (99, "10-99"))


@dataclass(frozen=True, slots=True)
class Passage:
    """One text of a macro. `exact` is for regular expressions; `plain` and `folded` are for words (see texts.py).

    `action` is the number of the action it stands in; None for title and description.
    """

    kind: str
    field: str
    action: int | None
    exact: str
    plain: str
    folded: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One macro. `owner` is set on a personal macro: the Zendesk ids of the only people who may know of it.

    `doubts` are sentences about its placeholders, `named_fields` the ids of the ticket fields that they name.
    """

    id: int
    title: str
    raw: dict[str, Any]
    active: bool
    category: tuple[str, ...]
    groups: tuple[str, ...]
    owner: frozenset[int] | None
    updated_at: float | None
    used_7d: int | None
    used_30d: int | None
    comment: str
    actions: tuple[Action, ...]
    passages: tuple[Passage, ...]
    doubts: tuple[str, ...]
    named_fields: tuple[str, ...]
    facets: dict[str, frozenset[str]]

    @property
    def sort_title(self) -> str:
        return self.title.casefold()

    @property
    def comment_text(self) -> str:
        """The words of the comment: of the rich text, where there is one, else of the plain one."""
        comments = [action for action in self.actions if action.kind == act.COMMENT]
        rich = [action for action in comments if action.field == "comment_value_html"]
        return "\n".join(value.name for action in rich or comments for value in action.values)


@dataclass
class Index:
    """All macros of one reading, sorted by title; `labels` are the fields' names, each another one.

    `findings` remembers what was found among whose macros."""

    owner: Owner
    version: int
    read_at: float
    entries: list[Entry]
    names: dict[str, Any]
    said: str | None = None  # what a person has to know of the reading beyond what it holds
    shared: list[Entry] = field(init=False)
    owners: frozenset[int] = field(init=False)
    labels: dict[str, str] = field(init=False)
    findings: dict[frozenset[int], Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.shared = [entry for entry in self.entries if entry.owner is None]
        self.owners = frozenset[int]().union(*(entry.owner for entry in self.entries if entry.owner))

        labels = {action.field: action.label for entry in self.shared for action in entry.actions}
        shared = Counter(labels.values())
        self.labels = {name: f"{label} ({name})" if shared[label] > 1 else label for name, label in labels.items()}

    @property
    def has_usage(self) -> bool:
        return any(entry.used_30d is not None for entry in self.entries)

    def visible_to(self, people: frozenset[int]) -> list[Entry]:
        """The macros that a person may know of who is these people in Zendesk: other people's personal ones are not."""
        if not people & self.owners:
            return self.shared
        return [entry for entry in self.entries if entry.owner is None or entry.owner & people]

    def people_with_email(self, email: str) -> frozenset[int]:
        """Zendesk ids of the known people with this address."""
        known = (self.names.get("user") or {"by_id": {}})["by_id"]
        return frozenset(int(number) for number, each in known.items() if each["email"].lower() == email.lower() != "")


def build(library: Library) -> Index:
    """The index of what was read; some tenths of a second for a thousand macros."""
    now = time.time()
    entries = [_entry(raw, library.names, now) for raw in library.macros if type(raw.get("id")) is int]
    entries.sort(key=lambda entry: (entry.sort_title, entry.id))
    return Index(library.owner, library.version, library.read_at, entries, library.names, library.said)


def _entry(raw: dict[str, Any], names: dict[str, Any], now: float) -> Entry:
    title = composed(str(raw.get("title") or raw.get("raw_title") or f"Macro {raw['id']}"))
    actions = act.read_actions(raw, names)
    groups, owner = _restriction(raw.get("restriction"), names)
    used_7d, used_30d = (_count(raw.get(f"usage_{period}")) for period in ("7d", "30d"))
    updated_at = _moment(raw.get("updated_at"))
    comment = act.comment_mode(actions)
    written = [(value.given, value.html) for action in actions if action.kind in FILLED_IN for value in action.values]
    entry = Entry(
        id=raw["id"],
        title=title,
        raw=raw,
        active=raw.get("active") is not False,
        category=tuple(part.strip() for part in title.split("::")[:-1]),
        groups=groups,
        owner=owner,
        updated_at=updated_at,
        used_7d=used_7d,
        used_30d=used_30d,
        comment=comment,
        actions=actions,
        passages=tuple(_passages(title, raw, actions)),
        doubts=tuple(dict.fromkeys(doubt for text, rich in written for doubt in placeholders.doubts(text, rich=rich))),
        named_fields=tuple(dict.fromkeys(n for text, rich in written for n in placeholders.fields_in(text, rich=rich))),
        facets={},
    )
    entry.facets.update(_facets(entry, now))
    return entry


def _passages(title: str, raw: dict[str, Any], actions: tuple[Action, ...]) -> Iterator[Passage]:
    """In the order of their weights, so that the first hit is the best one."""
    yield _passage(TITLE, TITLE, None, title)
    raw_title = raw.get("raw_title")
    if isinstance(raw_title, str) and composed(raw_title) != title:
        yield _passage(TITLE, TITLE, None, raw_title)
    if isinstance(raw.get("description"), str) and raw["description"]:
        yield _passage(DESCRIPTION, DESCRIPTION, None, raw["description"])
    found = [passage for action in actions for passage in _of_action(action)]
    yield from sorted(found, key=lambda passage: -WEIGHTS[passage.kind])


def _of_action(action: Action) -> Iterator[Passage]:
    kind = "field" if action.kind == act.VALUE else action.kind
    if action.field in act.FIELDS_BY_NAME or action.field.startswith(act.CUSTOM):
        yield _passage("field", action.field, action.number, action.label)
    if action.kind == act.TAGS and len(action.values) > 1:
        yield _passage(kind, action.field, action.number, " ".join(value.given for value in action.values))
        return
    for value in action.values:
        if action.field != "comment_mode_is_public":
            yield _passage(kind, action.field, action.number, value.name)
            if value.html and (source := unescaped(value.given)) != value.given:
                yield _passage("source", action.field, action.number, source)  # an address as people paste it
            if value.given != value.name:
                yield _passage("source" if value.html else kind, action.field, action.number, value.given)


def _passage(kind: str, name: str, action: int | None, text: str) -> Passage:
    exact = composed(text)
    words = plain(exact)
    words = exact if words == exact else words  # one object instead of two equal ones
    fold = words.casefold()
    return Passage(kind, name, action, exact, words, words if fold == words else fold)


def _restriction(given: Any, names: dict[str, Any]) -> tuple[tuple[str, ...], frozenset[int] | None]:
    """Names of the groups, or ids of the owner. What is restricted in a way we do not know counts as personal."""
    if not isinstance(given, dict) or not given.get("type"):
        return (), None
    ids = [number for number in dict.fromkeys([given.get("id"), *(given.get("ids") or ())]) if type(number) is int]
    if given["type"] != "Group":
        return (), frozenset(ids)
    known = (names.get("group") or {"by_id": {}})["by_id"]
    return tuple(known[str(each)]["name"] if str(each) in known else f"group {each}" for each in ids), None


def _facets(entry: Entry, now: float) -> dict[str, frozenset[str]]:
    """The values by which a macro is counted; see facets.py."""
    paths = ("::".join(entry.category[: depth + 1]) for depth in range(len(entry.category)))
    access = "person" if entry.owner is not None else "group" if entry.groups else "all"
    return {
        "field": frozenset(action.field for action in entry.actions),
        "active": frozenset({"true" if entry.active else "false"}),
        "comment": frozenset({entry.comment}),
        "category": frozenset(paths),
        "access": frozenset({access}),
        "updated": _age(entry.updated_at, now),
        "used30": _uses(entry.used_30d),
        "used7": _uses(entry.used_7d),
        "language": frozenset({language.guess(entry.comment_text)}),
    }


def _age(updated_at: float | None, now: float) -> frozenset[str]:
    if updated_at is None:
        return frozenset()
    return frozenset({next((name for days, name in AGES if now - updated_at <= days * DAY), "older")})


def _uses(uses: int | None) -> frozenset[str]:
    if uses is None:
        return frozenset()
    return frozenset({next((name for most, name in USES if uses <= most), "100+")})


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _moment(value: Any) -> float | None:
    try:
        return datetime.fromisoformat(str(value)).timestamp()
    except ValueError:
        return None
