"""What admins decide about tools: who may use them, and on how many tickets; pages, API and engine obey."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.auth.models import User
from app.database import transaction
from app.extensions import db
from app.jobs.commands import again, service
from app.jobs.commands.service import JobRefused
from app.jobs.sources.frozen import FrozenList
from app.tools import rules
from app.tools.mounted import tools
from app.tools.rules import Rule
from config import Config
from tests.desk import HOST, connect
from tests.factories import make_item, make_job, make_user
from tests.jobs.desk import Desk, desk
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
SLUG = "tag-manager"


def demote(made: Desk) -> None:
    with transaction() as tx:
        tx.execute(update(User).where(User.id == made.user.id).values(role="agent"))
    made.user.role = "agent"  # in which the next job is asked for


@pytest.mark.usefixtures("database")
def test_a_decision_takes_the_place_of_the_tools_own_roles(app: Flask) -> None:
    with app.app_context():
        agent, admin = make_user("agent"), make_user("admin")
        assert tools()[SLUG].open_to(agent)
        rules.decide(SLUG, {"agent": Rule(False, 500)})
        assert not tools()[SLUG].open_to(agent)
        assert tools()[SLUG].open_to(admin)
        assert tools()[SLUG].rule("agent") == Rule(False, 500)
        rules.decide(SLUG, {"agent": Rule(True), "admin": Rule(True, 7)})
        assert tools()[SLUG].open_to(agent)
        assert rules.cap_of(SLUG, agent.id) is None
        assert rules.cap_of(SLUG, admin.id) == (7, "admin")


def test_a_tool_that_a_role_lost_is_shut_on_every_way(
    app: Flask, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect(monkeypatch)
    client = sign_in("agent")
    with app.app_context():
        user = db.session.get_one(User, client.user_id)
        paused = make_job(user, account=HOST, status="paused", listed_at=1.0, total=3)
        done = make_job(user, account=HOST, status="completed", listed_at=1.0, total=3, failed=3)
        rules.decide(SLUG, {"agent": Rule(False)})
    assert client.get("/tools/tag-manager").status_code == 403
    assert "/tools/tag-manager" not in client.get("/").text
    assert client.submit(f"/jobs/{paused.id}/resume").status_code == 403
    assert client.submit(f"/jobs/{done.id}/retry").status_code == 403
    assert client.write(f"/api/v1/jobs/{paused.id}/resume").status_code == 403
    order = {"tool": SLUG, "source": {"view_id": 1}, "parameters": {"add": ["x"]}}
    assert client.write("/api/v1/jobs", order).status_code == 403
    assert client.submit(f"/jobs/{paused.id}/cancel").status_code == 303
    assert sign_in("admin").get("/tools/tag-manager").status_code == 200


def test_a_job_over_the_cap_fails_and_changes_nothing(config: Config) -> None:
    with desk(config) as made:
        demote(made)
        rules.decide(SLUG, {"agent": Rule(True, 5)})
        job = made.finish(made.submit())
        assert job.status == "failed"
        assert "more than 5 tickets, the most that the role agent may" in (job.error or "")
        assert not made.changes()


def test_a_job_as_large_as_the_cap_runs(config: Config) -> None:
    with desk(config) as made:
        demote(made)
        tickets = len(made.tickets_of_view())
        rules.decide(SLUG, {"agent": Rule(True, tickets), "admin": Rule(True, 1)})
        job = made.finish(made.submit())
        assert (job.status, job.total) == ("completed", tickets)


def test_a_preview_over_a_cap_that_came_later_is_not_carried_out(config: Config) -> None:
    with desk(config) as made:
        preview = made.finish(made.submit(dry_run=True))
        rules.decide(SLUG, {"admin": Rule(True, preview.total - 1)})
        with pytest.raises(JobRefused, match="raise the cap") as refused:
            made.submit(source=FrozenList(job_id=preview.id), parameters=None)
        assert (refused.value.code, refused.value.status) == ("over_cap", 403)
        rules.decide(SLUG, {"admin": Rule(True, preview.total)})
        assert made.finish(made.submit(source=FrozenList(job_id=preview.id), parameters=None)).status == "completed"


def test_a_retry_over_the_cap_is_refused(config: Config) -> None:
    with desk(config) as made:
        host = made.app.extensions["jobs"].account()
        job = make_job(made.user, account=host, status="completed", listed_at=1.0, total=3, failed=3)
        for number in (1, 2, 3):
            make_item(job, number, outcome="failed")
        rules.decide(SLUG, {"admin": Rule(True, 2)})
        for dry_run in (True, False):
            with pytest.raises(JobRefused, match="more than 2 tickets"):
                again.retry(job.id, made.user, dry_run=dry_run)


def test_the_audit_log_tells_what_people_ask_of_jobs(config: Config) -> None:
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        job = made.submit()
        service.pause(job.id)
        service.resume(job.id)
        service.cancel(job.id)
        log = list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))
        assert [entry.action for entry in log] == ["job.submitted", "job.paused", "job.resumed", "job.cancelled"]
        assert {entry.object_id for entry in log} == {str(job.id)}
        assert log[0].actor == made.user.email
        assert log[0].summary == f"Started job {job.id} of tag-manager on the tickets of view {made.view_id}."
