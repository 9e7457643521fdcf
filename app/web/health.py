"""`GET /healthz` (the process is up) and `GET /readyz` (database, Redis and a worker answer)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import redis
from flask import Blueprint, Flask, current_app, jsonify
from kombu.exceptions import OperationalError as BrokerError
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.wrappers import Response

from app.auth.access import public
from app.database import read_transaction

bp = Blueprint("health", __name__)

PATIENCE = 1.0  # seconds for each part
REMEMBERED = 3.0  # seconds: a busy balancer must not become a load of its own
OK = "ok"


@dataclass
class Readiness:
    """The last look at the parts, shared by the threads of a process: one looks, the others take what it found."""

    clock: Callable[[], float] = time.monotonic
    parts: dict[str, str] = field(default_factory=dict)
    looked_at: float = float("-inf")
    lock: threading.Lock = field(default_factory=threading.Lock)

    def look(self) -> dict[str, str]:
        """Each part with "ok", or a sentence about what is wrong with it; at most REMEMBERED seconds old."""
        with self.lock:
            if self.clock() - self.looked_at >= REMEMBERED:
                self.parts = look()
                self.looked_at = self.clock()
            return self.parts


def bind_health(app: Flask) -> None:
    app.extensions["readiness"] = Readiness()
    app.register_blueprint(bp)


@bp.get("/healthz")
@public
def healthz() -> Response:
    """The process answers; nothing else is asked."""
    return jsonify(status=OK)


@bp.get("/readyz")
@public
def readyz() -> tuple[Response, int]:
    """Whether all parts work; 503 names those that do not."""
    parts = current_app.extensions["readiness"].look()
    failing = [part for part, found in parts.items() if found != OK]
    return jsonify(status="unavailable" if failing else OK, failing=failing, parts=parts), 503 if failing else 200


def look() -> dict[str, str]:
    """Ask each part now; the worker only when Redis, through which it is asked, answers."""
    parts = {"database": _database(), "redis": _redis()}
    reachable = parts["redis"] == OK
    return {**parts, "worker": _worker() if reachable else "Unknown: workers are reached through Redis."}


def _database() -> str:
    try:
        with read_transaction() as tx:
            tx.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "The database does not answer."
    return OK


def _redis() -> str:
    url = current_app.extensions["config"].redis_url
    once = Retry(NoBackoff(), 0)  # the client's default of ten retries would take longer than a person waits
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=once) as client:
            client.ping()
    except RedisError:
        return f"Redis does not answer within {PATIENCE:.0f} second."
    return OK


def _worker() -> str:
    control = current_app.extensions["celery"].control
    try:
        answers = control.ping(timeout=PATIENCE, limit=1)
    except (BrokerError, RedisError, OSError):
        answers = []
    return OK if answers else f"No worker answered within {PATIENCE:.0f} second. Is one running?"
