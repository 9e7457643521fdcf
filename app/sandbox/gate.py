"""What every API request passes: credentials, the account's rate limit, scope and role; and the shape of refusals."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from .auth import Caller
from .changes import Cause
from .errors import ApiError, invalid_attribute, invalid_endpoint, too_many_values, unauthorized
from .odd_answers import DROPS_KEYS, struck
from .world import World

API = "/api/v2/"
ME = "/api/v2/users/me"


def install(app: Flask) -> None:
    app.before_request(_pass)
    app.after_request(_mark)
    app.register_error_handler(ApiError, ApiError.response)
    app.register_error_handler(HTTPException, _no_such_route)


def world() -> World:
    return current_app.extensions["world"]


def caller() -> Caller:
    """Who asks; only behind the gate."""
    return g.caller


def cause() -> Cause:
    """This request as the cause of changes."""
    return Cause(caller().user, request.headers.get("User-Agent", ""), request.environ["sandbox.request"])


def fault() -> str | None:
    """The fault that strikes this request, if one does that lets it take effect."""
    return request.environ["sandbox.fault"]


def base() -> str:
    """The address that the account's URLs begin with."""
    return request.host_url.rstrip("/")


def tell(headers: dict[str, str]) -> None:
    """Put headers on this request's answer, whatever it will be."""
    g.headers.update(headers)


def taken(
    action: str, changes: list[dict[str, Any]], known: Container[str], prefix: str = "ticket"
) -> list[dict[str, Any]]:
    """What Zendesk takes of each change: permitted keys, without those that a rule of the sandbox drops.

    The others are named in a header and nowhere else, in one of the two recorded forms (docs/zendesk.md, Dropped keys).
    """
    rule = struck(request, DROPS_KEYS)
    lost = rule.keys.split(",") if rule else []
    kept = [{key: value for key, value in change.items() if key in known and key not in lost} for change in changes]
    dropped = {key: None for change, left in zip(changes, kept, strict=True) for key in change if key not in left}
    if dropped:
        named = [f"{prefix}.{key}" for key in dropped]
        tell({"X-Zendesk-API-Warn": _warning(action, named, old_form=rule is not None and rule.struck % 2 == 0)})
    return kept


def _warning(action: str, keys: list[str], *, old_form: bool) -> str:
    """In the words of 2023: a Ruby hash, not JSON; or in those of 2017."""
    listed = ", ".join(f'"{key}"' for key in keys)
    if old_form:
        return f"Removed restricted keys [{listed}] from parameters according to whitelist"
    facts = f':controller=>"tickets", :action=>"{action}", :unpermitted_keys=>[{listed}], :invalid_values=>[]'
    return "{:allowed_parameters=>{" + facts + "}}"


def body() -> dict[str, Any]:
    """The JSON object that was sent.

    :raises ApiError: 400 when there is none.
    """
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise invalid_attribute("The request body is not a JSON object")
    return found


def ids(most: int | None = None) -> list[int]:
    """The ids of the query, in order.

    :raises ApiError: 400 for what is no list of ids.
    """
    words = [word.strip() for word in request.args.get("ids", "").split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdigit() for word in words):
        raise invalid_attribute("You passed an invalid value for the ids attribute. ids must be a list of integers")
    if most is not None and len(words) > most:
        raise too_many_values(most)
    return [int(word) for word in words]


def _pass() -> None:
    g.headers = {}
    if not request.path.startswith(API):
        return
    here = world()
    if here.faults.expires(request.method, request.path.removeprefix("/api/v2")):
        here.doorkeeper.expire_tokens()
    revoked = here.faults.active("revoked")
    try:
        found = here.doorkeeper.caller(request.headers.get("Authorization", ""), here.now, revoked=revoked)
    except ApiError:
        if request.path != ME or not here.faults.active("anonymous"):
            raise
        found = None  # seen on real accounts: a token that was revoked is greeted as a stranger, not refused
    if found is None:
        if request.path != ME:
            raise unauthorized()
        g.caller = None
        return
    g.caller = found
    tell(here.limits.spend(here.now))
    found.check_scope(request.method, _resource())
    if request.path != ME:
        found.check_role(request.method)


def _resource() -> str:
    """What a scope must name; audits answer to the global `read` alone (docs/zendesk.md, Sign-in)."""
    parts = request.path.removeprefix(API).split("/")
    return "audits" if "audits" in parts else parts[0]


def _mark(response: Response) -> Response:
    for name, value in getattr(g, "headers", {}).items():
        response.headers.setdefault(name, value)
    return response


def _no_such_route(error: HTTPException) -> AnyResponse:
    if request.path.startswith(("/api/", "/oauth/")) and error.code in (404, 405):
        return invalid_endpoint().response()
    return Response(f"{error.code} {error.name}", error.code or 500, content_type="text/plain; charset=utf-8")
