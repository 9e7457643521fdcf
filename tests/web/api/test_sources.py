"""What a source holds before any tool is chosen, and jobs on sources that are no view, through the API."""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs.sources import contents
from app.sandbox import World
from app.sandbox.macros import Macro
from tests.web.api.contract import Caller

OPEN = {"query": "status:open"}


def previewed(caller: Caller, source: Any) -> dict[str, Any]:
    answer = caller.post("/sources/preview", {"source": source})
    assert answer.status_code == 200, answer.get_json()
    return answer.get_json()


def test_a_source_is_told_by_status_and_age(admin: Caller, world: World) -> None:
    told = previewed(admin, {"query": "status>new"})
    tickets = [ticket for ticket in world.tickets.values() if ticket.status != "new"]
    closed = sum(ticket.status == "closed" for ticket in tickets)
    assert (told["total"], told["closed"], told["complete"]) == (len(tickets), closed, True)
    assert sum(told["statuses"].values()) + closed == told["total"]
    assert told["statuses"]["open"] == sum(ticket.status == "open" for ticket in tickets)
    assert "closed" not in told["statuses"]
    assert told["oldest"] < told["newest"]
    assert told["rejected"] == []


def test_a_large_source_is_told_as_far_as_a_person_waits(admin: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contents, "MOST_PAGES", 1)
    query = previewed(admin, {"query": "status>=new"})
    assert query["complete"] is False
    assert query["total"] > 100 >= sum(query["statuses"].values()) + query["closed"]


def test_each_kind_of_source_is_told(admin: Caller, world: World) -> None:
    view = next(view.id for view in world.views.values() if view.title.startswith("Carrier strike"))
    on_view = previewed(admin, {"view_id": view})
    order = {"tool": "tag-manager", "source": {"view_id": view}, "parameters": {"add": ["vip_now"]}}
    job = admin.post("/jobs", order).get_json()
    assert on_view["total"] == job["total"] == previewed(admin, {"job_id": job["id"]})["total"]
    earlier = previewed(admin, {"job_id": job["id"], "outcomes": ["succeeded"]})
    assert earlier["total"] == job["succeeded"]


@pytest.mark.parametrize(
    ("source", "status", "code"),
    [
        ({}, 422, "invalid"),
        ({"query": "type:user"}, 422, "invalid"),
        ({"query": 'subject:"x'}, 422, "query_refused"),
        ({"view_id": 999_999}, 404, "view_not_found"),
        ({"job_id": 999}, 404, "source_not_found"),
        ({"job_id": 2**40, "outcomes": ["failed"]}, 404, "source_not_found"),
    ],
)
def test_what_cannot_be_told_says_why(admin: Caller, source: Any, status: int, code: str) -> None:
    answer = admin.post("/sources/preview", {"source": source})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize("tool", ["tag-manager", "apply-macro-to-view"])
def test_every_tool_works_on_a_search_and_on_what_an_earlier_job_left(admin: Caller, world: World, tool: str) -> None:
    world.macros[70] = Macro(70, "Hurry", (("priority", "urgent"),), 70)
    parameters = {"add": ["found_by_search"]} if tool == "tag-manager" else {"macro_id": 70}
    first = admin.post("/jobs", {"tool": tool, "source": OPEN, "parameters": parameters}).get_json()
    assert (first["status"], first["source"], first["relation"]) == ("completed", OPEN, None), first
    assert first["total"] == sum(ticket.status == "open" for ticket in world.tickets.values())
    outcome = max(("succeeded", "failed", "unchanged"), key=lambda name: first[name])
    source = {"job_id": first["id"], "outcomes": [outcome]}
    second = admin.post("/jobs", {"tool": tool, "source": source, "parameters": parameters}).get_json()
    assert (second["relation"], second["source_job_id"]) == ("list", first["id"])
    assert (second["source"], second["total"]) == (source, first[outcome])


def test_ids_that_are_no_tickets_are_named_with_their_place(admin: Caller, world: World) -> None:
    known = min(world.tickets)
    told = admin.post("/sources/preview", {"source": {"ticket_ids": [known, "abc", 9_999_999]}}).get_json()
    assert (told["total"], told["complete"]) == (1, True)
    assert [(each["row"], each["value"]) for each in told["rejected"]] == [(2, "abc"), (0, "9999999")]
    assert "no such ticket" in told["rejected"][1]["why"]


def test_a_job_leaves_out_nothing_that_was_given(admin: Caller) -> None:
    order = {"tool": "tag-manager", "source": {"ticket_ids": [1, "abc"]}, "parameters": {"add": ["a"]}}
    answer = admin.post("/jobs", order)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (422, "no_ticket_ids")
    assert "Entry 2, “abc”" in answer.get_json()["error"]["message"]


def test_rows_bring_the_own_tags_of_each_ticket(admin: Caller, world: World) -> None:
    one, two = [number for number, ticket in sorted(world.tickets.items()) if ticket.status != "closed"][:2]
    rows = [{"ticket_id": one, "add": ["mine"]}, {"ticket_id": two, "add": ["theirs"], "remove": []}]
    job = admin.post("/jobs", {"tool": "tag-manager", "source": {"rows": rows}}).get_json()
    assert (job["status"], job["parameters"]["own"], list(job["source"])) == ("completed", True, ["list_id"])
    tickets = admin.get(f"/jobs/{job['id']}/tickets").get_json()["tickets"]
    assert [ticket["after"]["tags"][-1] for ticket in tickets] == ["mine", "theirs"]


def test_rows_are_refused_by_a_tool_that_does_not_change_tags_row_by_row(admin: Caller) -> None:
    order = {"tool": "apply-macro-to-view", "source": {"rows": [{"ticket_id": 1, "add": ["a"]}]}, "parameters": {}}
    assert "tool that changes tags" in str(admin.post("/jobs", order).get_json()["error"]["fields"])
