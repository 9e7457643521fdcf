"""Clients, clocks and answers with defaults, for the tests of the Zendesk client."""

import json
from typing import Any

from requests.structures import CaseInsensitiveDict

from app.zendesk import ApiToken, Client, LocalBudget, OAuthClient, Timeouts
from app.zendesk.answers import Answer
from app.zendesk.request import Request
from app.zendesk.transport import RawAnswer

EMAIL, API_TOKEN, CLIENT_SECRET = "agent@example.com", "an-api-token", "a-client-secret"

BRISK = Timeouts(connect=0.5, read=0.2, total=0.4)
"""Short enough for a test to wait out."""


class Clock:
    """A clock that moves only when somebody sleeps by it."""

    def __init__(self, start: float = 1_000_000.0) -> None:
        self.time = start
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def a_client(url: str, clock: Clock | None = None, **changes: Any) -> Client:
    """A client with an API token, whose waits take no time."""
    clock = clock or Clock()
    settings = {
        "credentials": ApiToken(EMAIL, API_TOKEN),
        "budget": LocalBudget(clock=clock.now),
        "now": clock.now,
        "sleep": clock.sleep,
        "jitter": lambda: 1.0,
    }
    return Client(url, **(settings | changes))


def an_oauth_client(url: str, clock: Clock | None = None, **changes: Any) -> Client:
    return a_client(url, clock, credentials=OAuthClient("giga", CLIENT_SECRET), **changes)


def an_answer(
    status: int = 200, body: Any = None, method: str = "GET", path: str = "/api/v2/views/7/tickets", **headers: str
) -> Answer:
    """An answer with a JSON body, or with `body` itself when it is bytes; header_names become Header-Names."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = CaseInsensitiveDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Answer(Request(method, path), RawAnswer(status, named, raw, None, 0.1))
