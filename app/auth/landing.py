"""Where a sign-in leads: the page that was asked for, if it is one of ours, else the dashboard."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from flask import current_app, request
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

HOME = "/"
LONGEST = 2000
NO_PAGES = ("/login", "/logout", "/api/", "/static/", "/healthz", "/readyz", "/metrics")


def landing(target: str | None) -> str:
    """`target` when it is a path of this app that GET may fetch; otherwise the dashboard."""
    return target if target and is_page(target) else HOME


def is_page(target: str) -> bool:
    """Whether this is the path (with a query perhaps) of a page of ours, so that a redirect there stays here.

    Browsers read `//host`, `/\\host` and, having dropped tabs and line ends, `/<tab>/host` as other sites.
    """
    if len(target) > LONGEST or not target.startswith("/") or target.startswith("//"):
        return False
    if "\\" in target or not target.isascii() or not target.isprintable() or " " in target:
        return False
    parts = urlsplit(target)
    if parts.scheme or parts.netloc or parts.fragment or parts.path.startswith(NO_PAGES):
        return False
    return _get_fetches(parts.path)


def here() -> str:
    """The path and query of this request, as `next` for the sign-in page; empty for the dashboard."""
    path = quote(request.path)
    full = f"{path}?{request.query_string.decode('ascii', 'replace')}" if request.query_string else path
    return full if full != HOME and is_page(full) else ""


def _get_fetches(path: str) -> bool:
    try:
        current_app.url_map.bind("localhost").match(path, method="GET")
    except (HTTPException, RequestRedirect):
        return False
    return True
