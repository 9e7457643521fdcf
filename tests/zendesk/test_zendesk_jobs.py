"""What a Zendesk job says about itself and about each ticket."""

from typing import Any

import pytest

from app.zendesk import Result, ZendeskJob
from app.zendesk.zendesk_jobs import read_zendesk_job

RECORDED_CONFLICT = (
    "Safe update timestamp prevented the update due to outdated ticket data. "
    "Please fetch the latest ticket data and try again."
)
"""As a job of August 2023 had it."""


def a_job(**changes: Any) -> ZendeskJob:
    raw = {"id": "V3-47ed", "status": "completed", "total": 2, "progress": 2, "message": "Completed", "results": []}
    job = read_zendesk_job(raw | changes)
    assert job
    return job


def the_result(**raw: Any) -> Result:
    results = a_job(results=[raw]).results
    assert results
    return results[0]


@pytest.mark.parametrize(
    ("status", "terminal"),
    [
        ("queued", False),
        ("working", False),
        ("completed", True),
        ("failed", True),
        ("killed", True),
        ("vaporised", True),
    ],
)
def test_is_terminal_unless_it_is_known_to_be_at_work(status: str, terminal: bool):
    assert a_job(status=status).terminal is terminal


def test_reads_a_queued_job_as_recorded():
    job = a_job(status="queued", total=100, progress=None, message=None, results=None)
    assert job == ZendeskJob("V3-47ed", "queued", total=100)


def test_reads_an_unfinished_job_as_queued():
    assert read_zendesk_job({"id": "x"}) == ZendeskJob("x", "queued")


@pytest.mark.parametrize("raw", [None, [], "x", {}, {"id": None}, {"id": ""}, {"id": 7, "status": "queued"}])
def test_is_none_without_an_id(raw: Any):
    assert read_zendesk_job(raw) is None


@pytest.mark.parametrize("results", [None, {"success": True}, "done"])
def test_results_that_are_no_list_say_nothing(results: Any):
    assert a_job(results=results).results is None
    assert a_job(results=results).by_ticket([1, 2]) == {}


def test_a_recorded_success():
    result = the_result(id=3862, action="update", status="Updated", success=True)
    assert result == Result(3862, None, ok=True)


def test_a_recorded_failure_has_no_success_key():
    result = the_result(index=0, id=1, error="TicketUpdateFailed", details="Follow Up Date: needed")
    assert result == Result(1, 0, ok=False, error="TicketUpdateFailed", details="Follow Up Date: needed")
    assert result.says_something
    assert not result.conflict
    assert not result.closed


@pytest.mark.parametrize(
    ("raw", "error"),
    [
        ({"id": 1, "success": False, "status": "Failed"}, "Failed"),
        ({"id": 1, "success": False}, "Failed"),
        ({"id": 1, "success": False, "errors": [{"description": "Status: no"}, "x"]}, "Status: no; x"),
        ({"id": 1, "success": True, "error": "TicketUpdateFailed"}, "TicketUpdateFailed"),
    ],
)
def test_other_failures_are_failures(raw: dict[str, Any], error: str):
    result = the_result(**raw)
    assert not result.ok
    assert result.error == error


@pytest.mark.parametrize(
    "raw",
    [
        {"id": 1},
        {"id": 1, "index": 0},
        {"id": 1, "status": "Updated", "action": "update"},
        {"id": 1, "success": None},
        {"id": 1, "success": "true"},
        {"id": 1, "success": 1},
    ],
)
def test_an_entry_without_an_explicit_outcome_says_nothing(raw: dict[str, Any]):
    assert not the_result(**raw).says_something
    assert a_job(results=[raw]).by_ticket([1]) == {}


@pytest.mark.parametrize(
    "raw",
    [
        {"error": "UpdateConflict"},
        {"error": "TicketUpdateFailed", "details": "Safe Update prevented the update due to outdated ticket data."},
        {"error": "DatabaseConflict", "details": "Database collision"},
        {"index": 99, "error": "UpdateConflict", "details": RECORDED_CONFLICT},
        {"error": "TicketUpdateFailed", "details": RECORDED_CONFLICT},
        {"error": "x", "details": {"base": [{"description": "safe_update: ticket is stale"}]}},
    ],
)
def test_conflicts_are_recognised_by_every_hint(raw: dict[str, Any]):
    assert the_result(id=1, **raw).conflict


@pytest.mark.parametrize(
    "raw",
    [
        {"error": "TicketUpdateFailed", "details": "Status: closed prevents ticket update"},
        {"error": "RecordInvalid", "details": {"status": [{"description": "Status: closed prevents ticket update"}]}},
        {"error": "TicketClosed"},
        {"error": "x", "details": "Ticket is closed"},
    ],
)
def test_closed_tickets_are_recognised(raw: dict[str, Any]):
    assert the_result(id=1, **raw).closed


def test_a_field_named_closed_does_not_make_a_ticket_closed():
    assert not the_result(id=1, error="RecordInvalid", details="Closed by: is required").closed


def test_success_is_neither_conflict_nor_closed():
    result = the_result(id=1, success=True, details="conflict: ticket is closed")
    assert not result.conflict
    assert not result.closed


def test_results_are_keyed_by_id_in_whatever_order_they_come():
    results = [{"id": 3, "success": True}, {"id": 1, "error": "x"}, {"id": "2", "success": True}]
    found = a_job(results=results).by_ticket([1, 2, 3])
    assert {ticket_id: result.ok for ticket_id, result in found.items()} == {1: False, 2: True, 3: True}


def test_a_failure_without_an_id_is_placed_by_its_index_and_a_success_is_not():
    results = [{"index": 1, "error": "x"}, {"index": 0, "success": True}, {"index": 9, "error": "x"}, "junk"]
    assert a_job(results=results).by_ticket([10, 20]).keys() == {20}


def test_tickets_nobody_asked_about_are_left_out():
    assert a_job(results=[{"id": 99, "success": True}]).by_ticket([1]) == {}


def test_a_ticket_of_which_both_is_said_is_left_out():
    results = [{"id": 1, "success": True}, {"id": 1, "error": "x"}, {"id": 2, "success": True}]
    assert a_job(results=results).by_ticket([1, 2]).keys() == {2}


def test_long_texts_are_cut():
    assert len(the_result(id=1, error="x", details="y" * 10_000).details or "") == 500
