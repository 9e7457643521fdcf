"""How eight processes share an account's rate limit with people and with a stranger's program, in real time."""

from __future__ import annotations

import multiprocessing
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from multiprocessing.pool import AsyncResult
from typing import Any

from app.account.budget.shared import SharedBudget
from app.sandbox import SandboxConfig, World, create_sandbox
from app.zendesk import ApiToken, Ask, Client, RateHeaders, RateLimited, Reading
from tests.sandbox_server import serve
from tests.servers import redis_server

PROCESSES, THREADS = 8, 3
LIMITS = (400, 700)
RESERVE, OTHERS = 0.2, 0.3
MINUTE = 60.0
WHOLE_MINUTES = (1,)  # of the sandbox, counted from 0: in the first one the processes start
SECONDS = 2 * MINUTE + 2
SECONDS_BETWEEN_CLICKS = 1.5
LATENCY = 0.2
SANDBOX = SandboxConfig(tickets=100, latency=LATENCY)


@dataclass(frozen=True)
class Place:
    """Where the processes of one account work, and until when."""

    url: str
    redis_url: str
    ends: float  # by time.time(), which all processes of a machine share

    def client(self, **settings: Any) -> Client:
        budget = SharedBudget(self.redis_url, self.url.removeprefix("http://"), RESERVE)
        return Client(self.url, ApiToken(SANDBOX.email, SANDBOX.api_token), budget=budget, **settings)


@dataclass
class Stopwatch:
    """A watcher that adds up for how long the budget made a click wait."""

    waits: list[float] = field(default_factory=list)

    def answered(self, route: str, status: int | None, seconds: float, account: Reading | None) -> None:
        pass

    def waited(self, reason: str, seconds: float) -> None:
        self.waits[-1] += seconds


def rate_budget() -> list[tuple[str, str, str]]:
    """Both sizes of account at the same time, each with its own processes; about two and a half minutes."""
    with ExitStack() as stack, redis_server() as redis_url, multiprocessing.get_context("spawn").Pool(16) as pool:
        runs = []
        for limit in LIMITS:
            sandbox = create_sandbox(SandboxConfig(tickets=100, latency=LATENCY, rate_limit=limit))
            world: World = sandbox.extensions["world"]
            place = Place(stack.enter_context(serve(sandbox)), redis_url, time.time() + SECONDS)
            waits = [pool.apply_async(_work, (place, number)) for number in range(PROCESSES)]
            others = threading.Thread(target=_integrate, args=(place, OTHERS * limit / MINUTE), daemon=True)
            others.start()
            runs.append((limit, world, waits, others))
        rows = [row for limit, world, waits, others in runs for row in _result(limit, world, waits, others)]
        return [*rows, ("  the budget's cost of a request", f"{_cost(redis_url) * 1e6:.0f} µs (two calls)", "")]


def _work(place: Place, number: int) -> list[float]:
    """One process: three threads of one of two jobs; in the first process a person clicks, too. The person's waits."""
    client = place.client(max_wait=5.0, attempts=1).for_job(1 + number % 2)
    with ThreadPoolExecutor(THREADS + 1) as pool:
        for _ in range(THREADS):
            pool.submit(_ask_on, client, place.ends)
        return pool.submit(_click, place).result() if number == 0 else []


def _ask_on(client: Client, ends: float) -> None:
    while time.time() < ends:
        try:
            client.me()
        except RateLimited as error:
            time.sleep(min(error.retry_after, max(0.0, ends - time.time())))


def _click(place: Place) -> list[float]:
    watch = Stopwatch()
    person = place.client(watcher=watch, attempts=1).for_person()
    while time.time() < place.ends:
        watch.waits.append(0.0)
        try:
            person.me()
        except RateLimited as error:
            watch.waits[-1] += error.retry_after
        time.sleep(random.uniform(0.5, 1.5) * SECONDS_BETWEEN_CLICKS)  # noqa: S311 - spread, not secrecy
    return watch.waits


def _integrate(place: Place, a_second: float) -> None:
    """A stranger's program: so many requests a second, whatever becomes of them."""
    client = Client(place.url, ApiToken(SANDBOX.email, SANDBOX.api_token), attempts=1, background=False, job="others")
    with ThreadPoolExecutor(8) as pool:
        while time.time() < place.ends:
            pool.submit(client.me)
            time.sleep(random.uniform(0.5, 1.5) / a_second)  # noqa: S311 - spread, not secrecy


def _result(
    limit: int, world: World, waits: list[AsyncResult[list[float]]], others: threading.Thread
) -> list[tuple[str, str, str]]:
    clicks = sorted(wait for each in waits for wait in each.get(timeout=SECONDS + 60))
    others.join()
    requests = list(world.ledger.requests)
    ours = [request for request in requests if _who(request.user_agent) != "others"]
    refused = sum(request.status == 429 for request in ours)  # noqa: PLR2004 - HTTP's own number
    used = Counter(
        _who(request.user_agent)
        for request in requests
        if (request.at - world.limits.born) // MINUTE in WHOLE_MINUTES and request.status == 200  # noqa: PLR2004
    )
    usable = len(WHOLE_MINUTES) * limit * (1 - RESERVE) - used["others"] - used["person"]
    jobs = used["1"] + used["2"]
    return [
        (
            f"rate budget, {limit} a minute, {PROCESSES} processes, others take {OTHERS:.0%}",
            f"{len(ours)} requests",
            "",
        ),
        ("  answered 429", f"{refused / len(ours):.2%}", "0.50 %"),
        ("  used by jobs, of what is usable", f"{jobs / usable:.1%}", "at least 90 %"),
        ("  split between two jobs", f"{used['1'] / jobs:.1%} and {used['2'] / jobs:.1%}", "50 ± 10 %"),
        ("  a person waits (p95)", f"{clicks[int(0.95 * len(clicks))]:.2f} s in {len(clicks)} clicks", "1.00 s"),
    ]


def _who(user_agent: str) -> str:
    return user_agent.partition("(+job ")[2].rstrip(")") or "person"


def _cost(redis_url: str, requests: int = 500) -> float:
    """Seconds that asking and telling take for one request."""
    budget = SharedBudget(redis_url, "cost", RESERVE)
    limits = RateHeaders(Reading(1_000_000, 900_000, 50.0))
    began = time.perf_counter()
    for _ in range(requests):
        ask = Ask("GET /users/me", background=False)
        budget.wait(ask)
        budget.observe(ask, limits)
    seconds = (time.perf_counter() - began) / requests
    budget.close()
    return seconds
