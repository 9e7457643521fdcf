"""A sandbox under a test client, with a clock that is moved by hand."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.sandbox import SandboxConfig, World, create_sandbox
from app.sandbox.tickets import Ticket

START = 1_795_500_000.0
TICKETS = 400


class Clock:
    """Seconds since the epoch; stands still until it is moved."""

    def __init__(self, now: float = START) -> None:
        self.now = now
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def forward(self, seconds: float) -> None:
        self.now += seconds

    def sleep(self, seconds: float) -> None:
        """Remembers how long somebody wanted to wait, and does not wait."""
        self.slept.append(seconds)


class Desk:
    """One help desk and one caller: the service user with its API token, unless told otherwise."""

    def __init__(self, **settings: Any) -> None:
        self.clock = Clock()
        fixed = {"tickets": TICKETS, "clock": self.clock, "sleep": self.clock.sleep}
        self.config = SandboxConfig(**{**fixed, **settings})
        self.app = create_sandbox(self.config)
        self.world: World = self.app.extensions["world"]
        self.client: FlaskClient = self.app.test_client()
        self.authorization: str | None = basic(f"{self.config.email}/token", self.config.api_token)

    def call(self, method: str, path: str, **options: Any) -> TestResponse:
        headers = {**({"Authorization": self.authorization} if self.authorization else {}), "User-Agent": "tests/1.0"}
        headers.update(options.pop("headers", {}))
        return self.client.open(path, method=method, headers=headers, **options)

    def get(self, path: str, **query: Any) -> Any:
        """The JSON of a successful GET under /api/v2; `page__size` stands for `page[size]`."""
        query = {f"page[{name[6:]}]" if name.startswith("page__") else name: value for name, value in query.items()}
        answer = self.call("GET", f"/api/v2{path}", query_string=query)
        assert answer.status_code == 200, answer.text
        return answer.json

    def put(self, path: str, body: Any, status: int = 200) -> TestResponse:
        answer = self.call("PUT", f"/api/v2{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer

    def token(self, scope: str = "read tickets:write", client_id: str | None = None) -> str:
        """Sign in by OAuth; later calls use the token, which is returned."""
        body = {
            "grant_type": "client_credentials",
            "client_id": client_id or self.config.oauth_client_id,
            "client_secret": self.config.oauth_client_secret,
            "scope": scope,
        }
        answer = self.call("POST", "/oauth/tokens", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json
        self.authorization = f"Bearer {answer.json['access_token']}"
        return answer.json["access_token"]

    def sign_in(self, email: str) -> None:
        """Act as another user, which the account-wide API token allows."""
        self.authorization = basic(f"{email}/token", self.config.api_token)

    def user(self, role: str, *, light: bool = False) -> str:
        """The e-mail of somebody of a role, not of the service user."""
        people = self.world.people.users.values()
        return next(
            person.email
            for person in people
            if person.role == role and person.light is light and person.email != self.config.email
        )

    def view_id(self, title: str) -> int:
        return next(view.id for view in self.world.views.values() if view.title.startswith(title))

    def tickets(self, **wanted: Any) -> list[Ticket]:
        """Tickets whose attributes are as wanted, by id; `tag` must be among the tags."""
        tag = wanted.pop("tag", None)
        return [
            ticket
            for ticket in self.world.tickets.values()
            if all(getattr(ticket, name) == value for name, value in wanted.items()) and tag in (None, *ticket.tags)
        ]

    def open_ticket(self) -> Ticket:
        """An open ticket with an assignee and a contact reason, which nobody has touched."""
        return next(ticket for ticket in self.tickets(status="open") if ticket.assignee_id and not ticket.history)

    def update_many(self, ids: list[int], change: dict[str, Any], status: int = 200) -> Any:
        """The bulk form; the job_status."""
        numbers = ",".join(map(str, ids))
        answer = self.put(f"/tickets/update_many?ids={numbers}", {"ticket": change}, status)
        return (answer.json or {}).get("job_status")

    def update_each(self, *changes: dict[str, Any]) -> Any:
        """The batch form; the job_status."""
        return (self.put("/tickets/update_many", {"tickets": list(changes)}).json or {}).get("job_status")

    def finished(self, job: dict[str, Any]) -> Any:
        """The job_status after the clock has moved past the job's end."""
        self.clock.forward(self.config.job_seconds * 2)
        return self.get(f"/job_statuses/{job['id']}")["job_status"]

    def pages(self, path: str, key: str, **query: Any) -> Iterator[list[dict[str, Any]]]:
        """Every page by cursor, until `has_more` is false."""
        after: dict[str, str] = {}
        while True:
            page = self.get(path, **{"page__size": 100, **query, **after})
            yield page[key]
            if not page["meta"]["has_more"]:
                return
            after = {"page__after": page["meta"]["after_cursor"]}


def own_events(audit: dict[str, Any]) -> list[dict[str, Any]]:
    """The events of an audit that its author made, without those of triggers."""
    return [event for event in audit["events"] if event.get("via", {}).get("channel") != "rule"]


def basic(name: str, password: str) -> str:
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()
