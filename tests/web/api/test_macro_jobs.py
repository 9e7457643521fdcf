"""Macro jobs by API: who may start one that writes to customers, the look after the first tickets, and marks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.jobs.models import Job
from app.sandbox import World
from app.sandbox.macros import Macro
from tests.factories import make_item, make_job
from tests.pages import PageClient
from tests.web.api.contract import Caller

TOOL = "apply-macro-to-view"
TEXT = ("comment_value", "Your parcel is on its way.")
PUBLIC, NOTE, MINE = 101, 102, 103
FORBIDDEN = (403, "public_replies_forbidden")


@pytest.fixture(autouse=True)
def macros(world: World) -> None:
    listed = {
        PUBLIC: (TEXT, ("comment_mode_is_public", "true")),
        NOTE: (TEXT, ("comment_mode_is_public", "false")),
        MINE: (("assignee_id", "current_user"),),
    }
    with world.lock:
        for number, actions in listed.items():
            world.macros[number] = Macro(number, f"Macro {number}", actions, number)


@pytest.fixture
def trusted(app: Flask) -> Caller:
    """An admin's token that may write to customers."""
    return Caller(app, "admin", public_replies=True)


def body(world: World, macro: int = PUBLIC, **changes: Any) -> dict[str, Any]:
    view = next(view.id for view in world.views.values() if view.title.startswith("Carrier strike"))
    return {"tool": TOOL, "source": {"view_id": view}, "parameters": {"macro_id": macro}, **changes}


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def comments(world: World) -> int:
    return sum(change.comment is not None for change in world.ledger.changes)


def account_of(app: Flask) -> str:
    with app.app_context():
        return str(app.extensions["jobs"].account())


def job_of(app: Flask, caller: Caller, **columns: Any) -> Job:
    about = {"tool": TOOL, "account": account_of(app), "parameters": {"macro_id": PUBLIC}, "writes_to_customers": True}
    with app.app_context():
        return make_job(caller.user, **{**about, "snapshot_version": "v", **columns})


def test_agents_may_not_apply_macros(agent: Caller, world: World) -> None:
    assert problem(agent.post("/jobs", body(world))) == (403, "tool_forbidden")


def test_a_public_reply_stops_after_five_and_goes_on_when_told(trusted: Caller, world: World) -> None:
    answer = trusted.post("/jobs", body(world, dry_run=False))
    job = answer.get_json()
    assert answer.status_code == 202
    assert (job["status"], job["succeeded"]) == ("paused", 5)
    assert "first 5 tickets" in job["waiting_for"]
    assert comments(world) == 5
    assert problem(trusted.post(f"/jobs/{job['id']}/resume")) == (409, "wants_a_look")
    assert trusted.post(f"/jobs/{job['id']}/continue").status_code == 202
    done = trusted.get(f"/jobs/{job['id']}").get_json()
    assert (done["status"], done["succeeded"]) == ("completed", comments(world))
    assert problem(trusted.post(f"/jobs/{job['id']}/continue")) == (409, "not_waiting")


@pytest.mark.parametrize(
    ("macro", "canary", "first"), [(PUBLIC, 0, None), (PUBLIC, 2, 2), (NOTE, None, None), (NOTE, 3, 3)]
)
def test_how_many_go_first_can_be_said(
    trusted: Caller, world: World, macro: int, canary: int | None, first: int | None
) -> None:
    job = trusted.post("/jobs", body(world, macro, dry_run=False, canary=canary)).get_json()
    assert job["status"] == ("paused" if first else "completed")
    assert comments(world) == job["succeeded"]
    assert first in (None, job["succeeded"])


def test_a_token_without_leave_previews_but_does_not_write_to_customers(admin: Caller, world: World) -> None:
    refused = admin.post("/jobs", body(world, dry_run=False))
    assert problem(refused) == FORBIDDEN
    assert "which this token may not" in refused.get_json()["error"]["message"]
    preview = admin.post("/jobs", body(world)).get_json()
    assert preview["status"] == "completed"
    carried_out = {"tool": TOOL, "source": {"job_id": preview["id"]}, "dry_run": False}
    assert problem(admin.post("/jobs", carried_out)) == FORBIDDEN
    assert comments(world) == 0
    assert admin.post("/jobs", body(world, NOTE, dry_run=False)).status_code == 201, "a note reaches no customer"


