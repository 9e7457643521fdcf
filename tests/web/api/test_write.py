"""What the API does: start jobs, and pass on what people ask of them; each call against a sandbox on a real port."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.jobs.models import Job
from app.sandbox import World
from app.tools import mounted
from config import Config
from tests.factories import make_item, make_job
from tests.pages import PageClient
from tests.web.api.contract import Caller

TAG = "strike_nov_2026"
HUGE = 2**63


def view_id(world: World) -> int:
    """A view with open tickets only, few enough to be tagged at once."""
    return next(view.id for view in world.views.values() if view.title.startswith("Carrier strike"))


def body(world: World, **changes: Any) -> dict[str, Any]:
    tagging = {"tool": "tag-manager", "source": {"view_id": view_id(world)}, "parameters": {"add": [TAG]}}
    return {**tagging, **changes}


def tagged(world: World) -> int:
    return sum(TAG in ticket.tags for ticket in world.tickets.values())


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_job_is_a_dry_run_unless_told_otherwise(agent: Caller, world: World) -> None:
    answer = agent.post("/jobs", body(world))
    job = answer.get_json()
    assert answer.status_code == 201
    assert (job["dry_run"], job["status"]) == (True, "completed")
    assert job["total"] > 0
    assert job["parameters"] == {"add": [TAG], "remove": []}
    assert answer.headers["Location"] == f"/api/v1/jobs/{job['id']}"
    assert tagged(world) == 0


def test_a_dry_run_is_carried_out_on_exactly_its_list(agent: Caller, world: World) -> None:
    preview = agent.post("/jobs", body(world)).get_json()
    order = {"tool": "tag-manager", "source": {"job_id": preview["id"]}, "dry_run": False}
    answer = agent.post("/jobs", {**order, "expected_total": preview["total"]})
    job = answer.get_json()
    assert answer.status_code == 201
    assert job["source"] == {"job_id": preview["id"]}
    assert (job["total"], job["succeeded"]) == (preview["total"], preview["succeeded"])
    assert tagged(world) == job["succeeded"] > 0


def test_what_does_not_end_at_once_is_accepted(app: Flask, agent: Caller, world: World) -> None:
    app.extensions["jobs"] = replace(app.extensions["jobs"], sync_ticket_limit=0)
    answer = agent.post("/jobs", body(world, dry_run=False))
    assert answer.status_code == 202
    assert answer.get_json()["status"] != "completed"


def test_a_jobs_view_is_known_by_its_title(app: Flask, agent: Caller, world: World) -> None:
    job_id = agent.post("/jobs", body(world)).get_json()["id"]
    with app.app_context():
        assert db.session.get_one(Job, job_id).source_title == world.views[view_id(world)].title


def test_another_number_than_expected_changes_nothing(agent: Caller, world: World) -> None:
    answer = agent.post("/jobs", body(world, dry_run=False, expected_total=1))
    assert problem(answer) == (409, "not_as_expected")
    assert tagged(world) == 0


def test_the_same_key_answers_with_the_same_job(agent: Caller, admin: Caller, world: World) -> None:
    key = {"Idempotency-Key": "nightly 2026-11-24"}
    first = agent.post("/jobs", body(world), headers=key).get_json()
    again = agent.post("/jobs", body(world), headers=key)
    assert (again.status_code, again.get_json()["id"]) == (201, first["id"])
    assert admin.post("/jobs", body(world), headers=key).get_json()["id"] != first["id"], "keys are each person's own"
    assert agent.post("/jobs", body(world)).get_json()["id"] != first["id"]


def test_the_same_key_answers_also_when_the_view_has_gone(agent: Caller, world: World) -> None:
    key = {"Idempotency-Key": "once"}
    order = body(world)
    first = agent.post("/jobs", order, headers=key).get_json()
    del world.views[view_id(world)]
    assert agent.post("/jobs", order, headers=key).get_json()["id"] == first["id"]


@pytest.mark.parametrize(
    "changes",
    [
        {"parameters": {"add": [TAG], "remove": ["old"]}},
        {"parameters": {"add": ["another"]}},
        {"source": {"view_id": 7}},
        {"dry_run": False},
        {"expected_total": 3},
        {"canary": 2},
        {"accept_current_user": True},
    ],
)
def test_the_same_key_with_another_request_is_refused(agent: Caller, world: World, changes: dict[str, Any]) -> None:
    key = {"Idempotency-Key": "once"}
    first = agent.post("/jobs", body(world), headers=key).get_json()
    assert problem(agent.post("/jobs", body(world, **changes), headers=key)) == (409, "key_reused")
    assert agent.post("/jobs", body(world, dry_run=True), headers=key).get_json()["id"] == first["id"]
    assert len(agent.get("/jobs").get_json()["jobs"]) == 1


def test_a_key_of_a_job_is_none_of_its_retry(app: Flask, agent: Caller, world: World) -> None:
    key = {"Idempotency-Key": "once"}
    agent.post("/jobs", body(world), headers=key)
    old = failed_job(app, agent, world)
    assert problem(agent.post(f"/jobs/{old.id}/retry", headers=key)) == (409, "key_reused")


@pytest.mark.parametrize("key", ["", "x" * 256, "naïve"])
def test_a_key_that_does_not_fit_is_refused(agent: Caller, world: World, key: str) -> None:
    answer = agent.post("/jobs", body(world), headers={"Idempotency-Key": key})
    assert problem(answer) == (422, "invalid")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"tool": "tag-remover"}, "tool"),
        ({"tool": None}, "tool"),
        ({"tool": ["tag-manager"]}, "tool"),
        ({"dry_run": "false"}, "dry_run"),
        ({"dry_run": 0}, "dry_run"),
        ({"dry_run": None}, "dry_run"),
        ({"dryrun": False}, "dryrun"),
        ({"expected_total": True}, "expected_total"),
        ({"expected_total": 3.0}, "expected_total"),
        ({"expected_total": -1}, "expected_total"),
        ({"expected_total": 2**31}, "expected_total"),
        ({"canary": "0"}, "canary"),
        ({"canary": -1}, "canary"),
        ({"canary": 1.0}, "canary"),
        ({"canary": True}, "canary"),
        ({"accept_current_user": 1}, "accept_current_user"),
        ({"source": None}, "source"),
        ({"source": 360}, "source"),
        ({"source": {}}, "source"),
        ({"source": {"view_id": 1, "job_id": 1}}, "source"),
        ({"source": {"view_id": True}}, "source.view_id"),
        ({"source": {"view_id": "1"}}, "source.view_id"),
        ({"source": {"view_id": 0}}, "source.view_id"),
        ({"source": {"view_id": HUGE}}, "source.view_id"),
        ({"source": {"job_id": HUGE}}, "source.job_id"),
        ({"source": {"view": 1}}, "source.view"),
        ({"parameters": None}, "parameters"),
        ({"parameters": [TAG]}, "parameters"),
        ({"parameters": {}}, "parameters.add"),
        ({"parameters": {"add": TAG}}, "parameters.add"),
        ({"parameters": {"add": ["Late Refund"]}}, "parameters.add"),
        ({"parameters": {"add": ["\ud800"]}}, "parameters.add"),
        ({"parameters": {"add": ["a\0b"]}}, "parameters.add"),
        ({"parameters": {"tags": [TAG]}}, "parameters.tags"),
    ],
)
def test_what_does_not_fit_is_refused_by_name(agent: Caller, world: World, changes: dict[str, Any], field: str) -> None:
    answer = agent.post("/jobs", body(world, **changes))
    assert problem(answer) == (422, "invalid")
    assert field in answer.get_json()["error"]["fields"]
    assert agent.get("/jobs").get_json()["jobs"] == []


def test_everything_that_does_not_fit_is_said_at_once(agent: Caller) -> None:
    fields = agent.post("/jobs", {"dry_run": 1, "now": 1}).get_json()["error"]["fields"]
    assert set(fields) == {"tool", "source", "dry_run", "now"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"tag-manager"',
        '{"tool": NaN}',
        '{"tool": "a", "tool": "b"}',
        '{"parameters": {"add": [], "add": []}}',
        '{"\\ud800": 1}',
        "[" * 100_000,
        '{"expected_total": ' + "9" * 5_000 + "}",
        b"\xff\xfe{",
    ],
)
def test_what_is_no_json_object_is_a_problem(agent: Caller, text: str | bytes) -> None:
    answer = agent.post("/jobs", data=text, content_type="application/json")
    assert problem(answer) == (400, "bad_json")


def test_only_json_is_taken(agent: Caller, world: World) -> None:
    order = json.dumps(body(world))
    assert agent.post("/jobs", data=order, content_type="text/plain").status_code == 415
    assert agent.post("/jobs", data=order).status_code == 415
    assert agent.post("/jobs", data={"tool": "tag-manager"}).status_code == 415
    assert agent.post("/jobs", data=order, content_type="application/json; charset=utf-8").status_code == 201


def test_too_much_is_refused(agent: Caller) -> None:
    answer = agent.post("/jobs", data="[" * (18 * 1024 * 1024), content_type="application/json")
    assert problem(answer) == (413, "too_large")


def test_a_view_that_is_not_there_starts_nothing(agent: Caller, world: World) -> None:
    for unknown in (7, HUGE - 1):
        answer = agent.post("/jobs", body(world, source={"view_id": unknown}))
        assert problem(answer) == (404, "view_not_found")
    assert agent.get("/jobs").get_json()["jobs"] == []


def test_a_view_that_depends_on_who_looks_must_be_accepted(agent: Caller, world: World) -> None:
    whose = next(view.id for view in world.views.values() if view.title == "My open tickets")
    order = body(world, source={"view_id": whose})
    assert agent.post("/jobs", order).status_code == 201, "a dry run shows whose tickets are meant"
    refused = agent.post("/jobs", {**order, "dry_run": False})
    assert problem(refused) == (409, "depends_on_current_user")
    assert "Giga Tools Service" in refused.get_json()["error"]["message"]
    assert tagged(world) == 0
    assert agent.post("/jobs", {**order, "dry_run": False, "accept_current_user": True}).status_code == 201


def test_others_dry_runs_answer_like_missing_ones(agent: Caller, admin: Caller, world: World, database: str) -> None:
    preview = admin.post("/jobs", body(world)).get_json()
    for job_id in (preview["id"], preview["id"] + 9, 2**31, HUGE - 1):
        answer = agent.post("/jobs", {"tool": "tag-manager", "source": {"job_id": job_id}, "dry_run": False})
        assert problem(answer) == (404, "source_not_found")
    assert tagged(world) == 0


def test_a_tool_that_is_not_for_the_role_is_refused(
    app: Flask, agent: Caller, admin: Caller, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    for_admins = replace(mounted.tools(app)["tag-manager"], roles=frozenset({"admin"}))
    with app.app_context():
        job = make_job(agent.user, status="paused")
        ended = make_job(agent.user, status="completed", total=1, failed=1)
        make_item(ended, 5, outcome="failed", error="refused")
    monkeypatch.setitem(mounted.tools(app), "tag-manager", for_admins)
    assert problem(agent.post("/jobs", body(world))) == (403, "tool_forbidden")
    assert problem(agent.post(f"/jobs/{job.id}/resume")) == (403, "tool_forbidden")
    assert problem(agent.post(f"/jobs/{ended.id}/retry")) == (403, "tool_forbidden")
    assert admin.post("/jobs", body(world)).status_code == 201


def test_a_job_is_paused_resumed_and_cancelled(app: Flask, agent: Caller, world: World) -> None:
    app.extensions["jobs"] = replace(app.extensions["jobs"], sync_ticket_limit=0)
    job_id = agent.post("/jobs", body(world, dry_run=False)).get_json()["id"]
    statuses = []
    for command in ("pause", "resume", "cancel"):
        answer = agent.post(f"/jobs/{job_id}/{command}")
        assert answer.status_code == 202
        statuses.append(answer.get_json()["status"])
    assert statuses[0] == "paused"
    assert statuses[1] in ("queued", "collecting", "running")
    assert statuses[2] in ("cancelling", "cancelled")
    assert tagged(world) == 0


def test_a_command_that_comes_too_late_is_refused(agent: Caller, world: World) -> None:
    job_id = agent.post("/jobs", body(world)).get_json()["id"]
    for command in ("pause", "resume", "cancel", "retry", "continue"):
        assert agent.post(f"/jobs/{job_id}/{command}").status_code == 409


def open_ticket(world: World) -> int:
    return next(number for number, ticket in world.tickets.items() if ticket.status == "open")


def failed_job(app: Flask, agent: Caller, world: World) -> Job:
    """A job of the agent that has ended; Zendesk refused one of its two tickets."""
    ticket_id = open_ticket(world)
    with app.app_context():
        account = str(app.extensions["jobs"].account())
        counts = {"total": 2, "failed": 1, "succeeded": 1, "parameters": {"add": [TAG], "remove": []}}
        old = make_job(agent.user, account=account, status="completed", listed_at=1.0, **counts)
        make_item(old, ticket_id, outcome="failed", error="refused")
        make_item(old, ticket_id + 1, outcome="succeeded")
    return old


def test_failed_tickets_are_tried_again_in_a_new_job(app: Flask, agent: Caller, world: World) -> None:
    ticket_id = open_ticket(world)
    old = failed_job(app, agent, world)
    key = {"Idempotency-Key": "again"}
    answer = agent.post(f"/jobs/{old.id}/retry", headers=key)
    preview = answer.get_json()
    assert (answer.status_code, preview["status"], preview["dry_run"]) == (201, "completed", True)
    assert (preview["relation"], preview["source_job_id"], preview["total"]) == ("retry", old.id, 1)
    assert tagged(world) == 0
    assert agent.post(f"/jobs/{old.id}/retry", headers=key).get_json()["id"] == preview["id"]
    [ticket] = agent.get(f"/jobs/{preview['id']}/tickets").get_json()["tickets"]
    assert ticket["ticket_id"] == ticket_id
    tags = list(world.tickets[ticket_id].tags)
    assert ticket["before"]["tags"] == tags
    assert ticket["changed_since"]["tags"] == {"was": ["refund"], "is": tags}
    run = agent.post("/jobs", {"tool": "tag-manager", "source": {"job_id": preview["id"]}, "dry_run": False}).get_json()
    assert (run["relation"], run["source_job_id"], run["succeeded"]) == ("run", preview["id"], 1)
    assert tagged(world) == 1
    for dry_run in (True, False):
        used = agent.post(f"/jobs/{old.id}/retry", {"dry_run": dry_run})
        assert problem(used) == (409, "nothing_failed")


def test_a_retry_at_once_must_be_asked_for(app: Flask, agent: Caller, world: World) -> None:
    old = failed_job(app, agent, world)
    answer = agent.post(f"/jobs/{old.id}/retry", {"dry_run": False, "expected_total": 2})
    assert problem(answer) == (409, "not_as_expected")
    assert tagged(world) == 0
    answer = agent.post(f"/jobs/{old.id}/retry", {"dry_run": False, "expected_total": 1})
    job = answer.get_json()
    assert (answer.status_code, job["dry_run"], job["relation"], job["succeeded"]) == (201, False, "retry", 1)
    assert tagged(world) == 1


@pytest.mark.parametrize("wrong", [{"dry_run": "no"}, {"dry_run": None}, {"canary": -1}, {"tool": "tag-manager"}])
def test_a_retry_that_does_not_fit_starts_nothing(
    app: Flask, agent: Caller, world: World, wrong: dict[str, Any]
) -> None:
    old = failed_job(app, agent, world)
    assert problem(agent.post(f"/jobs/{old.id}/retry", wrong)) == (422, "invalid")
    assert len(agent.get("/jobs").get_json()["jobs"]) == 1


@pytest.mark.parametrize("command", ["cancel", "pause", "resume", "retry", "continue"])
def test_others_jobs_take_no_commands(app: Flask, agent: Caller, admin: Caller, command: str) -> None:
    with app.app_context():
        job = make_job(admin.user, status="paused")
    assert problem(agent.post(f"/jobs/{job.id}/{command}")) == (404, "job_not_found")


def test_a_job_of_another_account_is_left_alone(app: Flask, agent: Caller) -> None:
    with app.app_context():
        job = make_job(agent.user, status="paused", account="elsewhere.zendesk.com")
    answer = agent.post(f"/jobs/{job.id}/resume")
    assert problem(answer) == (409, "other_account")
    assert "elsewhere.zendesk.com" in answer.get_json()["error"]["message"]


def test_a_session_needs_its_csrf_header_and_a_token_does_not(
    app: Flask, sign_in: Callable[..., PageClient], world: World
) -> None:
    client = sign_in("agent")
    refused = client.post("/api/v1/jobs", json=body(world))
    assert problem(refused) == (400, "csrf")
    assert client.write("/api/v1/jobs", body(world)).status_code == 201
    with app.app_context():
        user = db.session.get_one(User, client.user_id)
    assert Caller(app, user=user).post("/jobs", body(world)).status_code == 201


def test_while_zendesk_is_away_a_job_waits_for_it(config: Config, agent: Caller, world: World) -> None:
    from app import create_app

    away = create_app(replace(config, zendesk=replace(config.zendesk, base_url="http://127.0.0.1:1")))
    answer = Caller(away, user=agent.user).post("/jobs", body(world))
    assert answer.status_code == 202
    job = answer.get_json()
    assert job["status"] in ("queued", "collecting")
    assert job["waiting_for"]
    assert job["wake_at"]
