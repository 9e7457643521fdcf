"""The page of one ticket of a job: what the job did, what happened since, and which other jobs touched it."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.account.cache.whose_tickets import Reach
from app.account.connection import current
from app.auth.models import User
from app.extensions import db
from app.jobs.models import Job
from app.web.pages.jobs import ticket as page
from app.zendesk import ServerError
from tests.desk import HOST, connect
from tests.factories import make_item, make_job
from tests.pages import PageClient

STAMP = "2026-11-20T10:00:00Z"
AUDITS = [
    {"created_at": "2026-11-01T08:00:00Z", "author_id": 5, "events": [{"type": "Comment", "body": "Long ago"}]},
    {
        "created_at": "2026-11-21T08:00:00Z",
        "author_id": 77,
        "events": [
            {"type": "Comment", "body": "Thanks, it came.", "public": True},
            {"type": "Change", "field_name": "status", "previous_value": "pending", "value": "open"},
        ],
    },
]


class Desk:
    """Zendesk as far as the page asks it."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = [{"id": 7}]
        self.trouble: Exception | None = None

    def for_extras(self) -> Desk:
        return self

    def tickets(self, _ids: list[int]) -> SimpleNamespace:
        if self.trouble:
            raise self.trouble
        return SimpleNamespace(tickets=self.found)

    def audits(self, _ticket_id: int) -> list[dict[str, Any]]:
        return AUDITS


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    connect(monkeypatch)
    made = Desk()
    monkeypatch.setattr(current, "client", lambda **_: made)
    monkeypatch.setattr(page, "reach", lambda _user: Reach(everything=True))
    return made


@pytest.fixture
def agent(sign_in: Callable[..., PageClient]) -> PageClient:
    return sign_in("agent")


def tagged(app: Flask, client: PageClient) -> Job:
    with app.app_context():
        job = make_job(db.session.get_one(User, client.user_id), account=HOST, status="completed", listed_at=1.0)
        before = {"tags": ["refund"], "status": "open", "subject": "Where is my parcel?"}
        make_item(job, 7, outcome="succeeded", stamp=STAMP, before=before, after={"tags": ["refund", "late_refund"]})
        return job


def test_it_tells_what_the_job_did_what_happened_since_and_other_jobs(
    app: Flask, desk: Desk, agent: PageClient
) -> None:
    earlier, job = tagged(app, agent), tagged(app, agent)
    seen = agent.get(f"/jobs/{job.id}/tickets/7").text
    assert '<ins class="tag">late_refund</ins>' in seen
    assert "Thanks, it came." in seen
    assert "status: pending → open" in seen
    assert "Long ago" not in seen
    assert f'href="/jobs/{earlier.id}/tickets/7"' in seen


def test_trouble_at_zendesk_costs_only_its_part(app: Flask, desk: Desk, agent: PageClient) -> None:
    desk.trouble = ServerError("down", status=503)
    seen = agent.get(f"/jobs/{tagged(app, agent).id}/tickets/7").text
    assert "What happened since could not be read" in seen
    assert '<ins class="tag">late_refund</ins>' in seen


def test_what_zendesk_keeps_from_a_person_is_kept_from_them_here(
    app: Flask, desk: Desk, agent: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "reach", lambda _user: None)
    seen = agent.get(f"/jobs/{tagged(app, agent).id}/tickets/7").text
    assert "Zendesk does not show this ticket to you" in seen
    assert "Thanks, it came." not in seen


def test_only_the_jobs_own_tickets_have_a_page(app: Flask, desk: Desk, agent: PageClient) -> None:
    assert agent.get(f"/jobs/{tagged(app, agent).id}/tickets/8").status_code == 404


def test_the_table_of_tickets_leads_there(app: Flask, desk: Desk, agent: PageClient) -> None:
    job = tagged(app, agent)
    assert f'href="/jobs/{job.id}/tickets/7"' in agent.get(f"/jobs/{job.id}").text
