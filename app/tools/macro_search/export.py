"""Macros as CSV for spreadsheets, and as JSON as Zendesk gave them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from app.csv_text import MARK, csv_lines
from app.macros.actions import COMMENT, SUBJECT, TAGS, Action
from app.macros.facets import FACETS
from app.macros.index import Entry, Index
from app.macros.language import NAMES
from app.macros.query import Query
from app.presentation import iso

PAGE = 200
HEADER = (
    "id", "title", "category", "active", "comment", "restricted_to", "used_7_days", "used_30_days", "created_at",
    "updated_at", "language", "description", "subject", "set_tags", "add_tags", "remove_tags", "other_actions",
    "comment_text", "comment_html", "actions",
)  # fmt: skip


def csv_chunks(entries: Sequence[Entry]) -> Iterator[str]:
    """RFC 4180 with a header, UTF-8 with a mark for spreadsheets; `actions` holds the actions as JSON."""
    yield MARK + csv_lines([HEADER])
    for start in range(0, len(entries), PAGE):
        yield csv_lines(_row(entry) for entry in entries[start : start + PAGE])


def json_chunks(entries: Sequence[Entry], index: Index, query: Query) -> Iterator[str]:
    """`{account, read_at, query, total, macros: […]}`, each macro with its actions as Zendesk gave them."""
    about = {"account": index.owner.account, "read_at": iso(index.read_at), "query": query.address()}
    head = json.dumps(about | {"total": len(entries)}, ensure_ascii=False)
    yield head[:-1] + ', "macros": ['
    for start in range(0, len(entries), PAGE):
        macros = (json.dumps(entry.raw, ensure_ascii=False) for entry in entries[start : start + PAGE])
        yield (",\n" if start else "\n") + ",\n".join(macros)
    yield "\n]}\n"


def _row(entry: Entry) -> tuple[Any, ...]:
    raw, actions = entry.raw, entry.actions
    comments = [action for action in actions if action.kind == COMMENT]
    others = [action for action in actions if action.kind not in (COMMENT, TAGS, SUBJECT)]
    return (
        entry.id,
        entry.title,
        "::".join(entry.category),
        "yes" if entry.active else "no",
        (FACETS["comment"].words or {})[entry.comment],
        "one person" if entry.owner is not None else ", ".join(entry.groups),
        entry.used_7d,
        entry.used_30d,
        raw.get("created_at"),
        raw.get("updated_at"),
        NAMES[next(iter(entry.facets["language"]))],
        raw.get("description"),
        _values(action for action in actions if action.kind == SUBJECT),
        *(_tags(actions, name) for name in ("set_tags", "current_tags", "remove_tags")),
        "; ".join(f"{action.label}: {', '.join(value.name for value in action.values)}" for action in others),
        entry.comment_text,
        "\n".join(value.given for action in comments for value in action.values if value.html),
        json.dumps(raw.get("actions"), ensure_ascii=False),
    )


def _values(actions: Iterator[Action]) -> str:
    return "\n".join(value.name for action in actions for value in action.values)


def _tags(actions: tuple[Action, ...], field: str) -> str:
    return " ".join(value.given for action in actions if action.field == field for value in action.values)
