"""One rate budget per Zendesk account for all processes and machines: a script in Redis decides, by its clock.

How the script decides: background work has tokens that come at an even rate, so that what is left above the reserve is
used up by the end of Zendesk's window; who waits for one is numbered, share by share in turn. People need no token
and may use the reserve. What Zendesk says in headers is truth, apart from requests that it had not counted yet.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.account.budget.lone import ASSUMED_LIMIT, LoneBudget
from app.zendesk import Ask, RateHeaders, Reading
from app.zendesk.budget import NOT_RATES, WINDOW_SECONDS
from app.zendesk.limits import LONGEST_RETRY_AFTER

SCRIPT = Path(__file__).with_suffix(".lua").read_text()
PATIENCE = 0.5  # seconds for Redis, which answers within a thousandth
AWAY_SECONDS = 2.0  # for which a Redis that did not answer is not asked; then one request tries it again

log = logging.getLogger(__name__)


class SharedBudget:
    """A budget (`app.zendesk.Budget`) that all processes with the same Redis share.

    While Redis does not answer, a careful budget of this process decides (`LoneBudget`); a Retry-After that this
    process knows of holds either way. What Redis forgets costs one burst of two seconds' requests at most.
    Not guaranteed: what other integrations use is known only as of the last answer.
    """

    def __init__(
        self,
        redis_url: str,
        account: str,
        reserve: float,
        *,
        patience: float = PATIENCE,
        clock: Callable[[], float] = time.monotonic,
        redis_clock: Callable[[], float] | None = None,
    ) -> None:
        """:param redis_clock: for tests, in place of the clock of Redis."""
        self._redis = redis.Redis.from_url(
            redis_url,
            socket_connect_timeout=patience,
            socket_timeout=patience,
            retry=Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,)),  # one that died in the pool
        )
        self._script = self._redis.register_script(SCRIPT)
        self._keys = [f"giga:budget:1:{{{account}}}", f"giga:budget:1:{{{account}}}:hour"]
        told = {"window": WINDOW_SECONDS, "reserve": reserve, "assumed": ASSUMED_LIMIT, "longest": LONGEST_RETRY_AFTER}
        self._settings = json.dumps(told)
        self._redis_clock = redis_clock
        self._lone = LoneBudget(reserve, clock)
        self._circuit = _Circuit(clock)

    def wait(self, ask: Ask) -> float:
        held = self._lone.held(ask.bucket)
        if held:
            return held
        share = {} if ask.share is None else {"share": ask.share}
        answer = self._run("ask", id=ask.id, background=ask.background, **share, **_named(ask.bucket))
        if answer is None:
            return self._lone.wait(ask)
        seconds = min(float(answer["wait"]), LONGEST_RETRY_AFTER)
        if "stopped" in answer:  # remembered here, too: Redis may be gone before the time is over
            self._lone.block(answer["stopped"] or None, seconds)
        return seconds

    def observe(self, ask: Ask, limits: RateHeaders, refused: bool = False) -> None:
        self._lone.observe(ask, limits, refused)
        told: dict[str, Any] = {}
        if limits.account:
            told["account"] = _told(limits.account)
        endpoints = {name: _told(each) for name, each in limits.endpoints.items() if name not in NOT_RATES}
        if endpoints:
            told["endpoints"] = endpoints
        self._run("tell", id=ask.id, refused=refused, **told, **_named(ask.bucket))

    def drop(self, ask: Ask) -> None:
        self._run("drop", id=ask.id)

    def block(self, bucket: str | None, seconds: float) -> None:
        self._lone.block(bucket, seconds)
        self._run("block", seconds=seconds, **_named(bucket))

    def look(self) -> dict[str, Any] | None:
        """What is known of the account, as the script's `look` tells it; None while Redis does not answer."""
        return self._run("look")

    def close(self) -> None:
        """Close the connections to Redis."""
        self._redis.close()

    def _run(self, op: str, **said: Any) -> dict[str, Any] | None:
        """The script's answer; None when Redis gave none, and while it is not asked because it gave none before."""
        if not self._circuit.closed():
            return None
        now = [repr(self._redis_clock())] if self._redis_clock else []
        try:
            answer = json.loads(self._script(self._keys, [json.dumps({"op": op, **said}), self._settings, *now]))
        except (RedisError, OSError, ValueError) as error:
            self._circuit.failed(error)
            return None
        self._circuit.succeeded()
        return answer


class _Circuit:
    """Whether Redis is asked: not while it is away, but for one request every two seconds, which finds it back."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._again_at: float | None = None

    def closed(self) -> bool:
        if self._again_at is None:
            return True
        with self._lock:
            now = self._clock()
            if self._again_at is not None and now < self._again_at:
                return False
            self._again_at = now + AWAY_SECONDS
            return True

    def failed(self, error: Exception) -> None:
        with self._lock:
            if self._again_at is None:
                log.warning("the rate budget is this process's own while Redis is away (%s)", type(error).__name__)
            self._again_at = self._clock() + AWAY_SECONDS

    def succeeded(self) -> None:
        if self._again_at is None:
            return
        with self._lock:
            if self._again_at is not None:
                log.warning("the rate budget is shared again")
            self._again_at = None


def _named(bucket: str | None) -> dict[str, str]:
    return {} if bucket is None else {"bucket": bucket}


def _told(reading: Reading) -> dict[str, float]:
    """What a reading says; without what it does not say, for Lua takes JSON's null for something."""
    return {name: value for name, value in asdict(reading).items() if value is not None}
