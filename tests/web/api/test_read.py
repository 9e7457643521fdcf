"""What the API tells: who asks, views, tags, jobs, their tickets and exports."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from app.account.budget import turns
from app.account.connection.current import current_host
from app.sandbox import World
from app.tools import ticket_csv
from app.web.api.query import next_cursor
from app.zendesk import Client, MacroPage
from app.zendesk.values import with_ids
from config import Config, ZendeskConfig
from tests.factories import make_item, make_job, make_user
from tests.pages import PageClient
from tests.web.api.contract import Caller

TOO_LARGE = 2**63
ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def test_me_is_the_owner_of_the_token(agent: Caller) -> None:
    user = agent.user
    assert agent.get("/me").get_json() == {"id": user.id, "email": user.email, "name": user.name, "role": "agent"}


def test_a_browsers_session_serves_as_well(sign_in: Callable[..., PageClient]) -> None:
    assert sign_in("admin").get("/api/v1/me").get_json()["role"] == "admin"


def test_without_a_sign_in_there_is_a_problem_and_no_page(client: PageClient) -> None:
    answer = client.get("/api/v1/jobs")
    assert answer.status_code == 401
    assert answer.get_json()["error"]["code"] == "not_signed_in"


def test_views_are_those_that_the_service_user_sees(agent: Caller, world: World) -> None:
    shown = {view["id"]: view for view in agent.get("/views").get_json()["views"]}
    titles = {view.title for view in world.views.values()}
    assert {view["title"] for view in shown.values()} < titles
    assert any(view["title"].startswith("Carrier strike") for view in shown.values())
    assert "Backlog of the summer sale 2024" not in {view["title"] for view in shown.values()}, "it is inactive"


def test_one_view_is_the_same_object_as_in_the_list(agent: Caller) -> None:
    for view in agent.get("/views").get_json()["views"]:
        assert agent.get(f"/views/{view['id']}").get_json() == view


@pytest.mark.parametrize("path", ["/views", "/views/1", "/tags?q=re"])
def test_trouble_at_zendesk_is_not_told_as_emptiness(agent: Caller, world: World, path: str) -> None:
    with world.lock:
        world.faults.add("502")
    answer = agent.get(path)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (502, "zendesk_trouble")


@pytest.mark.parametrize("view_id", [1, TOO_LARGE - 1, TOO_LARGE, "9" * 400])
def test_an_unknown_view_is_not_found(agent: Caller, view_id: object) -> None:
    assert agent.get(f"/views/{view_id}").status_code == 404


@pytest.mark.parametrize("restriction", ["weird", [1], {"type": 7, "ids": "x"}])
def test_a_view_whose_restriction_cannot_be_read_is_refused_for_that(
    agent: Caller, monkeypatch: pytest.MonkeyPatch, restriction: object
) -> None:
    give_view(monkeypatch, id=999, restriction=restriction)
    for answer in (
        agent.get("/views/999"),
        agent.post("/jobs", {"tool": "tag-manager", "source": {"view_id": 999}, "parameters": {"add": ["x"]}}),
    ):
        assert answer.status_code == 404
        assert "Who may use it cannot be read" in answer.get_json()["error"]["message"]


def test_a_view_without_a_number_has_the_one_it_was_asked_for_by(
    agent: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_view(monkeypatch, id=None)
    assert agent.get("/views/999").get_json()["id"] == 999


def give_view(monkeypatch: pytest.MonkeyPatch, **values: object) -> None:
    """Zendesk shows this view, which is in no list."""
    raw = with_ids({"title": "Odd", "active": True, "conditions": None, **values})
    monkeypatch.setattr(Client, "view", lambda _self, _view_id: raw)


def test_the_list_of_views_names_what_is_not_in_it(app: Flask, agent: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = agent.get("/views").get_json()
    assert whole["notice"] is None
    odd = ({"id": 998, "title": "Odd", "restriction": "weird"}, {"id": None, "title": "Nameless"})
    listed = [{"id": 997, "title": "Plain"}, *(with_ids({"active": True, **each}) for each in odd)]
    monkeypatch.setattr(Client, "views", lambda _self: iter(listed))
    with app.app_context():
        turns.put_off(current_host() or "", "views", 0.0)
    told = agent.get("/views").get_json()
    assert [view["id"] for view in told["views"]] == [997]
    assert told["left_out"] == 1
    assert told["notice"] == (
        "Not listed, for Zendesk gave no number for them that can be read: “Nameless”. "
        "Only for admins in Zendesk, for who may use them cannot be read: “Odd”."
    )


def test_the_list_of_macros_names_what_is_not_in_it(agent: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = {"id": 2, "title": "Odd", "active": True, "actions": [], "restriction": "weird"}
    page = MacroPage([with_ids({**odd, "restriction": None}) | {"id": 1, "title": "Plain"}, with_ids(odd)], None)
    monkeypatch.setattr(Client, "macros", lambda _self, _after=None, **_usage: page)
    told = agent.get("/macros").get_json()
    assert [macro["id"] for macro in told["macros"]] == [1]
    assert told["notice"] == "Not shown, for who may use them cannot be read: Odd."


def test_tags_are_suggested_from_two_letters_on(agent: Caller) -> None:
    assert "refund" in agent.get("/tags?q=ref").get_json()["tags"]
    assert agent.get("/tags?q=r").get_json()["tags"] == []
    assert agent.get("/tags").get_json()["tags"] == []


@pytest.mark.parametrize("path", ["/views", "/views/1", "/tags?q=re"])
def test_without_an_account_the_api_says_so(config: Config, path: str) -> None:
    caller = Caller(create_app(replace(config, zendesk=ZendeskConfig(""))))
    answer = caller.get(path)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "not_connected")


def test_a_job_is_told_bare_with_times_in_utc(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user, status="completed", total=3, succeeded=2, failed=1, finished_at=1_800_000_000.6)
    shown = agent.get(f"/jobs/{job.id}").get_json()
    assert shown["processed"] == 3
    assert shown["source"] == {"view_id": 360001}
    assert shown["finished_at"] == "2027-01-15T08:00:00Z"
    assert ISO.fullmatch(shown["created_at"])
    assert shown["started_at"] is None
    assert shown["created_by"] == {"id": agent.user.id, "email": agent.user.email, "name": agent.user.name}


def test_an_agent_sees_own_jobs_and_an_admin_all(app: Flask, agent: Caller, admin: Caller) -> None:
    with app.app_context():
        own, others = make_job(agent.user), make_job(admin.user)
    assert [job["id"] for job in agent.get("/jobs").get_json()["jobs"]] == [own.id]
    assert [job["id"] for job in admin.get("/jobs").get_json()["jobs"]] == [others.id, own.id]


@pytest.mark.parametrize("path", ["", "/tickets", "/export.csv", "/export.json"])
def test_others_jobs_answer_like_missing_ones(app: Flask, agent: Caller, admin: Caller, path: str) -> None:
    with app.app_context():
        job = make_job(admin.user)
    theirs, missing = agent.get(f"/jobs/{job.id}{path}"), agent.get(f"/jobs/{job.id + 1}{path}")
    assert theirs.status_code == missing.status_code == 404
    assert theirs.get_json()["error"]["code"] == missing.get_json()["error"]["code"]


@pytest.mark.parametrize("job_id", [0, TOO_LARGE - 1, TOO_LARGE, "9" * 400])
def test_ids_that_no_job_can_have_are_not_found(agent: Caller, database: str, job_id: object) -> None:
    assert agent.get(f"/jobs/{job_id}").status_code == 404


def test_jobs_are_paged_from_the_newest(app: Flask, agent: Caller) -> None:
    with app.app_context():
        made = [make_job(agent.user).id for _ in range(5)]
    found: list[int] = []
    cursor = ""
    while cursor is not None:
        page = agent.get(f"/jobs?limit=2&cursor={cursor}").get_json()
        assert len(page["jobs"]) <= 2
        found += [job["id"] for job in page["jobs"]]
        cursor = page["next_cursor"]
    assert found == made[::-1]


def test_jobs_can_be_filtered(app: Flask, agent: Caller) -> None:
    with app.app_context():
        make_job(agent.user, status="completed")
        paused = make_job(agent.user, status="paused")
    found = agent.get("/jobs?status=paused&tool=tag-manager&cursor=").get_json()["jobs"]
    assert [job["id"] for job in found] == [paused.id]


@pytest.mark.parametrize(
    "question",
    [
        "status=done",
        "tool=x%00",
        "limit=0",
        "limit=201",
        "limit=ten",
        "limit=²",
        "cursor=abc",
        "cursor=%00",
        "cursor=é",
    ],
)
def test_a_filter_that_does_not_fit_is_named(agent: Caller, question: str) -> None:
    answer = agent.get(f"/jobs?{question}")
    assert answer.status_code == 422
    assert list(answer.get_json()["error"]["fields"]) == [question.partition("=")[0]]


def test_a_cursor_beyond_all_jobs_is_refused(agent: Caller, database: str) -> None:
    assert agent.get(f"/jobs?cursor={next_cursor('job', 2**31 - 1)}").status_code == 200
    assert agent.get(f"/jobs?cursor={next_cursor('job', 2**31)}").status_code == 422


def test_tickets_are_paged_by_id_and_filtered_by_outcome(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user)
        for ticket_id in (9, 2, 2**40, 5):
            make_item(job, ticket_id, outcome="failed" if ticket_id == 9 else "succeeded", error=None)
    first = agent.get(f"/jobs/{job.id}/tickets?outcome=&cursor=&limit=3").get_json()
    assert [ticket["ticket_id"] for ticket in first["tickets"]] == [2, 5, 9]
    rest = agent.get(f"/jobs/{job.id}/tickets?limit=3&cursor={first['next_cursor']}").get_json()
    assert [ticket["ticket_id"] for ticket in rest["tickets"]] == [2**40]
    assert rest["next_cursor"] is None
    failed = agent.get(f"/jobs/{job.id}/tickets?outcome=failed").get_json()["tickets"]
    assert [ticket["ticket_id"] for ticket in failed] == [9]
    assert agent.get(f"/jobs/{job.id}/tickets?outcome=lost").status_code == 422


def test_a_cursor_of_another_list_is_refused(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user)
        make_job(agent.user)
    cursor = agent.get("/jobs?limit=1").get_json()["next_cursor"]
    assert agent.get(f"/jobs/{job.id}/tickets?cursor={cursor}").status_code == 422


def test_exports_hold_every_ticket(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user)
        for ticket_id in range(1, 8):
            make_item(job, ticket_id, outcome="skipped", error="closed")
    as_json = agent.get(f"/jobs/{job.id}/export.json")
    assert [ticket["ticket_id"] for ticket in as_json.get_json()["tickets"]] == list(range(1, 8))
    as_csv = agent.get(f"/jobs/{job.id}/export.csv")
    assert as_csv.headers["Content-Disposition"] == f'attachment; filename="job-{job.id}.csv"'
    rows = list(csv.DictReader(io.StringIO(as_csv.get_data().decode(), newline="")))
    assert tuple(rows[0]) == ticket_csv.HEADER
    assert [(row["ticket_id"], row["outcome"]) for row in rows] == [(str(n), "skipped") for n in range(1, 8)]
    assert all(row["reason"].endswith("(closed)") for row in rows)


def test_a_part_of_a_job_is_a_file_with_a_mark_for_excel_where_that_is_asked_for(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user)
        for ticket_id, error in ((1, "closed"), (2, "conflict"), (3, "conflict")):
            make_item(job, ticket_id, outcome="failed", error=error)
    answer = agent.get(f"/jobs/{job.id}/export.csv?outcome=failed&error=conflict&bom=1").get_data()
    assert answer.startswith("\ufeffticket_id,".encode())
    rows = list(csv.DictReader(io.StringIO(answer.decode("utf-8-sig"), newline="")))
    assert [row["ticket_id"] for row in rows] == ["2", "3"]


def test_the_list_of_jobs_is_a_file_with_the_same_filters(app: Flask, agent: Caller) -> None:
    with app.app_context():
        paused, done = make_job(agent.user, status="paused"), make_job(agent.user, status="completed")
        make_job(make_user(), status="paused")

    def listed(query: str) -> list[int]:
        answer = agent.get(f"/jobs/export.csv{query}")
        assert answer.headers["Content-Disposition"] == 'attachment; filename="jobs.csv"'
        rows = csv.DictReader(io.StringIO(answer.get_data().decode(), newline=""))
        return [int(row["job_id"]) for row in rows]

    assert listed("") == [done.id, paused.id]
    assert listed("?status=paused&tool=tag-manager") == [paused.id]
    assert agent.get("/jobs/export.csv?status=lost").status_code == 422


def test_exports_are_sent_piece_by_piece(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user)
        make_item(job, 1)
    for kind in ("csv", "json"):
        headers = {"Authorization": f"Bearer {agent.token}"}
        answer = agent.client.get(f"/api/v1/jobs/{job.id}/export.{kind}", headers=headers)
        assert "Content-Length" not in answer.headers
        assert len(list(answer.iter_encoded())) > 1
