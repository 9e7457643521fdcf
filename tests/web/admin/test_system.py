"""The system page names what is wrong and the next step, for admins alone; retention is decided and tried there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.account.connection import current, gauge
from app.account.connection.current import Identity
from app.account.connection.gauge import BudgetView, Minute
from app.account.connection.writing import STOP
from app.audit.models import AuditEntry
from app.database import transaction
from app.extensions import db
from app.jobs.models import Job, JobItem
from app.retention import policy
from app.retention.policy import Policy
from app.settings import store
from app.tasks import LAST_SWEEP
from app.web.admin.system import processes, stores, zendesk
from app.web.admin.system.overview import Looker, Overview
from app.web.admin.system.part import BAD, GOOD, QUIET, WARN, Part
from config import Config
from tests.desk import connect, disconnect
from tests.factories import make_item, make_job, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
PAGES = ("/admin/system", "/admin/system/live", "/admin/system/retention")


def by_name(*parts: Part) -> dict[str, Part]:
    return {part.name: part for part in parts}


def beat(*, workers_live: bool = True, up_for: float = 60.0) -> Part:
    return processes.beat(workers_live=workers_live, up_for=up_for)


@pytest.mark.parametrize("path", PAGES)
def test_agents_do_not_get_in(sign_in: SignIn, path: str) -> None:
    assert sign_in("agent").get(path).status_code == 403


def test_with_everything_away_each_part_says_the_next_step(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    disconnect(monkeypatch)
    page = sign_in("admin").get("/admin/system").text
    for words in ("Not connected", "correct REDIS_URL", "celery -A celery_app worker", "revision", "Python 3."):
        assert words in page
    assert 'data-live="/admin/system/live"' in page
    assert "parts need a look: Zendesk, Redis, Workers." in page


def test_the_page_asks_for_the_same_part_again(sign_in: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    client = sign_in("admin")
    page = client.get("/admin/system").text
    assert client.get("/admin/system/live", headers={"X-Polling": "1"}).text.strip() in page


def test_a_look_serves_all_who_ask_within_seconds(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    now, looks = [0.0], []
    monkeypatch.setattr("app.web.admin.system.overview._parts", lambda _up: looks.append(1) or ())
    looker = Looker(clock=lambda: now[0])
    looker.look()
    now[0] = 2.9
    looker.look()
    assert len(looks) == 1
    now[0] = 3.1
    looker.look()
    assert len(looks) == 2


@pytest.mark.parametrize(
    ("tones", "worst", "sentence"),
    [
        ((GOOD, QUIET), GOOD, "Everything works."),
        ((GOOD, WARN), WARN, "1 part needs a look: B."),
        ((BAD, WARN), BAD, "2 parts need a look: A, B."),
    ],
)
def test_the_worst_part_sets_the_tone(tones: tuple[str, str], worst: str, sentence: str) -> None:
    overview = Overview((Part("A", "", tones[0], ""), Part("B", "", tones[1], "")), 0.0)
    assert (overview.tone, overview.sentence) == (worst, sentence)


def test_beat_lives_while_its_sweeps_come(app: Flask) -> None:
    with app.app_context():
        assert beat(up_for=5.0).tone == QUIET, "the first sweep comes after ten seconds"
        assert beat(workers_live=False).tone == WARN
        assert beat().tone == BAD
        store.put(LAST_SWEEP, "done")
        assert beat().tone == GOOD
        with transaction() as tx:
            tx.execute(text("UPDATE app_settings SET changed_at = changed_at - 60"))
        silent = beat()
        assert (silent.tone, silent.command) == (BAD, "celery -A celery_app beat")
        assert "60 seconds ago" in silent.facts[0]


def test_the_sweep_task_notes_when_it_ran(app: Flask) -> None:
    from app.tasks.zendesk_tasks import sweep

    with app.app_context():
        sweep()
        assert beat().tone == GOOD


def test_a_database_behind_its_migrations_is_bad_news(app: Flask, database: str) -> None:
    with app.app_context():
        reachable, migrations = stores.database()
        assert (reachable.tone, migrations.tone) == (GOOD, GOOD)
        with transaction() as tx:
            tx.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        behind = stores.database()[1]
        assert (behind.tone, behind.command) == (BAD, "flask --app run db upgrade")


def test_redis_and_its_queue_are_looked_at(app: Flask, redis_url: str) -> None:
    import redis

    with redis.Redis.from_url(redis_url) as server, app.app_context():
        found = by_name(*stores.broker())
        assert (found["Redis"].tone, found["Queue"].word) == (GOOD, "Empty")
        server.rpush("zendesk", *range(101))
        assert by_name(*stores.broker())["Queue"].tone == WARN


def test_a_job_that_nobody_drives_is_told(app: Flask) -> None:
    with app.app_context():
        assert processes.jobs().tone == GOOD
        make_job(make_user("agent"), status="running", total=3)
        assert processes.jobs().facts[:2] == ("1 job under way", "1 job without a driver")
        assert processes.jobs().tone == WARN


def test_flower_is_linked_where_it_is_set_up(config: Config) -> None:
    app = create_app(replace(config, flower_url="https://flower.example"))
    with app.app_context():
        assert processes.flower().link == ("https://flower.example", "Open Flower")
        db.engine.dispose()


def test_retention_is_decided_and_written_down(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin")
    answer = client.submit("/admin/system/retention", {"ticket_days": "30", "audit_days": "365"}, follow_redirects=True)
    assert "Saved." in answer.text
    with app.app_context():
        assert policy.current() == Policy(30, 365)
        entry = db.session.query(AuditEntry).filter_by(action="settings.retention").one()
        assert (entry.actor_id, entry.detail["before"]["ticket_days"]) == (client.user_id, 90)


@pytest.mark.parametrize("days", ["", "-1", "3651", "many", "1.5"])
def test_days_that_make_no_sense_are_refused(app: Flask, sign_in: SignIn, days: str) -> None:
    answer = sign_in("admin").submit("/admin/system/retention", {"ticket_days": days, "audit_days": "0"})
    assert answer.status_code == 422
    assert "from 0, which means forever" in answer.text or "Not a valid integer" in answer.text
    with app.app_context():
        assert policy.current() == Policy(90, 0)


def test_rules_can_be_tried_before_they_are_saved(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin")
    with app.app_context():
        job = make_job(make_user("agent"), status="failed", total=1, finished_at=time.time() - 40 * 86_400)
        make_item(job, 1)
    assert "None: no job with a list ended more than 90 days ago" in client.get("/admin/system/retention").text
    page = client.submit("/admin/system/retention/look", {"ticket_days": "30", "audit_days": "97"}).text
    assert "1 ticket of 1 job that ended more than 30 days ago" in page
    assert "No entry older than 97 days" in page
    assert "Remove them now" not in page
    assert 'value="30"' in page
    assert client.submit("/admin/system/retention/look", {"ticket_days": "-1", "audit_days": "0"}).status_code == 422
    with app.app_context():
        assert policy.current() == Policy(90, 0)
        assert db.session.query(JobItem).count() == 1


def test_the_page_says_what_is_too_old_and_removes_it(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("admin")
    long_ago = time.time() - 100 * 86_400
    with app.app_context():
        job = make_job(
            make_user("agent"), status="completed", total=2, succeeded=2, listed_at=1.0, finished_at=long_ago
        )
        make_item(job, 1, outcome="succeeded")
        make_item(job, 2, outcome="succeeded")
    assert "2 tickets of 1 job that ended more than 90 days ago" in client.get("/admin/system/retention").text
    answer = client.submit("/admin/system/retention/run", follow_redirects=True)
    assert "Removed 2 tickets of 1 job" in answer.text
    assert "Remove them now" not in answer.text
    with app.app_context():
        assert db.session.get_one(Job, job.id).succeeded == 2
    page = client.get(f"/jobs/{job.id}").text
    assert "Retention removed the list of tickets" in page
    assert "export.csv" not in page
    assert client.get(f"/api/v1/jobs/{job.id}/export.csv").status_code == 409


@pytest.mark.parametrize(("problem", "tone"), [(None, "good"), ("Zendesk refuses our credentials.", "bad")])
def test_the_connection_says_how_old_its_knowledge_is(
    app: Flask, monkeypatch: pytest.MonkeyPatch, problem: str | None, tone: str
) -> None:
    connect(monkeypatch)
    asked: list[float] = []

    def identity(at_most: float) -> Identity:
        asked.append(at_most)
        return Identity("Giga Tools", role="admin", problem=problem, as_of=time.time() - 8)

    monkeypatch.setattr(current, "identity", identity)
    with app.app_context():
        part = zendesk.connection()
    assert part.tone == tone
    assert "asked 8 seconds ago" in part.facts
    assert max(asked) <= 15.0  # this page is where people look when something seems wrong


def test_all_is_not_well_while_writing_is_stopped(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)
    with app.app_context():
        assert zendesk.connection().tone == GOOD
        store.put(STOP, True)
        part = zendesk.connection()
    assert (part.tone, part.word) == (WARN, "Writing stopped")
    assert "Jobs wait until an admin resumes writing." in part.step


def test_what_was_left_of_the_rate_limit_once_is_not_told_as_what_is_left_now(app: Flask) -> None:
    with app.app_context():  # Redis is away
        meter = app.extensions["meter"]
        meter.rate_limit.set(700)
        meter.rate_left.set(3)
        part = zendesk.rate_limit()
    assert (part.tone, part.word) == (QUIET, "Not known now")
    assert "3 of 700 requests a minute were left at the last answer, whenever that was" in part.facts


@pytest.mark.parametrize(("view", "tone"), [((600, 0.0), GOOD), ((90, 0.0), WARN), ((600, 42.0), WARN)])
def test_what_is_left_of_the_rate_limit_is_what_all_processes_count(
    app: Flask, monkeypatch: pytest.MonkeyPatch, view: tuple[int, float], tone: str
) -> None:
    left, stopped = view
    minute = Minute(ends=0.0, limit=700, jobs=0, people=0, others=0, waits=0, refused=0)
    now = BudgetView(minute, left=left, in_flight=0, jobs_waiting=0, stopped=stopped, hour=())
    monkeypatch.setattr(gauge, "look", lambda: now)
    with app.app_context():
        part = zendesk.rate_limit()
    assert part.tone == tone
    assert ("Zendesk wants no request for 42 seconds" in part.facts) is bool(stopped)


def test_the_audit_log_says_what_becomes_of_its_entries(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert "none is ever removed" in admin.get("/admin/audit-log").text
    with app.app_context():
        policy.decide(Policy(audit_days=400), None)
    assert "those older than 400 days are removed" in admin.get("/admin/audit-log").text


def test_whoever_opens_the_page_is_told_what_zendesk_says_then(
    sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch)
    asked: list[float] = []
    monkeypatch.setattr(current, "identity", lambda at_most=300.0: asked.append(at_most) or Identity("Giga"))
    admin = sign_in("admin")
    admin.get("/admin/system")
    assert asked[0] <= 2.0
    asked.clear()
    admin.get("/admin/system/live", headers={"X-Polling": "1"})
    assert all(seconds > 2.0 for seconds in asked)  # a page left open does not use up a small account's limit


def test_workers_that_cannot_be_asked_are_not_called_none(app: Flask) -> None:
    with app.app_context():  # Redis is away
        part = processes.workers()
    assert (part.tone, part.word) == (BAD, "Unknown")
    assert part.command == processes.START_WORKER