@pytest.mark.parametrize("command", ["resume", "retry", "continue"])
def test_nor_does_it_let_others_replies_go_on(app: Flask, admin: Caller, trusted: Caller, command: str) -> None:
    status = {"resume": "paused", "retry": "completed", "continue": "paused"}[command]
    job = job_of(app, trusted, status=status, total=9, failed=1, listed_at=1.0)
    if command == "retry":
        with app.app_context():
            make_item(job, 7, outcome="failed")
    asked = {"dry_run": False} if command == "retry" else {}
    assert problem(admin.post(f"/jobs/{job.id}/{command}", asked)) == FORBIDDEN


def test_a_preview_may_be_resumed_with_any_token(app: Flask, admin: Caller) -> None:
    job = job_of(app, admin, status="paused", dry_run=True)
    assert problem(admin.post(f"/jobs/{job.id}/retry")) == (409, "not_ended")


def test_a_person_in_the_browser_may_write_to_customers(sign_in: Callable[..., PageClient], world: World) -> None:
    answer = sign_in("admin").write("/api/v1/jobs", body(world, dry_run=False, canary=1))
    assert (answer.status_code, answer.get_json()["succeeded"]) == (202, 1)


def test_a_macro_that_depends_on_who_applies_it_must_be_accepted(admin: Caller, world: World) -> None:
    order = body(world, MINE, dry_run=False)
    assert problem(admin.post("/jobs", order)) == (409, "depends_on_current_user")
    answer = admin.post("/jobs", {**order, "accept_current_user": True})
    assert answer.status_code == 201
    assert answer.get_json()["succeeded"] > 0


@pytest.mark.parametrize(
    ("parameters", "field"),
    [({}, "macro_id"), ({"macro_id": 0}, "macro_id"), ({"macro_id": True}, "macro_id"), ({"macro": 1}, "macro")],
)
def test_parameters_that_do_not_fit_are_refused_by_name(
    admin: Caller, world: World, parameters: dict[str, Any], field: str
) -> None:
    answer = admin.post("/jobs", {**body(world), "parameters": parameters})
    assert problem(answer) == (422, "invalid")
    assert f"parameters.{field}" in answer.get_json()["error"]["fields"]


def test_a_macro_that_cannot_be_applied_starts_nothing(admin: Caller, world: World) -> None:
    assert problem(admin.post("/jobs", body(world, 424_242))) == (422, "unusable")
    assert admin.get("/jobs").get_json()["jobs"] == []


def test_what_somebody_found_is_marked_and_what_is_not_there_can_be_retried(
    app: Flask, admin: Caller, trusted: Caller
) -> None:
    job = job_of(app, admin, status="completed", total=2, unknown=2, listed_at=1.0)
    with app.app_context():
        for ticket in (7, 8):
            make_item(job, ticket, outcome="unknown", error="no_answer")
    assert admin.post(f"/jobs/{job.id}/tickets/7/mark", {"there": True}).get_json()["succeeded"] == 1
    marked = admin.post(f"/jobs/{job.id}/tickets/8/mark", {"there": False})
    assert (marked.status_code, marked.get_json()["failed"], marked.get_json()["unknown"]) == (202, 1, 0)
    outcomes = {
        each["ticket_id"]: each["outcome"] for each in admin.get(f"/jobs/{job.id}/tickets").get_json()["tickets"]
    }
    assert outcomes == {7: "succeeded", 8: "failed"}
    assert problem(admin.post(f"/jobs/{job.id}/tickets/7/mark", {"there": True})) == (409, "not_unknown")
    assert trusted.get(f"/jobs/{job.id}").get_json()["processed"] == 2


@pytest.mark.parametrize("wrong", [{}, {"there": "yes"}, {"there": None}, {"there": True, "sure": True}])
def test_a_mark_must_say_what_was_found(app: Flask, admin: Caller, wrong: dict[str, Any]) -> None:
    job = job_of(app, admin, status="completed", total=1, unknown=1)
    answer = admin.post(f"/jobs/{job.id}/tickets/7/mark", wrong)
    assert problem(answer) == (422, "invalid")
    assert answer.get_json()["error"]["message"].startswith("Nothing was marked")


def test_a_job_under_way_takes_no_marks_and_others_jobs_none_at_all(app: Flask, admin: Caller, agent: Caller) -> None:
    job = job_of(app, admin, status="running", total=1, unknown=1, lease_token=1, lease_expires_at=9e9)
    assert problem(admin.post(f"/jobs/{job.id}/tickets/7/mark", {"there": True})) == (409, "under_way")
    assert problem(agent.post(f"/jobs/{job.id}/tickets/7/mark", {"there": True})) == (404, "job_not_found")
