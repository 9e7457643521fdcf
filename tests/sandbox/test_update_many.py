"""update_many and Zendesk's jobs: both forms, results, conflicts, and how many at once."""

from typing import Any

import pytest

from app.sandbox.times import iso
from tests.sandbox.desk import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def open_ids(desk: Desk, number: int) -> list[int]:
    return [ticket.id for ticket in desk.tickets(status="open")[:number]]


def batch(desk: Desk, *changes: dict[str, Any]) -> Any:
    answer = desk.put("/tickets/update_many.json", {"tickets": list(changes)})
    return (answer.json or {})["job_status"]


def by_id(job: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {entry["id"]: entry for entry in job["results"]}


def succeeded(job: dict[str, Any]) -> set[int]:
    return {number for number, entry in by_id(job).items() if entry.get("success") is True}


def test_a_job_goes_from_queued_over_working_to_completed(desk: Desk):
    ids = open_ids(desk, 100)
    job = desk.update_many(ids, {"additional_tags": ["done"]})
    assert job["id"].startswith("V3-")
    assert len(job["id"]) == 35
    assert job == {
        **job,
        "job_type": "Bulk Update Ticket",
        "total": 100,
        "progress": None,
        "status": "queued",
        "message": None,
        "results": None,
    }
    assert job["url"].endswith(f"/api/v2/job_statuses/{job['id']}.json")
    desk.clock.forward(6)
    working = desk.get(f"/job_statuses/{job['id']}")["job_status"]
    assert working["status"] == "working"
    assert 10 < working["progress"] < 90
    assert working["message"] == f"Updating ticket #{working['progress']}"
    assert working["results"] is None
    tagged = len(desk.tickets(tag="done"))
    assert tagged == working["progress"]
    desk.clock.forward(8)
    done = desk.get(f"/job_statuses/{job['id']}")["job_status"]
    assert (done["status"], done["progress"], done["total"]) == ("completed", 100, 100)
    assert done["message"].startswith("Completed at 20")
    assert done["message"].endswith(" +0000")
    assert by_id(done)[ids[0]] == {"id": ids[0], "action": "update", "status": "Updated", "success": True}
    assert succeeded(done) == set(ids)


def test_tickets_change_one_after_the_other_at_their_own_times(desk: Desk):
    ids = open_ids(desk, 100)
    desk.finished(desk.update_many(ids, {"additional_tags": ["done"]}))
    times = [change.at for change in desk.world.ledger.changes]
    assert [change.ticket_id for change in desk.world.ledger.changes] == ids
    assert times == sorted(times)
    assert 8 < times[-1] - times[0] < 13
    assert {desk.world.tickets[number].updated_at for number in ids} == {int(at) for at in times}


def test_small_jobs_take_less_time_than_large_ones(desk: Desk):
    job = desk.update_many(open_ids(desk, 1), {"priority": "urgent"})
    desk.clock.forward(4.5)
    assert desk.get(f"/job_statuses/{job['id']}")["job_status"]["status"] == "completed"


def test_tags_are_added_and_removed_in_one_bulk_request(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    desk.finished(desk.update_many([ticket.id], {"additional_tags": ["New Tag"], "remove_tags": ["RETURNS"]}))
    assert {"new", "tag"} < set(ticket.tags)
    assert "returns" not in ticket.tags
    assert ticket.fields[desk.world.fields.named("Contact reason").id] is None


def test_refused_tickets_do_not_stop_a_job_and_have_no_success_key(desk: Desk):
    closed, fine = desk.tickets(status="closed")[0].id, open_ids(desk, 1)[0]
    job = desk.finished(desk.update_many([closed, 1, fine], {"additional_tags": ["x"]}))
    assert (job["status"], job["progress"]) == ("completed", 3)
    entries = by_id(job)
    assert entries[closed] == {
        "index": 0,
        "id": closed,
        "error": "TicketUpdateFailed",
        "details": "Status: closed prevents ticket update",
    }
    assert entries[1] == {"index": 1, "id": 1, "error": "RecordNotFound", "details": "Not found"}
    assert succeeded(job) == {fine}


def test_a_job_whose_tickets_all_failed_is_still_completed(desk: Desk):
    closed = [ticket.id for ticket in desk.tickets(status="closed")[:5]]
    job = desk.finished(desk.update_many(closed, {"status": "open"}))
    assert (job["status"], succeeded(job)) == ("completed", set())


def test_results_are_not_always_in_the_order_asked_for(desk: Desk):
    ids = open_ids(desk, 50)
    orders = []
    for number in range(3):
        done = desk.finished(desk.update_many(ids, {"additional_tags": [f"t{number}"]}))
        orders.append([entry["id"] for entry in done["results"]])
    assert orders[0] == ids
    assert any(order != ids for order in orders)
    assert all(sorted(order) == ids for order in orders)


def test_a_ticket_that_changed_after_queueing_is_a_conflict_in_a_bulk_job(desk: Desk):
    ids = open_ids(desk, 100)
    desk.clock.forward(3)
    job = desk.update_many(ids, {"additional_tags": ["x"]})
    desk.clock.forward(2)
    desk.put(f"/tickets/{ids[99]}", {"ticket": {"priority": "urgent"}})
    job = desk.finished(job)
    assert by_id(job)[ids[99]]["error"] == "UpdateConflict"
    assert "success" not in by_id(job)[ids[99]]
    assert succeeded(job) == set(ids[:99])
    assert "x" not in desk.world.tickets[ids[99]].tags


def test_each_ticket_of_a_batch_has_its_own_stamp(desk: Desk):
    fresh, stale, bare, unstamped = (desk.world.tickets[number] for number in open_ids(desk, 4))
    right, wrong = iso(fresh.updated_at), iso(stale.updated_at - 1)
    comment = {"comment": {"body": "Hello", "public": False}}
    job = desk.finished(
        batch(
            desk,
            {"id": fresh.id, "safe_update": True, "updated_stamp": right, **comment},
            {"id": stale.id, "safe_update": True, "updated_stamp": wrong, **comment},
            {"id": bare.id, **comment},
            {"id": unstamped.id, "safe_update": True, **comment},
        )
    )
    assert succeeded(job) == {fresh.id, bare.id}
    assert by_id(job)[stale.id]["error"] == "UpdateConflict"
    assert "updated_stamp" in by_id(job)[unstamped.id]["details"]


def test_a_batch_sent_twice_under_the_same_stamps_comments_once(desk: Desk):
    tickets = [desk.world.tickets[number] for number in open_ids(desk, 20)]
    changes = [
        {"id": each.id, "safe_update": True, "updated_stamp": iso(each.updated_at), "comment": {"body": "Once"}}
        for each in tickets
    ]
    first, second = batch(desk, *changes), batch(desk, *changes)
    jobs = [desk.finished(first), desk.finished(second)]
    assert sum(len(succeeded(job)) for job in jobs) == 20
    assert [len(change.changed) for change in desk.world.ledger.changes if change.comment] == [0] * 20


def test_metadata_of_a_batch_comes_back_in_the_audits(desk: Desk):
    ticket = open_ids(desk, 1)[0]
    change = {"id": ticket, "comment": {"body": "Hello"}, "metadata": {"job": 7, "item": 1}}
    desk.finished(batch(desk, change))
    audit = desk.get(f"/tickets/{ticket}/audits", page__size=100)["audits"][-1]
    assert audit["metadata"]["custom"] == {"job": 7, "item": 1}


def test_relative_tags_are_dropped_from_a_batch_with_a_warning(desk: Desk):
    ticket = open_ids(desk, 1)[0]
    answer = desk.put("/tickets/update_many", {"tickets": [{"id": ticket, "additional_tags": ["x"]}]})
    assert ':action=>"update_many"' in answer.headers["X-Zendesk-API-Warn"]
    assert '"tickets.additional_tags"' in answer.headers["X-Zendesk-API-Warn"]
    job = desk.finished((answer.json or {})["job_status"])
    assert succeeded(job) == {ticket}
    assert "x" not in desk.world.tickets[ticket].tags


def test_relative_tags_in_a_batch_can_be_made_to_work():
    desk = Desk(drop_batch_tags=False)
    ticket = open_ids(desk, 1)[0]
    desk.finished(batch(desk, {"id": ticket, "additional_tags": "x"}))
    assert "x" in desk.world.tickets[ticket].tags


@pytest.mark.parametrize("form", ["bulk", "batch"])
def test_more_than_a_hundred_are_refused_in_the_recorded_words(desk: Desk, form: str):
    ids = list(range(1, 102))
    if form == "bulk":
        answer = desk.put(f"/tickets/update_many?ids={','.join(map(str, ids))}", {"ticket": {}}, status=400)
    else:
        answer = desk.put("/tickets/update_many", {"tickets": [{"id": number} for number in ids]}, status=400)
    description = "Parameter  cannot specify more than 100 values"
    assert answer.json == {"error": "TooManyValues", "description": description, "max_count": 100}
    assert desk.world.zendesk_jobs.made == 0


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("", {"ticket": {"tags": ["x"]}}),
        ("?ids=x", {"ticket": {"tags": ["x"]}}),
        ("?ids=1", {"ticket": "x"}),
        ("", {"tickets": []}),
        ("", {"tickets": [{"tags": ["x"]}]}),
        ("", {"tickets": [1]}),
        ("", {}),
    ],
)
def test_requests_without_tickets_are_refused(desk: Desk, query: str, body: Any):
    desk.put(f"/tickets/update_many{query}", body, status=400)


