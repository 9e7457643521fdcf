"""The driver on bad days: lost answers, jobs that end badly, limits, edits of agents, drivers that vanish."""

from collections.abc import Iterator

import pytest

from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import service
from app.jobs.engine.driver import drive
from app.jobs.engine.wakeup import sweep
from app.jobs.models import Job
from app.jobs.sources.frozen import FrozenList
from app.jobs.store import job_batches, job_progress
from app.jobs.store import lease as leases
from config import Config
from tests.factories import make_job, on_view
from tests.jobs.crashes import Killed, die_once, let_the_lease_run_out, set_times
from tests.jobs.desk import Desk, desk


@pytest.fixture
def small(config: Config, database: str) -> Iterator[Desk]:
    with desk(config) as made:
        yield made


UPDATE = "/tickets/update_many"
FAULTS = [
    f"500:method=PUT:path={UPDATE}:every=2:times=2",
    f"500-after:method=PUT:path={UPDATE}:every=2:times=2",
    f"502:method=PUT:path={UPDATE}:times=1",
    f"503:method=PUT:path={UPDATE}:times=1",
    f"503:method=PUT:path={UPDATE}:times=1:retry_after=1",
    f"429:method=PUT:path={UPDATE}:times=1:retry_after=1",
    f"reset:method=PUT:path={UPDATE}:times=1",
    f"reset-after:method=PUT:path={UPDATE}:every=2:times=1",
    "500:method=GET:path=/job_statuses/show_many:times=2",
    "reset:method=GET:path=/views/*:times=2",
    "job-failed:times=1",
    "job-killed:times=1",
    "job-vanished:times=1",
    "job-half:times=2",
    "expired:method=PUT:times=1",
    "expired:method=GET:path=/job_statuses/*:times=1",
]


@pytest.mark.parametrize("fault", FAULTS)
def test_every_ticket_gets_its_right_outcome_in_spite_of(fault: str, config: Config):
    with desk(config, faults=(fault,)) as made:
        job = made.finish(made.submit())
        assert job.status == "completed"
        assert job.failed == job.unknown == 0
        assert job.succeeded > 200
        made.check_truth(job)


def test_other_integrations_that_hold_all_slots_are_waited_for(config: Config):
    limits = {"sync_ticket_limit": 0}
    with desk(config, app_limits=limits, faults=("too-many-jobs:slots=30",)) as made:
        job = made.submit()
        drive(engine(), job.id, seconds=1.0)
        assert made.read(job.id).status == "running"
        assert made.requests("update_many")
        assert not made.changes()
        with made.world.lock:
            made.world.faults.remove()
        job = made.finish(job)
        assert job.status == "completed"
        made.check_truth(job)


def test_tickets_that_agents_edit_meanwhile_are_tagged_all_the_same(config: Config):
    with desk(config, job_seconds=2.5, faults=("agent-edits:tickets=5:times=2",)) as made:
        job = made.finish(made.submit())
        assert job.status == "completed"
        assert job.failed == 0
        made.check_truth(job)


def test_refused_credentials_fail_the_job_with_a_sentence_and_resume_goes_on(small: Desk):
    view_id = small.view_id
    with small.world.lock:
        small.world.faults.add("revoked")
    job = small.finish(small.submit(**on_view(view_id)))  # it asks again for some seconds
    assert job.status == "failed"
    assert "credentials" in (job.error or "")

    with small.world.lock:
        small.world.faults.remove()
    job = small.finish(service.resume(job.id))
    assert job.status == "completed"
    small.check_truth(job)


@pytest.mark.parametrize("point", ["claim", "mark_sent", "record"])
def test_a_driver_that_dies_is_taken_over_and_nothing_is_done_twice(
    point: str, small: Desk, monkeypatch: pytest.MonkeyPatch
):
    die_once(point, monkeypatch)
    with pytest.raises(Killed):
        small.submit(idempotency_key="one")
    job = small.submit(idempotency_key="one")
    assert job.status == "running"

    drive(engine(), job.id)
    assert small.read(job.id).status == "running", "the dead driver's lease still runs"
    let_the_lease_run_out(job.id)
    job = small.finish(job)
    assert job.status == "completed"
    small.check_truth(job)
    assert set(small.changes().values()) == {1}


