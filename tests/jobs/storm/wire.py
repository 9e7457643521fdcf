"""Between the client and the sandbox without a socket: requests may be held up, lost, or land long after their end."""

from __future__ import annotations

import io
from functools import partial
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import BaseAdapter
from werkzeug.test import Client as Caller

from app.zendesk import transport

if TYPE_CHECKING:
    from tests.jobs.storm.storm import Storm

LATE, LOST, NEVER = "late", "lost", "never"
FATES = (LATE, LOST, NEVER)
"""It lands after the client gave up; it lands, and its answer does not; it does not land. The client cannot tell."""


class InProcess(BaseAdapter):
    """Carries requests to the sandbox of a storm."""

    def __init__(self, storm: Storm) -> None:
        super().__init__()
        self._storm = storm

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        storm, kind = self._storm, _kind(request)
        exchange = transport._current.get()
        assert exchange is not None
        exchange.sent = False
        blow = storm.point(f"{kind} leaving")
        fate = blow.what if blow else None
        exchange.about_to_send()
        if kind == "put":
            storm.witness.saw(request)
        storm.clock.sleep(storm.chance.uniform(*storm.latency))
        if blow and fate == LATE:
            storm.later(partial(self._arrive, request), blow.seconds)
        if fate in (LATE, NEVER):
            storm.clock.sleep(exchange.timeouts.read)
            raise requests.ReadTimeout
        refused = storm.instead[kind](request) if kind in storm.instead else None
        answer = _answer(refused, body=b'{"error": "Refused"}') if refused else self._arrive(request)
        storm.point(f"{kind} answered")
        if fate == LOST:
            raise requests.ConnectionError
        return answer

    def close(self) -> None:
        """Nothing is open."""

    def _arrive(self, request: requests.PreparedRequest) -> requests.Response:
        assert request.url is not None
        path = request.url.removeprefix(self._storm.address)
        caller = Caller(self._storm.sandbox)
        try:
            found = caller.open(path, method=request.method, headers=dict(request.headers), data=request.body)
        except ConnectionResetError as reset:
            raise requests.ConnectionError from reset
        return _answer(found.status_code, dict(found.headers), found.get_data())


def _answer(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> requests.Response:
    response = requests.Response()
    response.status_code = status
    response.headers.update(headers or {})
    response.raw = io.BytesIO(body)
    return response


def _kind(request: requests.PreparedRequest) -> str:
    """What a request is about, as in `KINDS`."""
    parts = {"job_statuses": "jobs", "audits": "audits", "show_many": "tickets", "views": "view"}
    if request.method == "PUT":
        return "put"
    path = request.path_url.split("?")[0]
    return next((kind for part, kind in parts.items() if part in path), "other")
