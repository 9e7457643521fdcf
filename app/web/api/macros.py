"""GET /macros: the same search as the page's, for scripts."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.account.cache import macros
from app.account.connection import current
from app.auth.me import me
from app.macros import search, shelf
from app.macros.index import Index
from app.macros.query import Query
from app.numbers import LARGEST_ID
from app.web.api import query, shapes
from app.web.errors import ApiError

PATIENCE = 10.0  # seconds, as long as people wait


def list_macros() -> Response:
    """The macros that fit, by id; while they have never been read, the caller waits for that."""
    limit, after = query.limit(query.MACROS), query.cursor("macro", LARGEST_ID) or 0
    query.choice("active", ("true", "false"))
    index = _index()
    hits = search.search(index, Query.of(request.args), me())
    if hits.problem:
        raise ApiError("invalid", f"q does not fit. {hits.problem}", 422, {"q": hits.problem})
    found = sorted((entry for entry in hits.entries if entry.id > after), key=lambda entry: entry.id)
    page = found[:limit]
    return jsonify(
        macros=[shapes.of_macro(entry, hits.matcher) for entry in page],
        total=len(hits.entries),
        notice=index.said,
        next_cursor=query.next_cursor("macro", page[-1].id) if len(found) > limit else None,
    )


def mount(bp: Blueprint) -> None:
    bp.get("/macros")(list_macros)


def _index() -> Index:
    whose = macros.owner()
    if whose is None:
        raise current.NotConnected("no Zendesk account is configured")
    head, index = shelf.awaited(whose, PATIENCE)
    if index is None:
        why = head.trouble or "They are being read; ask again in half a minute."
        raise ApiError("macros_not_read", f"The macros have not been read from Zendesk yet. {why}", 503)
    return index
