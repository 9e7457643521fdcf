"""Carrying out a tag job: many tickets, or mails in production, take the number of tickets, typed."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.jobs.commands import service
from app.jobs.models import Job
from app.tools import confirming
from tests.desk import HOST, connect, make_account, make_view
from tests.factories import make_item
from tests.pages import PageClient
from tests.tools.tag_manager.test_routes import (
    FORM,
    SUMMARY,
    agent,
    preview_of,
    submitted,
    words,
)

__all__ = ["agent", "submitted"]

MAILS = {
    "known": True,
    "sentence": "1 trigger may run: 1 sends e-mail (Notify requester).",
    "groups": [
        {
            "kind": "named",
            "title": "Their conditions name what this changes",
            "triggers": [{"title": "Notify requester", "mails": True, "calls": False}],
        }
    ],
}
QUIET = MAILS | {"groups": [], "sentence": "No trigger runs on this."}
UNREAD = MAILS | {"known": False, "groups": []}


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, make_view())


def small(app: Flask, client: PageClient, triggers: dict[str, Any]) -> Job:
    return preview_of(app, client, total=12, summary=SUMMARY | {"change": 12, "triggers": triggers})


def confirmation(job: Job, **more: str) -> dict[str, str]:
    return {"source_job_id": str(job.id), "expected_total": str(job.total), "token": "abc", **more}


def test_many_tickets_take_their_number_typed(
    app: Flask, agent: PageClient, submitted: list[service.Submission]
) -> None:
    job = preview_of(app, agent)
    assert "Type 3,180 to tag them" in words(agent.get(f"/jobs/{job.id}").text)
    wrong = agent.submit(f"{FORM}/apply", confirmation(job, typed="3181"))
    assert wrong.status_code == 422
    assert "Nothing was sent. Type 3,180, the number of tickets that are tagged." in words(wrong.text)
    assert 'value="3181"' in wrong.text
    assert not submitted
    assert agent.submit(f"{FORM}/apply", confirmation(job, typed="3,180")).status_code == 303
    assert len(submitted) == 1


def test_the_number_is_an_admins(app: Flask, agent: PageClient, submitted: list[service.Submission]) -> None:
    job = preview_of(app, agent)
    with app.app_context():
        confirming.decide_type_above(5_000, agent.user_id)
    assert 'name="typed"' not in agent.get(f"/jobs/{job.id}").text
    assert agent.submit(f"{FORM}/apply", confirmation(job)).status_code == 303
    assert len(submitted) == 1


@pytest.mark.parametrize(("triggers", "typed"), [(MAILS, True), (QUIET, False), (UNREAD, True)])
def test_in_production_mails_take_it_too(app: Flask, agent: PageClient, triggers: dict[str, Any], typed: bool) -> None:
    page = agent.get(f"/jobs/{small(app, agent, triggers).id}").text
    assert triggers["sentence"] in page
    assert ('name="typed"' in page) is typed


def test_elsewhere_mails_reach_nobody_who_minds(app: Flask, agent: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, connected=make_account("127.0.0.1:9000"))
    with app.app_context():
        assert confirming.must_type(small(app, agent, MAILS)) is None


def test_a_script_need_not_state_the_number(app: Flask, agent: PageClient) -> None:
    """Scripts rely on an optional expected_total; a wrong one is refused."""
    job = small(app, agent, MAILS)
    body = {"tool": "tag-manager", "source": {"job_id": job.id}, "dry_run": False}
    with app.app_context():
        for ticket_id in range(1, job.total + 1):
            make_item(job, ticket_id)
    refused = agent.write("/api/v1/jobs", {**body, "expected_total": job.total + 1})
    assert refused.status_code == 409
    assert agent.write("/api/v1/jobs", body).status_code in (201, 202)
    assert job.account == HOST
