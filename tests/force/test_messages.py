"""What the broker may bring: a message twice, late, forged, or garbage. None has an effect, and the worker lives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from app.database import read_transaction
from app.jobs.collaborators import engine
from app.tasks import QUEUE
from tests.force.hurry import BATCH
from tests.force.processes import eventually
from tests.force.stand import Stand
from tests.force.zendesk import BULK

TASK = "app.tasks.zendesk_tasks.tag_tickets_async"
FORGED: list[tuple[str, Any]] = [
    ("no job has this number", [2**31 - 1]),
    ("larger than any number in a database", [2**70]),
    ("negative", [-1]),
    ("a word", ["one"]),
    ("a statement", ["1; DROP TABLE jobs"]),
    ("a fraction", [1.5]),
    ("a list", [[1, 2, 3]]),
    ("an object", [{"id": 1}]),
    ("nothing", [None]),
    ("no argument", []),
    ("too many arguments", [1, 2, 3]),
]


def tables(_: Stand) -> dict[str, Any]:
    """What the tables of jobs hold."""
    with read_transaction() as tx:
        return {
            table: tx.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all()  # noqa: S608 - our own words
            for table in ("jobs", "job_batches", "job_items")
        }


def send(stand: Stand, arguments: Any, task: str = TASK, **options: Any) -> None:
    stand.app.extensions["celery"].send_task(task, args=arguments, queue=QUEUE, **options)


def works(stand: Stand) -> None:
    """Messages that come behind all others are taken."""
    stand.completed(stand.job(2 * BATCH))


def test_the_same_message_many_times_drives_a_job_once(shared: Stand):
    shared.any_worker()
    shared.account.pace(4.0)
    job_id = shared.job(4 * BATCH)
    tool = shared.read(job_id).tool
    for _ in range(10):
        engine().wake_worker(job_id, tool, "again")
    job = shared.completed(job_id)
    assert job.lease_token == 1, "nobody else ever had it"
    assert len(shared.account.requests(job_id, BULK)) == 4


def test_a_message_for_a_job_that_has_ended_does_nothing(shared: Stand):
    worker = shared.any_worker()
    job_id = shared.job(BATCH)
    shared.completed(job_id)
    eventually(lambda: shared.read(job_id).lease_owner is None, "it was given back")
    before, requests = tables(shared), len(shared.account.requests())
    engine().wake_worker(job_id, "tag-manager", "late-message")
    eventually(lambda: worker.log.read_text().count("request_id=late-message"), "it was taken")
    works(shared)
    assert tables(shared)["jobs"][: len(before["jobs"])] == before["jobs"]
    assert not [r for r in shared.account.requests(job_id) if r.number > requests]


@pytest.mark.parametrize("arguments", [arguments for _, arguments in FORGED], ids=[name for name, _ in FORGED])
def test_a_forged_message_has_no_effect(arguments: Any, shared: Stand):
    worker = shared.any_worker()
    before = tables(shared)
    send(shared, arguments, headers={"request_id": "forged-message"})
    send(shared, [0], headers={"request_id": "the-next-message"})
    eventually(lambda: "request_id=the-next-message" in worker.log.read_text(), "what came behind it was taken")
    assert tables(shared) == before
    assert worker.alive


def test_an_unknown_task_and_a_message_that_is_no_json_have_no_effect(shared: Stand):
    worker = shared.any_worker()
    before = tables(shared)
    send(shared, [1], task="os.system")
    send(shared, [1], serializer="pickle")
    assert worker.alive
    assert tables(shared) == before
    works(shared)
    assert worker.alive


GARBAGE: dict[str, Callable[[], bytes]] = {
    "no JSON": lambda: b"\x80\x04\x95garbage",
    "JSON, but no message": lambda: b"[1, 2, 3]",
    "a message without properties": lambda: json.dumps({"body": "e30=", "headers": {}}).encode(),
}


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_in_the_queue_costs_nothing(garbage: str, shared: Stand):
    worker = shared.any_worker()
    before = tables(shared)
    with shared.redis.client() as client:
        client.rpush(QUEUE, GARBAGE[garbage]())
        eventually(lambda: not client.llen(QUEUE), "it was taken")
    eventually(lambda: "was put aside" in worker.log.read_text(), "it was noticed")
    assert tables(shared) == before
    works(shared)
    assert worker.alive
