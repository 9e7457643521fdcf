"""How large a request may be: a list of tickets may be larger than anything else that is sent here."""

from __future__ import annotations

from typing import Any

from flask import Flask, request

from app.ticket_ids.reading import MOST_BYTES
from app.tools.mounted import tools

BESIDE = 1024 * 1024  # for what stands beside a list in the same request
CALLS = frozenset({"api.submit", "api.preview_source", "presets.import_file"})


def bind_uploads(app: Flask) -> None:
    """Let calls that take lists of tickets, and the forms of tools that change tickets, be that large.

    Before anything looks at what was sent: the check of the CSRF token reads the form.
    """
    forms = {f"{tool.bp.name}.preview" for tool in tools(app).values() if tool.jobs}

    def allow(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        if endpoint in CALLS or endpoint in forms:
            request.max_content_length = request.max_form_memory_size = MOST_BYTES + BESIDE

    app.url_value_preprocessor(allow)
