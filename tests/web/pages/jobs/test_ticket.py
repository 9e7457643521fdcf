"""Finding a ticket number over all jobs: who did what to it, when, and what of that whom may see."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.jobs.models import JobBatch
from tests.desk import HOST, connect
from tests.factories import make_item, make_job, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
DONE = {"status": "completed", "listed_at": 1.0, "finished_at": 1_790_000_000.0, "total": 1, "succeeded": 1}
AFTER = {"tags": ["refund", "late_refund"]}


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)


@pytest.fixture
def agent(sign_in: SignIn) -> PageClient:
    return sign_in("agent", name="Ana Silva")


def person(client: PageClient) -> User:
    user = db.session.get_one(User, client.user_id)
    db.session.commit()
    return user


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.partition("<main")[2]))


def test_it_says_who_changed_what_and_when(app: Flask, agent: PageClient) -> None:
    with app.app_context():
        job = make_job(person(agent), account=HOST, **DONE)
        batch = JobBatch(job_id=job.id, lease_token=1, size=1, payload_hash="x", closed_at=1_789_000_000.0)
        db.session.add(batch)
        db.session.commit()
        make_item(job, 4711, outcome="succeeded", after=AFTER, batch_id=batch.id)
        make_item(job, 4712, outcome="succeeded", after=AFTER)
    page = agent.get("/jobs?ticket=%234711").text
    assert "Ana Silva" in text_of(page)
    assert 'datetime="2026-09-10T00:26:40Z"' in page
    assert '<ins class="tag">late_refund</ins>' in page
    assert '<span class="tag">refund</span>' in page
    assert "Changed" in text_of(page)
    assert f'href="/jobs/{job.id}?ticket=4711#tickets"' in page
    assert 'datetime="2026-09-21T14:13:20Z"' in agent.get("/jobs?ticket=4712").text


def test_agents_find_their_own_jobs_alone_and_admins_all(app: Flask, agent: PageClient, sign_in: SignIn) -> None:
    with app.app_context():
        for owner in (person(agent), make_user("agent", name="Bo Diaz")):
            make_item(make_job(owner, account=HOST, **DONE), 17, outcome="succeeded", after=AFTER)
    mine, everybodys = (text_of(client.get("/jobs?ticket=17").text) for client in (agent, sign_in("admin")))
    assert "Ana Silva" in mine
    assert "Bo Diaz" not in mine
    assert "Ana Silva" in everybodys
    assert "Bo Diaz" in everybodys


def test_a_preview_and_another_account_are_marked(app: Flask, agent: PageClient) -> None:
    with app.app_context():
        owner = person(agent)
        make_item(make_job(owner, account=HOST, dry_run=True, **DONE), 17, outcome="succeeded", after=AFTER)
        make_item(make_job(owner, account="other.zendesk.com", **DONE), 17, outcome="failed", error="closed")
    page = agent.get("/jobs?ticket=17").text
    assert "preview" in text_of(page)
    assert "Will change" in text_of(page)
    assert '<span class="account-badge">other.zendesk.com</span>' in page
    assert "The ticket is closed" in text_of(page)
    assert "other.zendesk.com/agent" not in page


def test_many_jobs_come_in_pages(app: Flask, agent: PageClient) -> None:
    with app.app_context():
        owner = person(agent)
        ids = []
        for _ in range(27):
            job = make_job(owner, account=HOST, **DONE)
            make_item(job, 17)
            ids.append(job.id)
    first = agent.get("/jobs?ticket=17").text
    assert f"ticket=17&amp;before={ids[2]}" in first
    second = agent.get(f"/jobs?ticket=17&before={ids[2]}").text
    assert re.findall(r">Job (\d+)</a>", second) == [str(ids[1]), str(ids[0])]


@pytest.mark.parametrize(
    ("typed", "says"),
    [("99", "No job of yours listed ticket #99"), ("abc", "digits only; “abc” is none"), ("9" * 30, "is none")],
)
def test_what_is_not_found_is_said(agent: PageClient, typed: str, says: str) -> None:
    assert says in text_of(agent.get(f"/jobs?ticket={typed}").text)


def test_the_list_of_jobs_has_the_box(agent: PageClient) -> None:
    assert 'name="ticket"' in agent.get("/jobs").text
