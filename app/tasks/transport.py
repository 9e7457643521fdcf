"""Celery's way to Redis, which puts bad messages aside: kombu's own ends the worker on what is no message.

Who may write to Redis could otherwise end every worker in turn with one line, for each takes the message that ended the
one before. What is put aside stays in Redis for an operator to look at, up to a number.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from typing import Any, Literal

from celery.worker.control import Panel
from kombu.exceptions import ContentDisallowed, DecodeError
from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from kombu.transport.virtual import Empty
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads

log = logging.getLogger(__name__)

ASIDE = "giga:bad-messages"  # a list, the newest first
REPLIES = ".pidbox"  # the end of the names of the queues in which workers answer questions
KEPT = 100
LONGEST = 2_000  # bytes kept of each
JSON = "application/json"
NOTHING, TEXT = type(None), (str, type(None))
# The headers of a task and what they hold. A worker that stumbles over one of them after it made room for the task
# never gives that room back. Times, other limits, stamps and what follows a task are never sent from here.
HEADERS: dict[str, Any] = {
    "task": str, "id": str, "root_id": TEXT, "parent_id": TEXT, "group": TEXT, "group_index": (int, NOTHING),
    "lang": TEXT, "origin": TEXT, "shadow": TEXT, "argsrepr": TEXT, "kwargsrepr": TEXT, "expires": TEXT,
    "request_id": TEXT, "eta": NOTHING, "retries": (int, NOTHING), "ignore_result": (bool, NOTHING),
    "replaced_task_nesting": (int, NOTHING), "compression": NOTHING,
}  # fmt: skip
HARD_LIMIT, SOFT_LIMIT = 4 * 3600, 3 * 3600  # seconds of a task: a net, not a plan, for a turn takes less than a minute
# Those that beat sends bear the limits of the settings, others none.
LIMITS = (None, [None, None], [HARD_LIMIT, SOFT_LIMIT])
STAMPS = ("stamped_headers", "stamps")
# What unreadable data raises in kombu, Celery and json; what Redis and a lost connection raise is none of these.
UNREADABLE = (
    ArithmeticError, AssertionError, AttributeError, ContentDisallowed, DecodeError, LookupError, RecursionError,
    TypeError, ValueError,
)  # fmt: skip
# Of what Celery can tell all workers: to say something of themselves, and to say what they do (Flower asks for that).
# To shut down, to take nothing any more or to drop tasks is for the worker's operator, not for all that reach Redis.
CHANGES = frozenset(name for name, about in Panel.meta.items() if about.type == "control") - {"enable_events"}


class BadMessage(ValueError):  # noqa: N818 - said of what came in
    """This is no message that Celery can take; the message says why, for the log."""


class Channel(kombu_redis.Channel):
    """Reads messages; those that cannot be read are put aside."""

    def _brpop_read(self, **options: Any) -> Literal[True]:
        """As kombu's, but that what comes is judged before it is delivered."""
        try:
            try:
                found = self.client.parse_response(self.client.connection, "BRPOP", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if not found:
                raise Empty
            queue = bytes_to_str(found[0]).rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(queue)
            self._take(found[1], queue)
            return True
        finally:
            self._in_poll = None

    def _receive_one(self, c: Any) -> Any:
        """What is said to all workers; kombu reports what is no JSON, and stumbles over what is odd JSON."""
        try:
            return super()._receive_one(c)
        except UNREADABLE as error:
            log.error("a broadcast was left out: %s", _why(error))
            raise Empty from error

    def _deliver_fanout_message(self, message: Any, exchange: str) -> Literal[True]:
        body = _check(message)
        if isinstance(body, dict) and body.get("method") in CHANGES:
            raise BadMessage("workers do not take such orders from Redis")
        return super()._deliver_fanout_message(message, exchange)

    def get_table(self, exchange: str) -> list[tuple[str, ...]]:
        """Where messages go; rows that are no addresses are passed over."""
        return [row for row in super().get_table(exchange) if len(row) == 3]  # noqa: PLR2004 - key, pattern, queue

    def _take(self, raw: bytes, queue: str) -> None:
        message: Any = None
        try:
            message = loads(bytes_to_str(raw))
            body = _check(message)
            if not queue.endswith(REPLIES):
                _check_task(message, body)
            self.connection._deliver(message, queue)
        except UNREADABLE as error:  # a KeyError among them, for which kombu would connect anew
            self._put_aside(raw, queue, error)
            self._forget(message)

    def _put_aside(self, raw: bytes, queue: str, error: Exception) -> None:
        log.error("a message in the queue %s was put aside in %s: %s", queue, ASIDE, _why(error))
        with self.conn_or_acquire() as client:
            if client.type(ASIDE) not in (b"list", b"none"):
                client.delete(ASIDE)  # who sends such messages can have put something else there
            client.lpush(ASIDE, raw[:LONGEST])
            client.ltrim(ASIDE, 0, KEPT - 1)

    def _forget(self, message: Any) -> None:
        """One that was counted as taken before it turned out to be bad must not go on taking room in the worker."""
        tag = message["properties"].get("delivery_tag") if _is_envelope(message) else None
        if isinstance(tag, str) and tag in (self.qos._delivered or ()):
            self.basic_reject(tag, requeue=False)


class Transport(kombu_redis.Transport):
    """Redis with our channels."""

    Channel = Channel


def use() -> None:
    """Let every connection of this process to a Redis broker go this way."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:{Transport.__name__}"


def _why(error: Exception) -> str:
    """The reason without what the message holds, which is a stranger's."""
    return str(error) if isinstance(error, BadMessage) else type(error).__name__


def _is_envelope(message: Any) -> bool:
    return isinstance(message, dict) and isinstance(message.get("properties"), dict)


def _check(message: Any) -> Any:
    """The body of a message.

    :raises BadMessage: it is not of the shape in which Celery sends.
    """
    if not _is_envelope(message):
        raise BadMessage("it is no message")
    properties = message["properties"]
    way = properties.get("delivery_info")
    if not isinstance(properties.get("delivery_tag"), str) or not isinstance(way, dict):
        raise BadMessage("it says neither whose it is nor where it goes")
    if not all(name in way and isinstance(way[name], TEXT) for name in ("exchange", "routing_key")):
        raise BadMessage("it does not say where it goes")
    if not all(isinstance(properties.get(name), TEXT) for name in ("reply_to", "correlation_id")):
        raise BadMessage("it says neither who sent it nor where to answer")
    if message.get("content-type") != JSON or message.get("content-encoding") != "utf-8":
        raise BadMessage("its body is no JSON")
    if not isinstance(message.get("headers"), dict):
        raise BadMessage("it has no headers")
    return _body(message.get("body"), properties.get("body_encoding"))


def _check_task(message: dict[str, Any], body: Any) -> None:
    """:raises BadMessage: it is no task, or none of the kind that we send."""
    headers = message["headers"]
    parts = (list, dict, dict)  # arguments, named arguments, what follows the task
    if not isinstance(body, list) or len(body) != len(parts) or not all(map(isinstance, body, parts)):
        raise BadMessage("it is no call of a task")
    if wrong := [name for name, kind in HEADERS.items() if not isinstance(headers.get(name), kind)]:
        raise BadMessage(f"it is not as we send tasks: {', '.join(wrong)}")
    if headers.get("timelimit") not in LIMITS or any(headers.get(name) for name in STAMPS) or any(body[2].values()):
        raise BadMessage("it is not as we send tasks: limits, stamps, or what is to follow")


def _body(body: Any, encoding: Any) -> Any:
    if not isinstance(body, str) or encoding not in (None, "base64"):
        raise BadMessage("its body is no text")
    try:
        return json.loads(base64.b64decode(body, validate=True) if encoding else body)
    except (binascii.Error, ValueError, RecursionError) as error:
        raise BadMessage("its body is no JSON") from error
