"""Retention removes what is old and nothing else, keeps the numbers, and can be cut short at any time."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import func, insert, select, update

from app.audit.models import AuditEntry
from app.database import read_transaction, transaction
from app.extensions import db
from app.jobs.commands import create, service
from app.jobs.models import Job, JobBatch, JobItem
from app.retention import policy, purge
from app.retention.policy import Policy
from tests.factories import make_item, make_job, make_user

DAY = 86_400


def nap(_seconds: float) -> None:
    """Tests do not wait."""


def ended_job(days_ago: float, tickets: int = 3, **columns: object) -> Job:
    ended = time.time() - days_ago * DAY
    defaults = {"status": "completed", "total": tickets, "succeeded": tickets, "listed_at": ended, "finished_at": ended}
    job = make_job(make_user("agent"), **{**defaults, **columns})
    for number in range(1, tickets + 1):
        make_item(job, number, outcome="succeeded")
    return job


def count(what: type[JobItem | JobBatch | AuditEntry], *where: object) -> int:
    with read_transaction() as tx:
        return tx.scalar(select(func.count()).select_from(what).where(*where)) or 0  # type: ignore[arg-type]


def job_now(job: Job) -> Job:
    found = db.session.get_one(Job, job.id, populate_existing=True)
    db.session.commit()  # an open transaction would hold SQLite's write lock
    return found


def test_old_tickets_go_and_the_numbers_stay(app: Flask, database: str) -> None:
    with app.app_context():
        old, young = ended_job(91), ended_job(89)
        with transaction() as tx:
            tx.execute(insert(JobBatch).values(job_id=old.id, lease_token=1, size=3, payload_hash="x" * 64))
        assert purge.look(Policy(90)) == purge.Old(jobs=1, tickets=3)
        assert purge.run(Policy(90), sleep=nap) == purge.Old(jobs=1, tickets=3)
        assert count(JobItem, JobItem.job_id == old.id) == count(JobBatch) == 0
        assert count(JobItem, JobItem.job_id == young.id) == 3
        assert job_now(old).purged_at is not None
        assert (job_now(old).total, job_now(old).succeeded) == (3, 3)
        assert job_now(young).purged_at is None
        assert not purge.run(Policy(90), sleep=nap), "nothing is left for a second run"
        assert count(AuditEntry, AuditEntry.action == "retention.purged") == 1


@pytest.mark.parametrize("status", ["queued", "collecting", "running", "paused", "cancelling"])
def test_a_job_that_has_not_ended_keeps_its_tickets(app: Flask, status: str) -> None:
    with app.app_context():
        ended_job(400, status=status)
        assert not purge.look(Policy(90))
        assert not purge.run(Policy(90), sleep=nap)
        assert count(JobItem) == 3


def test_zero_days_keep_everything(app: Flask) -> None:
    with app.app_context():
        ended_job(4000)
        assert not purge.look(Policy(0, 0))
        assert not purge.run(Policy(0, 0), sleep=nap)
        assert count(JobItem) == 3


def test_a_run_that_is_cut_short_is_taken_up_by_the_next(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(purge, "BATCH", 2)
    ticks = iter(range(100))
    with app.app_context():
        job = ended_job(91, tickets=5)
        first = purge.run(Policy(90), seconds=2, clock=lambda: next(ticks), sleep=nap)
        assert first == purge.Old(jobs=1, tickets=2, all=False)
        assert job_now(job).purged_at is not None, "marked before the first ticket goes"
        assert purge.run(Policy(90), sleep=nap) == purge.Old(jobs=1, tickets=3)
        assert count(JobItem) == 0


def test_a_job_resumed_at_the_last_moment_is_left_alone(app: Flask) -> None:
    with app.app_context():
        job = ended_job(91, status="failed")
        with transaction() as tx:
            tx.execute(update(Job).where(Job.id == job.id).values(status="queued", finished_at=None))
        assert purge._purge(job.id, Policy(90), lambda: True) == (None, True)
        assert count(JobItem) == 3


def test_audit_entries_have_days_of_their_own(app: Flask, database: str) -> None:
    with app.app_context():
        with transaction() as tx:
            for days in (10, 400):
                row = {"at": time.time() - days * DAY, "action": "sign_in", "detail": {}, "summary": "",
                       "actor": "", "ip": "", "request_id": "", "object_type": "", "object_id": ""}  # fmt: skip
                tx.execute(insert(AuditEntry).values(**row))
        assert purge.look(Policy(90, 365)).audit_entries == 1
        assert purge.run(Policy(90, 365), sleep=nap).audit_entries == 1
        assert count(AuditEntry, AuditEntry.action == "sign_in") == 1


@pytest.mark.parametrize("command", [service.resume, service.cancel])
def test_a_job_without_its_tickets_is_neither_resumed_nor_stopped(
    app: Flask, monkeypatch: pytest.MonkeyPatch, command: object
) -> None:
    with app.app_context():
        monkeypatch.setattr(create, "require_account", lambda *_: None)
        job = ended_job(91, status="failed", failed=1)
        purge.run(Policy(90), sleep=nap)
        with pytest.raises(service.JobRefused) as refused:
            command(job.id)  # type: ignore[operator]
        assert refused.value.status == 409
        assert job_now(job).succeeded == 3, "the numbers stay"


def test_what_admins_decide_is_what_holds(app: Flask) -> None:
    with app.app_context():
        assert policy.current() == Policy(90, 0)
        policy.decide(Policy(30, 365), make_user("admin").id)
        assert policy.current() == Policy(30, 365)


def test_the_command_says_what_it_would_do_and_does_it(app: Flask) -> None:
    with app.app_context():
        ended_job(91)
    runner = app.test_cli_runner()
    dry = runner.invoke(args=["retention", "run", "--dry-run"])
    assert dry.output == "Would remove 3 tickets of 1 job and 0 entries of the audit log.\n"
    with app.app_context():
        assert count(JobItem) == 3
    assert runner.invoke(args=["retention", "run"]).output.startswith("Removed 3 tickets of 1 job")
    with app.app_context():
        assert count(JobItem) == 0
