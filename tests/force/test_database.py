"""The database restarted, locked or full in the middle of jobs: they go on, and nothing is sent without an intent."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests.conftest import migrate
from tests.factories import make_config
from tests.force.hurry import BATCH, BUSY_MILLISECONDS
from tests.force.orders import LEFT, Act, Order
from tests.force.processes import eventually
from tests.force.stand import Stand, stand, sweeping
from tests.force.zendesk import BULK, account
from tests.servers import Postgres, Redis, postgres

BUSY = BUSY_MILLISECONDS / 1000
LARGE = 16 * BATCH  # more than may be at Zendesk at once, of three jobs


@pytest.fixture(scope="module")
def cluster() -> Iterator[Postgres]:
    """A PostgreSQL that these tests alone use, for they stop it."""
    with postgres() as server:
        yield server


@pytest.fixture(scope="module")
def on_postgres(
    hurried: None, cluster: Postgres, own_redis: Redis, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("cluster")
    url = cluster.url("postgres")
    migrate(make_config(folder, database_url=url))
    with account() as zendesk, stand(folder, url, own_redis, zendesk) as made, sweeping(made):
        yield made


@pytest.mark.parametrize("by", [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL], ids=["fast", "immediate", "kill"])
def test_postgresql_restarts_in_the_middle_of_jobs(by: signal.Signals, on_postgres: Stand, cluster: Postgres):
    on_postgres.any_worker()
    on_postgres.account.pace(6.0)
    jobs = on_postgres.jobs(3, LARGE)
    on_postgres.until(jobs[0], "running", succeeded=1)
    cluster.stop(by)
    sent = len(on_postgres.account.requests(part=BULK))
    time.sleep(1.0)  # away for a moment
    assert len(on_postgres.account.requests(part=BULK)) - sent <= len(jobs), "at most what was about to go out"
    cluster.start()
    on_postgres.account.calm()
    for job_id in jobs:
        on_postgres.completed(job_id)


@contextmanager
def locked(made: Stand) -> Iterator[None]:
    """Another program writes to the SQLite file all the while."""
    path = make_url(made.environ["DATABASE_URL"]).database
    assert path
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@pytest.mark.parametrize("shared", ["sqlite"], indirect=True)
@pytest.mark.parametrize("seconds", [BUSY / 3, 1.5 * BUSY], ids=["shorter than anybody waits", "longer"])
def test_sqlite_is_locked_by_a_long_writer(seconds: float, shared: Stand):
    shared.any_worker()
    shared.account.pace(4.0)
    jobs = shared.jobs(3, LARGE)
    shared.until(jobs[0], "running", succeeded=1)
    with locked(shared):
        time.sleep(0.2)  # what was committed before goes out
        sent = len(shared.account.requests(part=BULK))
        time.sleep(seconds)
        assert len(shared.account.requests(part=BULK)) == sent, "without an intent nothing is sent"
    shared.account.calm()
    for job_id in jobs:
        shared.completed(job_id)


@pytest.mark.parametrize("nth", [1, 2])
def test_an_intent_that_cannot_be_committed_sends_nothing(nth: int, shared: Stand):
    shared.only_worker(ZENDESK_MAX_INFLIGHT_JOBS="1")
    point = "before commit: claim"
    job_id = shared.job(3 * BATCH, order=Order(point, nth, act=Act.REFUSE, times=2))
    eventually(lambda: len(shared.orders.done(job_id)) == 2, "two drivers could not commit")
    shared.completed(job_id)
    seen = shared.orders.seen(job_id)
    turns = "\n".join(seen).split(LEFT)
    for turn in turns[:2]:
        assert turn.count("before request: change a batch") == turn.count("after commit: claim") <= nth - 1


@pytest.mark.parametrize("shared", ["sqlite"], indirect=True)
def test_sqlite_whose_disk_is_full_sends_nothing_and_goes_on_when_there_is_room(shared: Stand):
    path = Path(make_url(shared.environ["DATABASE_URL"]).database or "")
    assert path.exists()
    shared.only_worker()
    job_id = shared.job(3 * BATCH, order=Order("before commit: claim", act=Act.FILL, times=2))
    eventually(lambda: len(shared.orders.done(job_id)) == 2, "the disk was full for two drivers")
    assert not shared.account.requests(job_id, BULK) or shared.read(job_id).recoveries
    shared.completed(job_id)
    seen = "\n".join(shared.orders.seen(job_id)).split(LEFT)
    assert all("change a batch" not in turn for turn in seen[:2])


def test_a_driver_frozen_while_it_commits_does_not_stop_the_others(shared: Stand):
    """PostgreSQL: a job's row stays locked by it. SQLite: the whole database does, until it wakes or is killed."""
    shared.only_worker()
    frozen = shared.job(3 * BATCH, order=Order("before commit: claim", act=Act.FREEZE))
    eventually(lambda: shared.orders.done(frozen), "it is frozen")
    try:
        if shared.environ["DATABASE_URL"].startswith("postgresql"):
            shared.completed(shared.job(2 * BATCH))
            shared.completed(frozen)
    finally:
        os.kill(shared.orders.done(frozen)[0].pid, signal.SIGCONT)
    shared.completed(frozen)
    shared.completed(shared.job(2 * BATCH))
