"""Between the socket and the app: numbers and records every request, keeps the lock, and lets faults strike."""

from __future__ import annotations

import json
import os
import socket
import struct
from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

from .errors import not_found, record_invalid
from .ledger import RequestRecord
from .odd_answers import ENVIRON, distorted
from .rules import Rule
from .times import http_date
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES = ("/_sandbox", "/agent", "/admin")
"""What is for people: no request of the API, which the ledger would count and a fault would strike."""

INVALID = 422
GATEWAY = {"401": "401 Unauthorized", "403": "403 Forbidden", "502": "502 Bad Gateway"}
GATEWAY_PAGE = """<html>
<head><title>{0}</title></head>
<body><center><h1>{0}</h1></center><hr><center>cloudflare</center></body>
</html>
"""


class Wire:
    """WSGI middleware around the API. The lock is held while the app works, never while an answer is late."""

    def __init__(self, app: WSGIApplication, world: World) -> None:
        self._app, self._world = app, world

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        request = Request(environ)
        path = request.path
        environ["sandbox.address"] = request.base_url
        environ["wsgi.input"] = BytesIO(request.get_data())
        if path.startswith(PAGES):
            response = self._served(environ)
        else:
            environ["PATH_INFO"] = path.removesuffix(".json")
            response = self._answer(request, path)
        response.headers.setdefault("Date", http_date(self._world.now))
        return response(environ, start_response)

    def _served(self, environ: WSGIEnvironment) -> Response:
        """The app's answer. Its Date is when the state was read, however late it leaves: stamps are held against it."""
        with self._world.lock:
            self._world.advance()
            response = Response.from_app(self._app, environ, buffered=True)
            response.headers["Date"] = http_date(self._world.now)
        return response

    def _answer(self, request: Request, path: str) -> Response:
        """The app's answer, or what a fault makes of it.

        :raises ConnectionResetError: after a reset, for the server to end the connection.
        """
        world, environ = self._world, request.environ
        with world.lock:
            world.advance()
            record = world.ledger.request(
                at=world.now,
                method=request.method,
                path=path,
                query=_text(request.query_string),
                body=_body(request),
                user_agent=request.headers.get("User-Agent", ""),
            )
            place = path.removesuffix(".json").removeprefix("/api/v2")
            rule = world.faults.for_request(request.method, place, _tickets(request, place))
            odd = environ[ENVIRON] = world.faults.odd(request.method, place) if path.startswith("/api/") else {}
        if world.config.latency:
            world.config.sleep(world.config.latency)
        response = _without_effect(rule) if rule else None
        if response is None and (rule is None or rule.kind != "reset"):
            environ["sandbox.request"], environ["sandbox.fault"] = record.number, rule and rule.kind
            response = distorted(self._served(environ), odd)
        if rule:
            response = self._struck(rule, record, response, environ)
        elif odd:
            record.fault = ", ".join(odd)
        assert response is not None  # noqa: S101 - a reset has raised
        record.status = response.status_code
        response.headers["X-Request-Id"] = response.headers["X-Zendesk-Request-Id"] = f"sandbox-{record.number}"
        return response

    def _struck(
        self, rule: Rule, record: RequestRecord, response: Response | None, environ: WSGIEnvironment
    ) -> Response | None:
        record.fault = rule.kind
        if rule.kind in ("reset", "reset-after"):
            _reset(environ)
            raise ConnectionResetError("A fault on demand reset the connection.")
        if rule.kind == "500-after":
            return _internal_error()
        if rule.kind == "slow":
            self._world.config.sleep(rule.seconds)
        return response


def _without_effect(rule: Rule) -> Response | None:
    """The answer of a fault that keeps the app from doing anything; None for the other kinds."""
    headers = {} if rule.retry_after is None else {"Retry-After": str(rule.retry_after)}
    if rule.kind == "500":
        return _internal_error()
    if rule.kind in GATEWAY:
        page = GATEWAY_PAGE.format(GATEWAY[rule.kind])
        return Response(page, int(rule.kind), headers, content_type="text/html; charset=utf-8")
    if rule.kind == "bad-ticket":
        problem = {"description": f"Ticket: {rule.ticket} is invalid", "error": "InvalidValue"}
        return (record_invalid({"base": [problem]}) if rule.status == INVALID else not_found()).response()
    if rule.kind == "503":
        return Response("Service Unavailable", 503, headers, content_type="text/plain; charset=utf-8")
    if rule.kind == "429":
        body = {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}
        return Response(json.dumps(body), 429, {"Retry-After": "10", **headers}, content_type="application/json")
    return None


def _tickets(request: Request, place: str) -> frozenset[int]:
    """The tickets that a request names: in its path, its query or its body."""
    words = [*request.args.get("ids", "").split(","), *place.split("/")[2:3]]
    sent = _body(request)
    listed = sent.get("tickets") if isinstance(sent, dict) else None
    words += [str(each.get("id")) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    return frozenset(int(word) for word in words if word.isascii() and word.isdigit())


def _internal_error() -> Response:
    body = {"error": "InternalError", "description": "Internal server error"}
    return Response(json.dumps(body), 500, content_type="application/json; charset=utf-8")


def _reset(environ: WSGIEnvironment) -> None:
    """Close the connection at once with a RST; there is none under a test client."""
    connection: socket.socket | None = environ.get("sandbox.socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        os.close(connection.detach())


def _body(request: Request) -> Any:
    """What was sent, as the ledger keeps it: JSON where it is JSON; never the secret of a sign-in."""
    data = request.get_data()
    if not data or request.path.startswith("/oauth/"):
        return None
    try:
        return json.loads(data)
    except ValueError:
        return _text(data)


def _text(data: bytes) -> str:
    return data.decode(errors="replace")
