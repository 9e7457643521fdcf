"""The sandbox of a stand: views cut to size, and mishaps that strike the requests of one job only."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from io import BytesIO
from typing import Any

from app.sandbox import SandboxConfig, World, create_sandbox
from app.sandbox.ledger import ChangeRecord, RequestRecord
from app.sandbox.views import Condition, View
from tests.force.hurry import RENEW_AFTER
from tests.sandbox_server import serve

FIRST_VIEW = 990_000_000_000
JOB = re.compile(r"\+job (\d+)\)")
JOB_SECONDS = 0.8  # for 100 tickets; a smaller batch takes a third of it
BULK = "/api/v2/tickets/update_many"
WsgiApp = Callable[..., Iterable[bytes]]


@dataclass(frozen=True)
class Mishap:
    """What a bulk change of a job meets: `kept` says whether it has its effect all the same."""

    status: str = ""  # in place of the sandbox's answer
    body: bytes = b""
    kept: bool = True
    headers: tuple[tuple[str, str], ...] = ()
    seconds: float = 0.0  # that the answer comes late


LOST = Mishap("500 Internal Server Error", b'{"error": "InternalError"}')
FORMS_OF_429 = tuple(
    Mishap("429 Too Many Requests", body, False, (("Retry-After", "1"),))
    for body in (
        b'{"error": "APIRateLimitExceeded", "description": "Number of allowed API requests per minute exceeded"}',
        b"Rate limit for ticket updates exceeded, please wait before updating this ticket again",
        b'{"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]}',
    )
)
REFUSED = FORMS_OF_429[0]
LATE = Mishap(seconds=2 * RENEW_AFTER)


@dataclass
class Account:
    """A Zendesk account for jobs by force."""

    world: World
    url: str = ""
    views_made: int = 0
    first_free: int = 0  # where the next view's tickets begin
    mishaps: dict[int, list[Mishap]] = field(default_factory=dict)  # by job
    while_answering: dict[int, Callable[[str, str], None]] = field(default_factory=dict)  # by job; method and path
    poison: dict[int, tuple[int, Callable[[], None]]] = field(
        default_factory=dict
    )  # by job: a ticket, and what it does

    def view_of(self, number: int) -> tuple[int, list[int]]:
        """A new view of so many tickets that can be changed, and their ids."""
        with self.world.lock:
            self.world.advance()
            every = [ticket for ticket in self.world.tickets.values() if not ticket.closed]
            if self.first_free + number > len(every):
                self.first_free = 0
            tickets = every[self.first_free : self.first_free + number]
            assert len(tickets) == number, "the sandbox is too small"
            self.first_free += number
            self.views_made += 1
            view_id, tag = FIRST_VIEW + self.views_made, f"view_by_force_{self.views_made}"
            for ticket in tickets:
                ticket.tags = tuple(sorted((*ticket.tags, tag)))
                self.world.changed(ticket)
            title = f"By force {self.views_made}"
            self.world.views[view_id] = View(view_id, title, 900, (Condition("current_tags", "includes", tag),))
            return view_id, sorted(ticket.id for ticket in tickets)

    def requests(self, job_id: int | None = None, part: str = "") -> list[RequestRecord]:
        """The requests that came, of one job or of all, with `part` in their path."""
        with self.world.lock:
            found = [record for record in self.world.ledger.requests if part in record.path]
        return [record for record in found if job_id is None or job_of(record.user_agent) == job_id]

    def changes(self, job_id: int) -> list[ChangeRecord]:
        """What the requests of one job changed."""
        with self.world.lock:
            self.world.advance()
            return [record for record in self.world.ledger.changes if job_of(record.client) == job_id]

    def fault(self, written: str) -> None:
        """Let a fault of the sandbox strike all jobs (`app.sandbox.faults`)."""
        with self.world.lock:
            self.world.faults.add_written(written)

    def calm(self) -> None:
        """No more faults, and Zendesk jobs as quick as at first."""
        with self.world.lock:
            self.world.faults.remove()
        self.pace(JOB_SECONDS)

    def pace(self, job_seconds: float) -> None:
        """Let Zendesk jobs that begin from now on take so long."""
        with self.world.lock:
            self.world.config = replace(self.world.config, job_seconds=job_seconds)

    def wrap(self, app: WsgiApp) -> WsgiApp:
        """The sandbox's application with the mishaps before it."""

        def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
            job_id = job_of(environ.get("HTTP_USER_AGENT", ""))
            method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
            mishaps = self.mishaps.get(job_id or 0, [])
            if method == "PUT" and path == BULK:
                self._taste(job_id or 0, environ)
                if mishaps:
                    return _meet(mishaps.pop(0), app, environ, start_response)
            body = app(environ, start_response)
            watching = self.while_answering.get(job_id or 0)
            if watching:
                watching(method, path)
            return body

        return answer

    def _taste(self, job_id: int, environ: dict[str, Any]) -> None:
        """Let a ticket that is poison do its work; nothing comes of the change.

        :raises ConnectionResetError: for the server to end the connection.
        """
        ticket_id, happen = self.poison.get(job_id, (0, None))
        if happen is None:
            return
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        if str(ticket_id) in environ["QUERY_STRING"] + body.decode():
            happen()
            raise ConnectionResetError


def job_of(user_agent: str) -> int | None:
    """The number of the job that a request was made for."""
    found = JOB.search(user_agent)
    return int(found[1]) if found else None


def _meet(mishap: Mishap, app: WsgiApp, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    time.sleep(mishap.seconds)
    if not mishap.status:
        return app(environ, start_response)
    if mishap.kept:
        for _ in app(environ, lambda *_: None):
            pass
    else:
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))  # or it would be taken for the next request
    length = ("Content-Length", str(len(mishap.body)))
    start_response(mishap.status, [("Content-Type", "application/json"), length, *mishap.headers])
    return [mishap.body]


@contextmanager
def account(**settings: Any) -> Iterator[Account]:
    """A sandbox on a port, quick and with room for many jobs, unless told otherwise."""
    defaults = {"tickets": 4_000, "job_seconds": JOB_SECONDS, "count_seconds": 0.0, "rate_limit": 1_000_000}
    made = Account(World(SandboxConfig(**{**defaults, **settings})))
    with serve(made.wrap(create_sandbox(world=made.world))) as url:
        made.url = url
        yield made
