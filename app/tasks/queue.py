"""How many messages wait for a worker."""

from __future__ import annotations

import redis
from flask import current_app
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from app.tasks import QUEUE

PATIENCE = 1.0  # seconds


def length() -> int | None:
    """The length of the queue in Redis; None when Redis does not answer."""
    url = current_app.extensions["config"].redis_url
    once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=PATIENCE, socket_timeout=PATIENCE, retry=once) as client:
            return int(client.llen(QUEUE))  # type: ignore[arg-type]
    except RedisError:
        return None
