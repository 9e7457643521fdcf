"""The page of the audit log with its filter, and the same entries as CSV and JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, render_template, stream_with_context

from app.audit import queries
from app.audit.log import record
from app.audit.models import AuditEntry
from app.csv_text import MARK, csv_lines
from app.presentation import iso
from app.retention import policy
from app.web.admin.audit import filters

bp = Blueprint("audit", __name__, url_prefix="/admin/audit-log", template_folder="templates")

ENTRIES_A_PAGE = 50
HEADER = ("id", "at", "actor", "ip", "request_id", "action", "object_type", "object_id", "summary", "detail")
GROUPS = {
    "sign_in": "Sign-ins",
    "user": "People",
    "token": "API tokens",
    "job": "Jobs",
    "tool": "Tools",
    "access": "Refusals",
    "confirmation": "Passwords asked again",
}


@bp.get("")
def index() -> str:
    """A page of entries, newest first."""
    typed, before = filters.typed(), filters.before()
    found = queries.entries(typed.wanted(), before_id=before, limit=ENTRIES_A_PAGE + 1)
    return render_template(
        "admin/audit/index.html",
        entries=found[:ENTRIES_A_PAGE],
        more=len(found) > ENTRIES_A_PAGE,
        before=before,
        kept=policy.current().audit_days,
        typed=typed,
        groups={group: GROUPS.get(group, group.replace("_", " ").capitalize()) for group in queries.groups()},
    )


@bp.get("/export.csv")
def export_csv() -> Response:
    return _download(_csv_chunks, "csv", "text/csv; charset=utf-8")


@bp.get("/export.json")
def export_json() -> Response:
    return _download(_json_chunks, "json", "application/json")


def _download(chunks: Any, kind: str, content_type: str) -> Response:
    """A file, sent while it is read; it says of itself in the log that it was taken."""
    typed = filters.typed()
    record(
        "audit_log.exported", "audit_log", summary=f"Exported the audit log as {kind.upper()}.", filter=typed.address()
    )
    disposition = {"Content-Disposition": f'attachment; filename="audit-log.{kind}"'}
    return Response(
        stream_with_context(chunks(queries.pages(typed.wanted()))), content_type=content_type, headers=disposition
    )


def _csv_chunks(pages: Iterator[Any]) -> Iterator[str]:
    yield MARK + csv_lines([HEADER])
    for page in pages:
        yield csv_lines(_row(entry) for entry in page)


def _json_chunks(pages: Iterator[Any]) -> Iterator[str]:
    yield '{"entries": ['
    separator = "\n"
    for page in pages:
        rows = (json.dumps(dict(zip(HEADER, _row(entry), strict=True)), ensure_ascii=False) for entry in page)
        yield separator + ",\n".join(rows)
        separator = ",\n"
    yield "\n]}\n"


def _row(entry: AuditEntry) -> tuple[Any, ...]:
    return tuple(iso(entry.at) if name == "at" else getattr(entry, name) for name in HEADER)