def test_thirty_jobs_may_be_queued_or_running(desk: Desk):
    ids = open_ids(desk, 1)
    jobs = [desk.update_many(ids, {"additional_tags": ["x"]}) for _ in range(29)]
    answer = desk.put(f"/tickets/update_many?ids={ids[0]}", {"ticket": {"additional_tags": ["x"]}})
    jobs.append((answer.json or {})["job_status"])
    assert answer.headers["zendesk-ratelimit-inflight-jobs"] == "total=30; remaining=0; resets=60"
    refused = desk.put(f"/tickets/update_many?ids={ids[0]}", {"ticket": {"additional_tags": ["x"]}}, status=429)
    assert refused.json
    assert refused.json["error"] == "TooManyJobs"
    assert sorted(refused.json["current_job_ids"]) == sorted(job["id"] for job in jobs)
    desk.finished(jobs[0])
    desk.update_many(ids, {"additional_tags": ["x"]})


def test_the_status_of_too_many_jobs_can_be_another():
    desk = Desk(max_jobs=0, too_many_jobs_status=422)
    desk.update_many(open_ids(desk, 1), {"tags": ["x"]}, status=422)


def test_jobs_are_listed_and_shown_together(desk: Desk):
    ids = open_ids(desk, 1)
    jobs = [desk.update_many(ids, {"additional_tags": [f"t{number}"]}) for number in range(3)]
    wanted = [jobs[2]["id"], "V3-unknown", jobs[0]["id"]]
    shown = desk.get("/job_statuses/show_many", ids=",".join(wanted))["job_statuses"]
    assert {job["id"] for job in shown} == {jobs[0]["id"], jobs[2]["id"]}
    listed = desk.get("/job_statuses", page__size=100)["job_statuses"]
    assert {job["id"] for job in listed} == {job["id"] for job in jobs}
    assert desk.call("GET", "/api/v2/job_statuses/V3-unknown").status_code == 404


