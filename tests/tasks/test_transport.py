"""What is no message ends no worker: it is put aside, and what comes behind it is taken."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
import redis
from flask import Flask

from app.tasks import QUEUE
from app.tasks.transport import ASIDE, KEPT, LONGEST, _check, _check_task
from tests.conftest import app_of
from tests.tasks.test_settings import celery, environ, until

SWEEP = "app.tasks.zendesk_tasks.sweep"


def b64(value: Any) -> str:
    return base64.b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).decode()


def message(*, without: str = "", headers: Any = None, body: Any = None, **changes: Any) -> dict[str, Any]:
    """A message as Celery sends it, with what a test wants otherwise."""
    whole: dict[str, Any] = {
        "body": b64([[], {}, {}] if body is None else body),
        "content-encoding": "utf-8",
        "content-type": "application/json",
        "headers": {"task": SWEEP, "id": "one", **headers} if isinstance(headers, dict) else headers or task(),
        "properties": properties(),
        **changes,
    }
    whole.pop(without, None)
    return whole


def task() -> dict[str, Any]:
    return {"lang": "py", "task": SWEEP, "id": "one", "root_id": "one", "parent_id": None, "retries": 0}


def properties(**changes: Any) -> dict[str, Any]:
    own = {"delivery_mode": 2, "delivery_info": {"exchange": "", "routing_key": QUEUE}, "priority": 0}
    return {"correlation_id": "one", "reply_to": "", **own, "body_encoding": "base64", "delivery_tag": "tag", **changes}


BAD: dict[str, Any] = {
    "an object": {"a": 1},
    "a list": [1, 2, 3],
    "a number": 1,
    "a text": "x",
    "null": None,
    "binary": b"\x80\x04\x95\xff garbage",
    "nothing": b" ",
    "a cut message": json.dumps(message()).encode()[:-20],
    "very deep": b"[" * 100_000,
    "a number of many digits": b"1" * 10_000,
    "a type of kombu's that does not fit": {"__type__": "uuid", "__value__": "x"},
    "a decimal that is none": {"__type__": "decimal", "__value__": "x"},
    "an unknown type": {"__type__": "nope", "__value__": 1},
    **{f"without {name}": message(without=name) for name in message()},
    "headers null": message() | {"headers": None},
    "headers a list": message() | {"headers": ["task"]},
    "properties a list": message(properties=[1]),
    "no tag": message(properties={"delivery_info": {}}),
    "a tag that is a list": message(properties=properties(delivery_tag=[1])),
    "delivery_info a text": message(properties=properties(delivery_info="x")),
    "an unknown encoding": message(properties=properties(body_encoding="rot13")),
    "an encoding that is a list": message(properties=properties(body_encoding=[])),
    "a body that is no base64": message() | {"body": "%%%"},
    "a body that is a number": message() | {"body": 7},
    "a body that is no JSON": message() | {"body": b64(b"\xff\xfe")},
    "a body of another shape": message(body={"args": []}),
    "a body with too few parts": message(body=[[], {}]),
    "arguments that are no list": message(body=["x", {}, {}]),
    "embedded that is a list": message(body=[[], {}, []]),
    "pickle": message() | {"content-type": "application/x-python-serialize"},
    "another charset": message() | {"content-encoding": "utf-99"},
    "a task that is a list": message(headers={"task": [SWEEP]}),
    "an id that is an object": message(headers={"id": {}}),
    "no id": message(headers={"id": None}),
    "a root that is a list": message(headers={"root_id": []}),
    "an expiry that is an object": message(headers={"expires": {"a": 1}}),
    "an expiry that is no time": message(headers={"expires": "tomorrow"}),
    "an eta": message(headers={"eta": "2999-01-01T00:00:00+00:00"}),
    "no task at all": message() | {"headers": {"x": 1}},
    "an unknown task": message(headers={"task": "os.system"}),
    "a time limit that is a text": message(headers={"timelimit": "soon"}),
    "a time limit": message(headers={"timelimit": [0.001, 0.001]}),
    "what is to follow": message(body=[[], {}, {"chain": 5}]),
    "retries that are an object": message(headers={"retries": {}}),
    "stamps of another shape": message(headers={"stamps": {"a": 1}, "stamped_headers": [[1]]}),
    "a stamp that is missing": message(headers={"stamps": {}, "stamped_headers": ["a"]}),
    "no address": message(properties=properties(delivery_info={})),
    "an address that is a list": message(properties=properties(delivery_info={"exchange": [], "routing_key": {}})),
    "a stamp that is a number": message(headers={"stamps": 1, "stamped_headers": 1}),
    "a reply that is a list": message(properties=properties(reply_to=[1], correlation_id={})),
    "a priority that is a text": message(properties=properties(priority="x")),
}


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    from tests.servers import redis_server

    with redis_server() as url:
        yield url


@pytest.fixture(scope="module")
def working(server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[psutil.Popen, Path]]:
    """One worker, which all tests of this file must leave alive."""
    folder = tmp_path_factory.mktemp("worker")
    settings, log = environ(server, folder), folder / "worker.log"
    with app_of(settings, folder), celery(settings, log, "worker", "-c", "1", "-l", "info") as process:
        until(lambda: " ready." in log.read_text(), process, log)
        yield process, log


def takes_messages(client: redis.Redis, process: psutil.Popen, log: Path) -> None:
    """A good message that comes behind all others is carried out, by the same worker and connection."""
    before = log.read_text().count("succeeded in")
    client.lpush(QUEUE, json.dumps(message(properties=properties(delivery_tag=f"good-{time.monotonic_ns()}"))))
    until(lambda: log.read_text().count("succeeded in") > before, process, log)
    assert "Connection to broker lost" not in log.read_text()
    assert "Unrecoverable" not in log.read_text()


def raw(bad: Any) -> bytes:
    return bad if isinstance(bad, bytes) else json.dumps(bad).encode()


@pytest.mark.process
def test_no_bad_message_ends_the_worker_or_holds_what_comes_behind(
    server: str, working: tuple[psutil.Popen, Path]
) -> None:
    process, log = working
    with redis.Redis.from_url(server) as client:
        for name, bad in BAD.items():
            client.lpush(QUEUE, raw(bad))
            until(lambda: not client.llen(QUEUE), process, log)
            assert process.poll() is None, name
        assert client.llen(ASIDE) >= len(BAD) - 4, "kombu itself reports an expiry that is no time, and unknown tasks"
        takes_messages(client, process, log)
        assert not client.hlen("unacked"), "none takes room in the worker"


@pytest.mark.process
def test_what_was_put_aside_can_be_looked_at_and_is_bounded(server: str, working: tuple[psutil.Popen, Path]) -> None:
    process, log = working
    with redis.Redis.from_url(server) as client:
        client.lpush(QUEUE, *(json.dumps({"a": number, "b": "x" * 3 * LONGEST}) for number in range(2 * KEPT)))
        takes_messages(client, process, log)
        aside = client.lrange(ASIDE, 0, -1)
    assert len(aside) == KEPT
    assert aside[0].startswith(b'{"a": 199')
    assert max(map(len, aside)) == LONGEST


@pytest.mark.process
def test_what_lies_where_messages_go_aside_is_written_over(server: str, working: tuple[psutil.Popen, Path]) -> None:
    process, log = working
    with redis.Redis.from_url(server) as client:
        client.delete(ASIDE)
        client.set(ASIDE, "no list")
        client.lpush(QUEUE, raw({"a": 1}))
        takes_messages(client, process, log)
        assert client.lrange(ASIDE, 0, -1) == [b'{"a": 1}']


@pytest.mark.process
def test_bad_broadcasts_and_addresses_do_no_harm(server: str, working: tuple[psutil.Popen, Path]) -> None:
    process, log = working
    with redis.Redis.from_url(server) as client:
        for channel in ("/0.celery.pidbox", "/0.celeryev/worker.heartbeat", "/0.celeryev/worker.offline"):
            heard = [client.publish(channel, raw(bad)) for bad in BAD.values()]
            assert sum(heard), "somebody listens"  # not at each moment: Celery subscribes anew after some of them
        for order in ("shutdown", "pool_shrink", "cancel_consumer", "revoke"):
            said = {"method": order, "arguments": {"n": 1, "queue": QUEUE, "task_id": "x"}, "destination": None}
            client.publish("/0.celery.pidbox", json.dumps(message(body=said, headers={"clock": 1})))
        client.sadd(f"_kombu.binding.{QUEUE}", b"junk", b"\x06\x16", "a\x06\x16b\x06\x16c\x06\x16d")
        takes_messages(client, process, log)
    from app import create_app
    from config import Config

    ring = create_app(Config.load(environ(server, log.parent), log.parent)).extensions["celery"]
    assert ring.control.ping(timeout=5.0, limit=1)
    ring.send_task(SWEEP, queue=QUEUE)
    with redis.Redis.from_url(server) as client:
        until(lambda: not client.llen(QUEUE), process, log)


@pytest.mark.process
def test_the_password_of_redis_is_in_no_log(tmp_path: Path) -> None:
    log = tmp_path / "worker.log"
    settings = environ("redis://:hush-redis-password@127.0.0.1:1/0", tmp_path)
    with celery(settings, log, "worker", "-c", "1", "-l", "debug") as process:
        until(lambda: "Cannot connect" in log.read_text(), process, log)
    assert "hush-redis-password" not in log.read_text()


def test_whatever_we_send_ourselves_is_taken(app: Flask, redis_url: str) -> None:
    sender = app.extensions["celery"]
    sender.loader.import_default_modules()
    assert app.extensions["jobs"].wake_worker(1, "tag-manager", "request")
    for entry in sender.conf.beat_schedule.values():  # as beat does
        sender.tasks[entry["task"]].apply_async(**entry["options"])
    with redis.Redis.from_url(redis_url) as broker:
        queues = [name for name in broker.keys("*") if broker.type(name) == b"list"]
        sent = [json.loads(raw) for queue in queues for raw in broker.lrange(queue, 0, -1)]
    assert len(sent) == 1 + len(sender.conf.beat_schedule)
    for each in sent:
        _check_task(each, _check(each))
