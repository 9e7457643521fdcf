"""The pages of Search Macros: the search, the progress of reading, refresh, and the exports."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.account.cache import macros
from app.account.connection import current
from app.audit.log import record
from app.auth.me import me
from app.extensions import db
from app.macros import facets
from app.macros.findings import FINDINGS
from app.macros.index import Index
from app.macros.query import SORTS, Query
from app.macros.search import Hits, search
from app.macros.shelf import awaited, opened
from app.tools.macro_search import export, shown

bp = Blueprint("macro_search", __name__, template_folder="templates")

A_PAGE = 25
PATIENCE = 10.0  # seconds that a person waits for a file

bp.add_app_template_filter(shown.ago, "ago")


@bp.get("")
def find() -> str:
    """The search; the address carries it."""
    query = Query.of(request.args)
    head, index = opened()
    parts: dict[str, Any] = {"query": query, "sorts": SORTS, "account": current.current_account(), "head": head}
    if index is not None:
        parts |= _results(index, query)
    return render_template("macro_search/find.html", index=index, progress=shown.progress, **parts)


@bp.get("/reading")
def reading() -> str:
    """How far reading has come; the part of the page that changes by itself."""
    head, index = opened()
    return render_template("macro_search/reading.html", head=head, index=index, progress=shown.progress)


@bp.post("/refresh")
def refresh() -> AnyResponse:
    """Read all macros anew, and come back to the same search."""
    whose = macros.owner()
    db.session.commit()
    if whose is not None and not macros.refresh(whose):
        flash("The macros are being read already, or were a moment ago.", "info")
    return redirect(f"{url_for('.find')}?{Query.of(request.args).address()}".rstrip("?"), 303)


@bp.get("/export.csv")
def export_csv() -> Response:
    """The macros that the address asks for, as a spreadsheet."""
    _, _, hits = _wanted()
    return _download(export.csv_chunks(hits.entries), "csv", "text/csv; charset=utf-8")


@bp.get("/export.json")
def export_json() -> Response:
    """The macros that the address asks for, with their actions as Zendesk gave them."""
    query, index, hits = _wanted()
    return _download(export.json_chunks(hits.entries, index, query), "json", "application/json")


def _results(index: Index, query: Query) -> dict[str, Any]:
    hits = search(index, query, me())
    last = max(1, -(-len(hits.entries) // A_PAGE))
    page = min(query.page, last)
    return {
        "hits": hits,
        "page": page,
        "last": last,
        "shown": [
            shown.shown(entry, hits.matcher, hits.reasons.get(entry.id, []))
            for entry in hits.entries[(page - 1) * A_PAGE : page * A_PAGE]
        ],
        "facets": [
            (name, facet, facets.choices(name, hits.counts[name], query.chosen.get(name), index.labels))
            for name, facet in facets.FACETS.items()
            if hits.counts[name] or name in query.chosen
        ],
        "findings": FINDINGS,
    }


def _wanted() -> tuple[Query, Index, Hits]:
    query = Query.of(request.args)
    whose = macros.owner()
    index = awaited(whose, PATIENCE)[1] if whose else None
    if index is None:
        abort(503, "The macros have not been read from Zendesk yet. Open Search Macros and try again in a moment.")
    hits = search(index, query, me())
    if hits.problem:
        abort(422, hits.problem)
    return query, index, hits


def _download(chunks: Iterator[str], kind: str, content_type: str) -> Response:
    """A file, sent as it is made; the request's own transaction is over before the first byte."""
    db.session.commit()
    record("macros.exported", "tool", "macro-search", f"Exported macros as {kind.upper()}.")
    disposition = {"Content-Disposition": f'attachment; filename="macros.{kind}"'}
    return Response(chunks, content_type=content_type, headers=disposition)
