"""GET /macros: the same search as the page's, for scripts."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from app.account.cache import macros
from app.account.connection import current
from app.auth.me import me
from app.macros import search, shelf
from app.macros.index import Index
from app.macros.query import Query
from app.web.api import answers, query
from app.web.api.openapi import ASKS_ZENDESK, call
from app.web.errors import ApiError

PATIENCE = 10.0  # seconds, as long as people wait


@call(
    "Search in everything that macros say and do, by the same rules as the page, whose other parameters work too: "
    "comment, category, access, updated, used30, used7, language, finding. By id.",
    answers.Macros,
    refuses=ASKS_ZENDESK,
    query=query.MacrosQuery,
)
def list_macros() -> Response:
    """The macros that fit, by id; while they have never been read, the caller waits for that."""
    asked = query.MacrosQuery.read()
    index = _index()
    hits = search.search(index, Query.of(request.args), me())
    if hits.problem:
        raise ApiError("invalid", f"q does not fit. {hits.problem}", 422, {"q": hits.problem})
    found = sorted((entry for entry in hits.entries if entry.id > asked.cursor), key=lambda entry: entry.id)
    page = found[: asked.limit]
    answer = answers.Macros(
        macros=[answers.Macro.of(entry, hits.matcher) for entry in page],
        total=len(hits.entries),
        notice=index.said,
        next_cursor=query.next_cursor("macro", page[-1].id) if len(found) > asked.limit else None,
    )
    return jsonify(answer.json_values())


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
