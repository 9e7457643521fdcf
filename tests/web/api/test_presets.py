"""Presets in the API: saved, seen by whom they are for, run as a preview with the rights that hold then."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.account.cache.whose_eyes import OFFER_ALL
from app.audit.models import AuditEntry
from app.database import read_transaction, transaction
from app.extensions import db
from app.jobs.commands import presets
from app.jobs.models import Job
from app.jobs.presets.models import Preset
from app.sandbox import World
from app.settings import store
from app.tools import rules
from app.tools.rules import Rule
from tests.web.api.contract import Caller

OPEN = {"query": "status:open"}
TAGS: dict[str, Any] = {"tool": "tag-manager", "source": OPEN, "parameters": {"add": ["nightly"], "closed": "try"}}


@pytest.fixture(autouse=True)
def everybody_sees_all(app: Flask) -> None:
    with app.app_context():
        store.put(OFFER_ALL, True, None)


def saved(caller: Caller, **more: Any) -> dict[str, Any]:
    answer = caller.post("/presets", {**TAGS, "name": "Nightly", **more})
    assert answer.status_code == 201, answer.text
    return answer.get_json()


def names(caller: Caller) -> list[str]:
    return [each["name"] for each in caller.get("/presets").get_json()["presets"]]


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.get_json()["error"]["code"]


def test_a_preset_is_kept_as_it_was_filled_in_and_run_as_a_preview(agent: Caller, world: World, app: Flask) -> None:
    preset = saved(agent, canary=7)
    assert preset["parameters"] == {"add": ["nightly"], "remove": [], "closed": "try"}
    assert (preset["source"], preset["source_title"]) == (OPEN, "the search “status:open”")
    assert agent.get(f"/presets/{preset['id']}").get_json() == preset
    job = agent.post(f"/presets/{preset['id']}/run", headers={"Idempotency-Key": "tonight"}).get_json()
    assert (job["dry_run"], job["source"], job["parameters"]) == (True, OPEN, preset["parameters"])
    assert job["total"] == sum(ticket.status == "open" for ticket in world.tickets.values())
    again = agent.post(f"/presets/{preset['id']}/run", headers={"Idempotency-Key": "tonight"}).get_json()
    assert again["id"] == job["id"]
    run = agent.post("/jobs", {"tool": "tag-manager", "source": {"job_id": job["id"]}, "dry_run": False}).get_json()
    assert (run["status"], run["succeeded"]) == ("paused", 7), "the first tickets of the preset go first"
    with app.app_context(), read_transaction() as tx:
        actions = list(tx.scalars(select(AuditEntry.action).where(AuditEntry.object_type == "preset")))
    assert actions == ["preset.saved", "preset.run", "preset.run"]


def test_a_preset_is_for_its_owner_and_once_shared_for_all(app: Flask, agent: Caller, admin: Caller) -> None:
    other = Caller(app, "agent")
    preset = saved(agent)
    where = f"/presets/{preset['id']}"
    assert (names(agent), names(other), names(admin)) == (["Nightly"], [], [])
    assert code(other.get(where)) == code(admin.post(f"{where}/run")) == (404, "preset_not_found")
    assert agent.call("PATCH", where, json={"shared": True}).get_json()["shared"]
    assert names(other) == names(admin) == ["Nightly"]
    assert code(other.call("PATCH", where, json={"name": "Mine"})) == (403, "not_yours")
    assert code(other.call("DELETE", where)) == (403, "not_yours")
    assert admin.call("PATCH", where, json={"name": "Ours"}).get_json()["name"] == "Ours"
    assert other.post(f"{where}/run").get_json()["created_by"]["id"] == other.user.id
    assert admin.call("DELETE", where).get_json()["name"] == "Ours"
    assert names(agent) == []


def test_a_run_is_held_to_the_rights_and_limits_of_that_time(app: Flask, agent: Caller) -> None:
    preset = saved(agent)
    run = f"/presets/{preset['id']}/run"
    with app.app_context():
        rules.decide("tag-manager", {"agent": Rule(True, 5)})
    assert "5 tickets" in agent.post(run).get_json()["error"]
    with app.app_context():
        rules.decide("tag-manager", {"agent": Rule(False)})
    assert code(agent.post(run)) == (403, "tool_forbidden")
    assert code(agent.post("/presets", {**TAGS, "name": "More"})) == (403, "tool_forbidden")


def test_a_shared_preset_of_a_list_shows_nobody_the_list(app: Flask, agent: Caller, world: World) -> None:
    ids = sorted(world.tickets)[:101]
    preset = saved(agent, source={"ticket_ids": ids}, shared=True)
    assert list(preset["source"]) == ["list_id"]
    assert agent.post(f"/presets/{preset['id']}/run").get_json()["total"] == 101
    assert code(Caller(app, "agent").post(f"/presets/{preset['id']}/run")) == (404, "list_not_found")


def test_a_preset_shows_a_person_no_more_than_zendesk_would(app: Flask, agent: Caller) -> None:
    preset = saved(agent)
    with app.app_context():
        store.put(OFFER_ALL, False, None)
    assert code(agent.post(f"/presets/{preset['id']}/run")) == (403, "reach_unknown")


def test_a_preset_runs_in_its_own_account_only(app: Flask, agent: Caller) -> None:
    preset = saved(agent)
    with app.app_context(), transaction() as tx:
        tx.execute(update(Preset).values(account="other.zendesk.com"))
    answer = agent.post(f"/presets/{preset['id']}/run")
    assert code(answer) == (409, "other_account")
    assert "other.zendesk.com" in answer.get_json()["error"]["message"]
    with app.app_context():
        assert db.session.scalar(select(Job.id)) is None


@pytest.mark.parametrize(
    ("changes", "status", "what"),
    [
        ({"name": ""}, 422, "invalid"),
        ({"name": " \t"}, 422, "invalid_name"),
        ({"name": "x" * 81}, 422, "invalid"),
        ({"parameters": {"add": "a b"}}, 422, "invalid"),
        ({"source": {"view_id": 987_654}}, 404, "view_not_found"),
        ({"source": {"job_id": 1}}, 422, "frozen"),
        ({"source": {"job_id": 99, "outcomes": ["failed"]}}, 404, "source_not_found"),
        ({"source": {"list_id": 99}}, 404, "list_not_found"),
        ({"source": {"ticket_ids": ["abc"]}}, 422, "no_ticket_ids"),
        ({"strange": 1}, 422, "invalid"),
    ],
)
def test_what_does_not_fit_is_not_kept(agent: Caller, changes: dict[str, Any], status: int, what: str) -> None:
    assert code(agent.post("/presets", {**TAGS, "name": "Nightly", **changes})) == (status, what)
    assert names(agent) == []


def test_names_and_numbers_of_presets_are_limited(agent: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(presets, "MOST", 2)
    saved(agent)
    assert code(agent.post("/presets", {**TAGS, "name": " Nightly "})) == (409, "name_taken")
    saved(agent, name="Second")
    assert code(agent.post("/presets", {**TAGS, "name": "Third"})) == (409, "too_many")
    monkeypatch.setattr(presets, "LARGEST", 10)
    assert code(agent.post("/presets", {**TAGS, "name": "Third"})) == (422, "too_large")
    assert names(agent) == ["Nightly", "Second"]
