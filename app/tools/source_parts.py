"""The parts of a tool's form from which a person takes tickets: one for each source that pages offer.

A new one is a template in `app/templates/sources/` and a line in `PARTS`; nothing else names it. Its fields have the
names of the address that fills it in (`form` of the source). They are shown beside a radio of its own, work without a
script, and are read here into the JSON of the source, which checks itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict

from app import numbers

Filled = MultiDict[str, str]


@dataclass(frozen=True)
class Part:
    """One way to say which tickets; `lead` is the field without which nothing is said, `empty` the sentence then."""

    kind: str  # the value of its radio
    title: str
    template: str
    lead: str
    empty: str
    read: Callable[[Filled], Mapping[str, Any]]  # the source's JSON, of a form that was filled in
    fields: tuple[str, ...] = ()  # all that it asks for
    raw: str = ""  # the field for what is read first, and then stands in `lead`


def _words(filled: Filled, name: str) -> list[str]:
    return [word for text in filled.getlist(name) for word in map(str.strip, text.split(",")) if word]


def _view(filled: Filled) -> Mapping[str, Any]:
    typed = (filled.get("view_id") or filled.get("view") or "").strip()
    return {"view_id": numbers.zendesk_id(typed) or 0}


def _earlier(filled: Filled) -> Mapping[str, Any]:
    reasons = _words(filled, "error")
    job = numbers.zendesk_id(filled.get("job", "").strip()) or 0
    return {"job_id": job, "outcomes": _words(filled, "outcome"), **({"errors": reasons} if reasons else {})}


VIEW = Part(
    "view", "View", "sources/view.html", "view_id", "Choose the view whose tickets are meant.", _view, ("view_id",)
)
LIST = Part(
    kind="list",
    title="Paste ids or upload CSV",
    template="sources/list.html",
    lead="list",
    empty="Paste ids or choose a file, and have the list read first.",
    read=lambda filled: {"list_id": numbers.row_id(filled.get("list")) or 0},
    fields=("list",),
    raw="ids",
)
PARTS: list[Part] = [
    VIEW,
    Part(
        kind="query",
        title="Search",
        template="sources/query.html",
        lead="query",
        empty="Say what to search for, such as status:open tags:vip.",
        read=lambda filled: {"query": filled.get("query", "")},
        fields=("query",),
    ),
    LIST,
    Part(
        kind="earlier",
        title="Tickets of a job",
        template="sources/earlier.html",
        lead="job",
        empty="Give the number of the job whose tickets are meant.",
        read=_earlier,
        fields=("job", "outcome", "error"),
    ),
]


def meant(filled: Filled) -> Part:
    """The part that a person chose: by its radio, else by what is filled in; the view where nothing is."""
    chosen = next((part for part in PARTS if part.kind == filled.get("source")), None)
    return chosen or next((part for part in PARTS if filled.get(part.lead) or filled.get(part.raw)), VIEW)