def test_a_job_that_has_ended_needs_no_driver(small: Desk):
    assert leases.take(small.submit(dry_run=True).id, "somebody") is None


def test_a_driver_whose_lease_was_taken_over_writes_nothing(small: Desk):
    job = make_job(small.user, account="x")
    old = leases.take(job.id, "old")
    assert old is not None
    assert leases.take(job.id, "too early") is None
    let_the_lease_run_out(job.id)
    new = leases.take(job.id, "new")
    assert new is not None
    assert new.token > old.token
    with pytest.raises(leases.LeaseLost), old.transaction() as tx:
        job_progress.change_status(tx, job.id, "failed")
    db.session.rollback()
    assert db.session.get_one(Job, job.id).status == "queued"
    assert small.read(job.id).takeovers == 1


def test_an_expiry_far_ahead_comes_from_a_wrong_clock_and_counts_as_over(small: Desk):
    job = make_job(small.user, account="x")
    leases.take(job.id, "old")
    set_times(job.id, lease_expires_in=3600.0)
    assert leases.take(job.id, "new") is not None


def test_five_takeovers_without_progress_stop_the_job_with_a_sentence(small: Desk):
    job = make_job(small.user, account=engine().account())
    for _ in range(5):
        leases.take(job.id, "dies")
        let_the_lease_run_out(job.id)
    drive(engine(), job.id)
    job = small.read(job.id)
    assert job.status == "failed"
    assert "Five workers" in (job.error or "")


def test_a_job_that_is_driven_again_waits_for_nothing(small: Desk):
    job = make_job(small.user, waiting_for="Zendesk to recover")
    set_times(job.id, wake_in=-1.0)
    assert leases.take(job.id, "somebody") is not None
    job = small.read(job.id)
    assert (job.waiting_for, job.wake_at) == (None, None)


def test_the_sweep_rings_for_jobs_without_a_driver_and_not_all_the_time(small: Desk):
    lost = make_job(small.user)
    waiting = make_job(small.user)
    driven = make_job(small.user)
    ended = make_job(small.user, status="completed")
    set_times(waiting.id, wake_in=60.0)
    leases.take(driven.id, "somebody")

    assert sweep(engine()) == 1
    assert small.woken == [lost.id]
    assert sweep(engine()) == 0, "woken a moment ago"
    let_the_lease_run_out(driven.id)
    set_times(waiting.id, wake_in=-1.0)
    sweep(engine())
    assert set(small.woken) == {lost.id, waiting.id, driven.id}
    assert ended.id not in small.woken


def test_a_fault_of_our_own_fails_the_job_with_a_sentence_and_resume_goes_on(
    small: Desk, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    def breaks(*args: object, **kwargs: object) -> object:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patch:
        patch.setattr(job_batches, "claim", breaks)
        job = small.submit()
    assert job.status == "failed"
    assert "inside Giga Tools" in (job.error or "")
    assert "a bug" in caplog.text

    job = small.finish(service.resume(job.id))
    assert job.status == "completed"
    small.check_truth(job)


def test_what_was_sent_and_could_not_be_settled_is_not_called_skipped(config: Config):
    """A lost batch may lie in Zendesk's queue: stopping must not claim that it was left out."""
    lost = f"500-after:method=PUT:path={UPDATE}"
    with desk(config, job_seconds=4.0, app_limits={"sync_ticket_limit": 0}, faults=(lost,)) as made:
        job = made.submit()
        drive(engine(), job.id, seconds=1.0)
        job = made.finish(service.cancel(job.id))
        assert job.status == "cancelled"
        assert made.requests("update_many")
        skipped = [item for item in made.items(job) if item.outcome == "skipped" and item.error == "cancelled"]
        assert not [item for item in skipped if item.attempts]
        assert job.unknown + job.succeeded > 0


def test_two_jobs_never_work_on_one_list_at_once(config: Config):
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        preview = made.finish(made.submit(dry_run=True))
        first = made.submit(source=FrozenList(job_id=preview.id), parameters=None)
        with pytest.raises(service.JobRefused, match=f"Job {first.id}"):
            made.submit(source=FrozenList(job_id=preview.id), parameters=None)
        made.finish(first)
        assert made.submit(source=FrozenList(job_id=preview.id), parameters=None).id > first.id
