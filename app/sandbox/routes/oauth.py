"""Where a client gets its token."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from ..gate import body, world

bp = Blueprint("oauth", __name__)


@bp.post("/oauth/tokens")
def grant() -> dict[str, Any]:
    """Client credentials against a short-lived token, without a refresh token (docs/zendesk.md, Sign-in)."""
    here = world()
    return here.doorkeeper.grant(body(), here.now, revoked=here.faults.active("revoked"))
