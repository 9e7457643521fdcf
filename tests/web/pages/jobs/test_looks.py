"""What people are asked to look at: the first tickets of a reply, and tickets whose outcome nobody could learn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.jobs.commands import service
from app.jobs.engine.recheck import Rechecked
from app.jobs.models import Job
from tests.desk import HOST, connect
from tests.factories import make_item, make_job
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
POLL = {"X-Polling": "1"}
LISTED = {"started_at": 1.0, "listed_at": 2.0}
WAITING = {"status": "paused", "canary": 5, "canary_status": "waiting", **LISTED}
ENDED = {"status": "completed", "finished_at": 3.0, **LISTED}
EVIL = "<img src=x onerror=alert(1)>"


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin")


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int, bool]]:
    """What was marked: job, ticket, whether it is there."""
    found: list[tuple[int, int, bool]] = []
    monkeypatch.setattr(service, "mark", lambda *what: found.append(what))
    return found


def job_of(app: Flask, client: PageClient, items: dict[int, dict[str, Any]], **columns: Any) -> Job:
    with app.app_context():
        job = make_job(db.session.get_one(User, client.user_id), account=HOST, writes_to_customers=True, **columns)
        for ticket_id, values in items.items():
            make_item(job, ticket_id, **values)
        return job


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_after_the_first_tickets_they_are_listed_with_links_to_continue_or_stop(app: Flask, admin: PageClient) -> None:
    items: dict[int, dict[str, Any]] = {
        1: {"outcome": "succeeded"},
        2: {"outcome": "failed", "error": "refused", "detail": EVIL},
        3: {"outcome": "unchanged"},
        4: {"outcome": "pending"},
    }
    job = job_of(app, admin, items, **WAITING, total=2391, succeeded=1, failed=1, unchanged=1)
    page = admin.get(f"/jobs/{job.id}").text
    seen = words(page)
    assert "The first 2 tickets are done: look at them, then continue" in seen
    assert "2,388 tickets wait; nothing is sent until you continue" in seen
    assert "Continue with 2,388 tickets" in seen
    assert f'action="/jobs/{job.id}/continue"' in page
    assert f'action="/jobs/{job.id}/cancel"' in page
    assert f'action="/jobs/{job.id}/resume"' not in page
    looks = page.partition('class="looks"')[2].partition("</ul>")[0]
    assert re.findall(r"/agent/tickets/(\d+)", looks) == ["1", "2"]
    assert EVIL not in page
    assert "The first 2 tickets" in admin.get(f"/jobs/{job.id}/live", headers=POLL).text


def test_a_job_that_somebody_paused_after_its_first_tickets_is_resumed(app: Flask, admin: PageClient) -> None:
    job = job_of(app, admin, {}, **{**WAITING, "canary_status": "passed"}, total=9, succeeded=5)
    page = admin.get(f"/jobs/{job.id}").text
    assert f'action="/jobs/{job.id}/resume"' in page
    assert f'action="/jobs/{job.id}/continue"' not in page


def test_elsewhere_nobody_can_continue(app: Flask, admin: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    job = job_of(app, admin, {1: {"outcome": "succeeded"}}, **WAITING, total=9, succeeded=1)
    with app.app_context():
        db.session.get_one(Job, job.id).account = "other.zendesk.com"
        db.session.commit()
    page = admin.get(f"/jobs/{job.id}").text
    assert f'action="/jobs/{job.id}/continue"' not in page
    assert "/agent/tickets/1" not in page


def test_unknown_tickets_are_listed_with_what_to_do(app: Flask, admin: PageClient) -> None:
    items = {number: {"outcome": "unknown", "error": "no_answer"} for number in (7, 8, 9)}
    job = job_of(app, admin, items, **ENDED, total=9, succeeded=6, unknown=3)
    page = admin.get(f"/jobs/{job.id}").text
    seen = words(page)
    assert "On 3 tickets the reply was sent and the answer lost" in seen
    assert "We did not send again. Open each, then mark what you found." in seen
    assert page.count(f'action="/jobs/{job.id}/mark"') == 1, "one form for all of them"
    assert page.count('type="checkbox" name="ticket_id"') == 3
    assert 'href="https://acme.zendesk.com/agent/tickets/7"' in page


@pytest.mark.parametrize(("status", "offered"), [("paused", True), ("running", False), ("failed", True)])
def test_only_a_job_at_rest_takes_marks(app: Flask, admin: PageClient, status: str, offered: bool) -> None:
    job = job_of(app, admin, {7: {"outcome": "unknown"}}, status=status, **LISTED, total=9, unknown=1)
    assert (f'action="/jobs/{job.id}/mark"' in admin.get(f"/jobs/{job.id}").text) is offered


def test_a_mark_is_passed_on_for_each_ticket_that_the_page_showed(
    app: Flask, admin: PageClient, marked: list[tuple[int, int, bool]]
) -> None:
    job = job_of(app, admin, {}, **ENDED, total=9, unknown=2)
    answer = admin.submit(f"/jobs/{job.id}/mark", {"ticket_id": ["7", "8"], "there": "yes"})
    assert (answer.status_code, answer.location) == (303, f"/jobs/{job.id}#to-check")
    admin.submit(f"/jobs/{job.id}/mark", {"ticket_id": "9", "there": "no"})
    assert marked == [(job.id, 7, True), (job.id, 8, True), (job.id, 9, False)]


def test_a_mark_must_say_what_was_found_on_tickets_that_were_shown(
    app: Flask, admin: PageClient, marked: list[tuple[int, int, bool]]
) -> None:
    job = job_of(app, admin, {}, **ENDED, total=9, unknown=2)
    assert admin.submit(f"/jobs/{job.id}/mark", {"ticket_id": "7"}).status_code == 400
    many = {"ticket_id": [str(number) for number in range(26)], "there": "yes"}
    assert admin.submit(f"/jobs/{job.id}/mark", many).status_code == 400
    assert admin.post(f"/jobs/{job.id}/mark", data={"ticket_id": "7", "there": "yes"}).status_code == 400
    assert not marked


def test_a_refused_mark_is_explained(app: Flask, admin: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_what: Any) -> Job:
        raise service.JobRefused("not_unknown", "Nothing is to be checked on ticket 7.", 409)

    monkeypatch.setattr(service, "mark", refuse)
    job = job_of(app, admin, {}, **ENDED, total=9, unknown=2)
    answer = admin.submit(f"/jobs/{job.id}/mark", {"ticket_id": "7", "there": "yes"})
    assert "Nothing is to be checked on ticket 7." in admin.get(answer.location).text


def test_others_jobs_take_no_marks(
    app: Flask, admin: PageClient, sign_in: SignIn, marked: list[tuple[int, int, bool]]
) -> None:
    job = job_of(app, admin, {}, **ENDED, total=9, unknown=2)
    other = sign_in("agent")
    assert other.submit(f"/jobs/{job.id}/mark", {"ticket_id": "7", "there": "yes"}).status_code == 404
    assert other.submit(f"/jobs/{job.id}/continue").status_code == 404
    assert not marked


def test_a_recheck_is_asked_for_and_told(
    app: Flask, admin: PageClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(service, "look_again", lambda job_id: asked.append(job_id) or Rechecked(told=2, left=0))
    items = {number: {"outcome": "unknown", "error": "set_aside"} for number in (7, 8, 9)}
    job = job_of(app, admin, items, **ENDED, total=9, succeeded=6, unknown=3)
    page = admin.get(f"/jobs/{job.id}").text
    assert f'action="/jobs/{job.id}/look"' in page
    assert "Look again at 3" in words(page)
    answer = admin.submit(f"/jobs/{job.id}/look")
    assert asked == [job.id]
    seen = words(admin.get(answer.location).text)
    assert "2 of 5 could be told now. 3 can only be told by a person" in seen
    assert sign_in("agent").submit(f"/jobs/{job.id}/look").status_code == 404
    assert asked == [job.id]