def test_a_job_is_forgotten_after_a_day(desk: Desk):
    job = desk.update_many(open_ids(desk, 1), {"additional_tags": ["x"]})
    desk.finished(job)
    desk.clock.forward(86_000)
    assert desk.get("/job_statuses/show_many", ids=job["id"])["count"] == 1
    desk.clock.forward(1_000)
    assert desk.get("/job_statuses/show_many", ids=job["id"])["count"] == 0
    assert desk.call("GET", f"/api/v2/job_statuses/{job['id']}").status_code == 404


def test_the_ledger_tells_which_request_and_job_changed_what(desk: Desk):
    ticket = open_ids(desk, 1)[0]
    job = desk.update_many([ticket], {"additional_tags": ["x"]})
    desk.finished(job)
    ledger = desk.call("GET", f"/_sandbox/ledger?ticket_id={ticket}").json
    assert ledger
    (change,) = ledger["changes"]
    request = next(each for each in ledger["requests"] if each["number"] == change["request"])
    assert (change["zendesk_job"], change["client"]) == (job["id"], "tests/1.0")
    assert set(change["changed"]["tags"][1]) - set(change["changed"]["tags"][0]) == {"x"}
    assert (request["method"], request["status"]) == ("PUT", 200)
    assert request["body"] == {"ticket": {"additional_tags": ["x"]}}
    assert request["query"] == f"ids={ticket}"
