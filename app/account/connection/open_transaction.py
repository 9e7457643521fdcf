"""Whether a request is in the middle of writing: what else it did meanwhile would hold up others, or itself."""

from __future__ import annotations

from flask import has_request_context, request

from app.database import SAFE
from app.extensions import db


def holds_up_others() -> bool:
    """Whether this request has a writing transaction open: on SQLite no other process could write until it ends."""
    writes = has_request_context() and request.method not in SAFE
    return writes and db.session.registry.has() and db.session().in_transaction()
