"""Seat belts: a stop of all writing, a read-only account, and a change of the account while jobs run."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from app.account.connection import settings, writing
from app.account.connection.settings import InForce
from app.account.connection.writing import STOP
from app.jobs.collaborators import engine
from app.jobs.commands import again, service
from app.jobs.commands.accounts import pause_others
from app.jobs.commands.create import JobRefused
from app.jobs.engine.driver import drive
from app.jobs.engine.wakeup import end_wait
from app.jobs.models import Job
from app.jobs.sources.frozen import FrozenList
from app.sandbox import SandboxConfig, World, create_sandbox
from app.settings import store
from config import Config, ZendeskConfig
from tests.jobs.desk import PATIENCE, Desk, desk
from tests.sandbox_server import serve


@pytest.fixture
def slow(config: Config, database: str) -> Iterator[Desk]:
    """A view that takes a worker several seconds, two batches at a time."""
    limits = {"sync_ticket_limit": 10, "max_inflight_jobs": 2}
    with desk(config, tickets=1_000, job_seconds=1.0, app_limits=limits) as made:
        yield made


@pytest.fixture
def quick(config: Config) -> Iterator[Desk]:
    with desk(config) as made:
        yield made


@pytest.fixture
def elsewhere() -> Iterator[tuple[World, ZendeskConfig]]:
    """Another account, with the same credentials and the same ticket numbers."""
    sandbox = SandboxConfig(tickets=420, job_seconds=0.1)
    stand_in = create_sandbox(sandbox)
    with serve(stand_in) as url:
        zendesk = ZendeskConfig(
            url, oauth_client_id=sandbox.oauth_client_id, oauth_client_secret=sandbox.oauth_client_secret
        )
        yield stand_in.extensions["world"], zendesk


def eventually(true: Callable[[], Any]) -> None:
    ends = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.02)


def driven(desk: Desk, job: Job) -> threading.Thread:
    """A worker of its own at the job for one turn; it has sent something when this returns."""

    def work() -> None:
        with desk.app.app_context():
            drive(engine(), job.id)

    worker = threading.Thread(target=work)
    worker.start()
    eventually(lambda: desk.requests("update_many"))
    return worker


def connect_to(desk: Desk, zendesk: ZendeskConfig) -> None:
    desk.app.extensions["config"] = replace(desk.app.extensions["config"], zendesk=zendesk)


def read_only(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    now = InForce(desk.app.extensions["config"].zendesk, settings.SAVED, writing=False)
    monkeypatch.setattr(settings, "current", lambda: now)


def test_a_stop_sends_nothing_new_and_a_release_lets_the_job_go_on(slow: Desk) -> None:
    job = slow.submit()
    worker = driven(slow, job)
    store.put(STOP, True)
    time.sleep(1.0)  # within which a driver looks at least once
    sent = len(slow.requests("update_many"))
    worker.join()
    waiting = slow.read(job.id)
    assert len(slow.requests("update_many")) == sent
    assert (waiting.status, waiting.waiting_for) == ("running", writing.RELEASE.waits_for)
    assert 0 < waiting.succeeded < waiting.total - waiting.skipped
    drive(engine(), job.id)
    assert slow.read(job.id).processed == waiting.processed

    store.put(STOP, False)
    slow.woken.clear()
    assert end_wait(engine(), writing.RELEASE.waits_for) == 1
    assert slow.woken == [job.id]
    done = slow.finish(job)
    assert done.status == "completed"
    slow.check_truth(done)
    assert set(slow.changes().values()) == {1}


def test_a_job_that_comes_while_all_writing_is_stopped_is_listed_and_waits(quick: Desk) -> None:
    store.put(STOP, True)
    job = quick.submit()
    assert job.total == len(quick.tickets_of_view())
    assert (job.status, job.waiting_for) == ("running", writing.RELEASE.waits_for)
    assert job.wake_at is not None
    assert not quick.requests("update_many")


def test_a_stop_keeps_nobody_from_looking(quick: Desk) -> None:
    store.put(STOP, True)
    assert quick.submit(dry_run=True).status == "completed"


def test_waking_leaves_jobs_that_wait_for_something_else(quick: Desk) -> None:
    store.put(STOP, True)
    job = quick.submit()
    assert end_wait(engine(), "Zendesk's rate limit") == 0
    assert quick.read(job.id).waiting_for == writing.RELEASE.waits_for


def test_a_read_only_account_takes_dry_runs_and_no_changes(quick: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    read_only(monkeypatch, quick)
    preview = quick.submit(dry_run=True)
    assert preview.status == "completed"
    for fields in ({}, {"source": FrozenList(job_id=preview.id), "parameters": None}):
        with pytest.raises(JobRefused, match="is read-only here") as refused:
            quick.submit(**fields)
        assert (refused.value.code, refused.value.status) == ("read_only", 409)
    assert not quick.requests("update_many")


def test_a_job_waits_when_its_account_becomes_read_only(quick: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put(STOP, True)
    job = quick.submit()
    store.put(STOP, False)
    read_only(monkeypatch, quick)
    end_wait(engine(), writing.RELEASE.waits_for)
    drive(engine(), job.id)
    assert quick.read(job.id).waiting_for == f"an admin to turn writing on for {job.account}"
    service.pause(job.id)
    with pytest.raises(JobRefused, match="is read-only here"):
        service.resume(job.id)
    assert not quick.requests("update_many")


def test_no_request_of_a_running_job_reaches_the_new_account(
    slow: Desk, elsewhere: tuple[World, ZendeskConfig]
) -> None:
    other, zendesk = elsewhere
    home = slow.app.extensions["config"].zendesk
    job = slow.submit()
    worker = driven(slow, job)
    connect_to(slow, zendesk)
    pause_others(engine().account())
    worker.join()

    paused = slow.read(job.id)
    assert paused.status == "paused"
    assert paused.error is not None
    assert paused.error.startswith(f"Job {job.id} belongs to {job.account}; the same numbers are other tickets")
    assert 0 < paused.succeeded < paused.total - paused.skipped
    for act in (lambda: service.resume(job.id), lambda: again.retry(job.id, slow.user, dry_run=False)):
        with pytest.raises(JobRefused, match=f"Job {job.id} belongs to") as refused:
            act()
        assert refused.value.status == 409
    drive(engine(), job.id)
    assert not other.ledger.requests

    connect_to(slow, home)
    service.resume(job.id)
    done = slow.finish(job)
    assert done.status == "completed"
    slow.check_truth(done)
    assert set(slow.changes().values()) == {1}
    assert not other.ledger.requests


def test_an_account_that_changes_between_two_questions_gets_no_request(
    quick: Desk, elsewhere: tuple[World, ZendeskConfig]
) -> None:
    other, zendesk = elsewhere
    store.put(STOP, True)
    job = quick.submit()
    store.put(STOP, False)
    end_wait(engine(), writing.RELEASE.waits_for)
    eng = engine()
    connect_to(quick, zendesk)
    drive(replace(eng, account=lambda: job.account), job.id)
    assert quick.read(job.id).status == "paused"
    assert not other.ledger.requests


def test_idle_jobs_of_other_accounts_are_paused_at_once_and_others_go_on(quick: Desk) -> None:
    store.put(STOP, True)
    job = quick.submit()
    assert pause_others(job.account) == 0
    assert quick.read(job.id).status == "running"
    assert pause_others(None) == 1
    paused = quick.read(job.id)
    assert (paused.status, paused.waiting_for) == ("paused", None)
    assert "no account is connected now" in (paused.error or "")
