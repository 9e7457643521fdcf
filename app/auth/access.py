"""Who is asking, and may they: every route needs a sign-in unless it is marked public, every write a CSRF token.

A bearer token counts on /api/v1 alone; such a request needs no CSRF token and its cookies are not looked at.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import Flask, current_app, g, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Unauthorized
from werkzeug.wrappers import Request

from app.audit.flood import record_one
from app.auth import sessions, throttle, tokens
from app.auth.models import ApiToken, User
from app.database import SAFE
from app.extensions import csrf, login

API = "/api/v1/"
POLLING = "X-Polling"  # the header of what a page fetches by itself: it keeps no session alive
FOREIGN = ("cross-site", "same-site")  # values of Sec-Fetch-Site, which no script can forge

P = ParamSpec("P")
R = TypeVar("R")


class NotSignedIn(Unauthorized):
    """The request is not signed in, or what came as a token is none."""


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that needs no sign-in; put it between the route and the function."""
    setattr(view, "is_public", True)  # noqa: B010 - functions bear marks, their types do not know it
    return view


def api_token() -> ApiToken | None:
    """The token that this request bears; None when a browser session asks."""
    return g.get("api_token")


def is_public(endpoint: str | None) -> bool:
    """Whether a visitor may call this; None stands for an address that does not exist."""
    if endpoint is None or endpoint.rpartition(".")[2] == "static":
        return True
    return getattr(current_app.view_functions.get(endpoint), "is_public", False)


def bind_access(app: Flask) -> None:
    """Find out who asks before each request, and refuse who may not."""
    login.request_loader(_who)
    app.config["SESSION_PROTECTION"] = None  # our cookie holds none of what it looks at; the row decides
    # Flask-Login looks for its remember cookie first, and localhost's cookies are shared by all ports.
    app.config["REMEMBER_COOKIE_NAME"] = f"{app.config['SESSION_COOKIE_NAME']}-unused"
    login.unauthorized_handler(_refuse)
    app.before_request(_check)


def _check() -> None:
    open_to_all = is_public(request.endpoint)
    writes = request.method not in SAFE
    if open_to_all and (request.endpoint is None or not writes):
        return
    # Looked up now, not when first needed: by then the view may hold SQLite's write lock, and this may want to write.
    if not current_user.is_authenticated and not open_to_all:
        raise NotSignedIn
    if writes and _bearer(request) is None:
        _check_csrf()


def _check_csrf() -> None:
    if request.headers.get("Sec-Fetch-Site") in FOREIGN:
        raise CSRFError("The request came from another site.")
    csrf.protect()


def _who(request: Request) -> User | None:
    bearer = _bearer(request)
    if bearer is not None:
        token = tokens.find(bearer)
        if token is None:
            g._login_user = login.anonymous_user()  # the entry's author: looking for another would lead here again
            record_one("token.refused", throttle.network(), f"Refused {tokens.why_not(bearer)}.")
            raise NotSignedIn(
                "This API token is not known, was revoked or has expired, or its owner's account is closed."
            )
        g.api_token = token
        return token.user
    sid = session.get(sessions.KEY)
    return sessions.user_of(sid, seen=POLLING not in request.headers) if isinstance(sid, str) else None


def _bearer(request: Request) -> str | None:
    """The bearer token of a request to the API; other schemes belong to proxies in front of us."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" and request.path.startswith(API) else None


def _refuse() -> Any:
    raise NotSignedIn
