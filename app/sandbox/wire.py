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

from .faults import Rule
from .ledger import RequestRecord
from .times import http_date
from .world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGES = ("/_sandbox", "/agent", "/admin")
"""What is for people: no request of the API, which the ledger would count and a fault would strike."""

BAD_GATEWAY = """<html>
<head><title>502 Bad Gateway</title></head>
<body><center><h1>502 Bad Gateway</h1></center><hr><center>cloudflare</center></body>
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
            rule = world.faults.for_request(request.method, path.removesuffix(".json").removeprefix("/api/v2"))
        if world.config.latency:
            world.config.sleep(world.config.latency)
        response = _without_effect(rule) if rule else None
        if response is None and (rule is None or rule.kind != "reset"):
            environ["sandbox.request"], environ["sandbox.fault"] = record.number, rule and rule.kind
            response = self._served(environ)
        if rule:
            response = self._struck(rule, record, response, environ)
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
    if rule.kind == "502":
        return Response(BAD_GATEWAY, 502, content_type="text/html; charset=utf-8")
    if rule.kind == "503":
        return Response("Service Unavailable", 503, headers, content_type="text/plain; charset=utf-8")
    if rule.kind == "429":
        body = {"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}
        return Response(json.dumps(body), 429, {"Retry-After": "10", **headers}, content_type="application/json")
    return None


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
