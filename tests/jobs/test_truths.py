"""What a job says of itself while it runs, waits, and when it was stopped; each time held against what happened."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from app.account.connection import writing
from app.database import db_now, transaction
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import service
from app.jobs.engine.driver import drive
from app.jobs.models import Job
from app.jobs.store import queries
from app.jobs.store.lease import take
from app.jobs.timing import USUAL
from app.settings import store
from config import Config
from tests.jobs.desk import desk

HOUR = 3_600.0


def test_a_pause_is_no_part_of_a_jobs_pace(config: Config):
    """After a look at the first tickets it was "about 7 h 49 min left": the hours until somebody looked counted."""
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        job = made.submit(canary=5)
        job = made.finish(job)
        assert (job.status, job.canary_status) == ("paused", "waiting")
        spent = job.active_seconds
        assert 0 < spent < HOUR / 60
        with transaction() as tx:  # hours pass, until somebody looks
            times = {name: getattr(Job, name) - 7 * HOUR for name in ("created_at", "started_at", "listed_at")}
            tx.execute(update(Job).where(Job.id == job.id).values(**times))
        service.go_on(job.id)
        with transaction() as tx:
            tx.execute(update(Job).where(Job.id == job.id).values(status="running"))
        pace = queries.pace(made.read(job.id))
        assert pace.eta_seconds is not None
        assert pace.eta_seconds <= job.left * spent / 5 + 1
        done = made.finish(made.read(job.id))
        assert done.active_seconds < spent + HOUR / 60


def test_the_seconds_since_the_last_renewal_count_too(config: Config):
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        job = made.submit()
        with transaction() as tx:
            stands = {"status": "running", "listed_at": db_now() - 50.0, "total": 100, "succeeded": 10}
            tx.execute(update(Job).where(Job.id == job.id).values(**stands))
        assert take(job.id, "a test")
        with transaction() as tx:
            renewed = {"active_seconds": 10.0, "lease_expires_at": db_now() + USUAL.lease - 10.0}
            tx.execute(update(Job).where(Job.id == job.id).values(**renewed))
        pace = queries.pace(made.read(job.id))
        db.session.commit()
        assert pace.per_minute == pytest.approx(30, rel=0.1)
        assert pace.eta_seconds == pytest.approx(180, rel=0.1)


def test_what_a_person_has_to_do_is_told_without_a_time(config: Config):
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        job = made.submit()
        store.put(writing.STOP, True)
        drive(engine(), job.id)
        job = made.read(job.id)
        assert "all writing is stopped" in (job.waiting_for or "")
        assert job.wake_at is not None
        assert job.waits_for_person
        store.put(writing.STOP, False)
        with transaction() as tx:
            tx.execute(update(Job).where(Job.id == job.id).values(wake_at=None))
        done = made.finish(made.read(job.id))
        assert (done.status, done.waits_for_person) == ("completed", False)


def test_what_passes_by_itself_is_told_with_its_time(config: Config):
    limited = "429:method=PUT:path=/tickets/update_many:times=1:retry_after=30"
    with desk(config, app_limits={"sync_ticket_limit": 0}, faults=(limited,)) as made:
        job = made.submit()
        drive(engine(), job.id)
        job = made.read(job.id)
        assert (job.waiting_for, job.waits_for_person) == ("Zendesk's rate limit", False)
        assert job.wake_at is not None


def test_a_stopped_job_knows_how_many_were_never_started(config: Config):
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        job = made.finish(made.submit(canary=5))
        service.cancel(job.id)
        job = made.finish(made.read(job.id))
        assert job.status == "cancelled"
        skipped = [item.error for item in made.items(job) if item.outcome == "skipped"]
        assert job.never_started == skipped.count("cancelled") > 0
        assert job.had_their_turn == job.total - job.never_started == job.processed - job.never_started
