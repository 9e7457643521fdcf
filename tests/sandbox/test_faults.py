"""Faults on demand: what strikes, when, and what became of the request."""

from typing import Any

import pytest

from app.sandbox.faults import EDITS, KINDS, InvalidRuleError, edit_as_agent
from app.sandbox.times import http_date, iso
from tests.sandbox.desk import START, Clock, Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()


def open_ids(desk: Desk, number: int) -> list[int]:
    return [ticket.id for ticket in desk.tickets(status="open")[:number]]


def tag(desk: Desk, ids: list[int]) -> Any:
    numbers = ",".join(map(str, ids))
    return desk.call("PUT", f"/api/v2/tickets/update_many?ids={numbers}", json={"ticket": {"additional_tags": ["x"]}})


def batch(desk: Desk, *changes: dict[str, Any]) -> Any:
    return (desk.put("/tickets/update_many", {"tickets": list(changes)}).json or {})["job_status"]


@pytest.mark.parametrize(
    ("kind", "status", "content_type"),
    [
        ("500", 500, "application/json"),
        ("502", 502, "text/html"),
        ("503", 503, "text/plain"),
        ("429", 429, "application/json"),
    ],
)
def test_some_answer_without_any_effect(desk: Desk, kind: str, status: int, content_type: str):
    desk.world.faults.add(kind, times=1)
    answer = tag(desk, open_ids(desk, 1))
    assert answer.status_code == status
    assert answer.content_type.startswith(content_type)
    assert desk.world.zendesk_jobs.made == 0
    assert desk.world.ledger.requests[-1].fault == kind
    assert tag(desk, open_ids(desk, 1)).status_code == 200


def test_503_says_when_to_come_back_only_if_told(desk: Desk):
    desk.world.faults.add("503", times=1)
    desk.world.faults.add("503", retry_after=7)
    answers = [desk.call("GET", "/api/v2/views") for _ in range(2)]
    assert [answer.headers.get("Retry-After") for answer in answers] == [None, "7"]


def test_500_after_has_had_its_effect(desk: Desk):
    desk.world.faults.add("500-after", method="PUT")
    assert tag(desk, open_ids(desk, 5)).status_code == 500
    desk.clock.forward(60)
    desk.get("/users/me")
    assert len(desk.tickets(tag="x")) == 5


@pytest.mark.parametrize(("kind", "jobs"), [("reset", 0), ("reset-after", 1)])
def test_a_reset_gives_no_answer(desk: Desk, kind: str, jobs: int):
    desk.world.faults.add(kind, method="PUT")
    with pytest.raises(ConnectionResetError):
        tag(desk, open_ids(desk, 1))
    assert desk.world.zendesk_jobs.made == jobs
    assert desk.world.ledger.requests[-1].status == 0


def test_a_slow_answer_is_late_and_not_its_effect(desk: Desk):
    desk.world.faults.add("slow", seconds=9, path="/tickets/*")
    assert tag(desk, open_ids(desk, 1)).status_code == 200
    assert desk.clock.slept == [9.0]


def test_the_date_of_a_late_answer_is_that_of_its_reading():
    clock = Clock()

    def meanwhile(seconds: float) -> None:
        clock.forward(seconds)
        desk.call("GET", "/api/v2/users/me")

    desk = Desk(clock=clock, sleep=meanwhile)
    desk.world.faults.add("slow", times=1)
    dates = [desk.call("GET", "/api/v2/views").headers["Date"] for _ in range(2)]
    assert dates == [http_date(START), http_date(START + 5)]


def test_latency_makes_every_answer_late():
    desk = Desk(latency=0.25)
    desk.get("/views")
    desk.get("/users/me")
    assert desk.clock.slept == [0.25, 0.25]


def test_a_rule_strikes_where_when_and_as_often_as_it_says(desk: Desk):
    desk.world.faults.add("500", method="GET", path="/views/*", every=2, times=2)
    view = desk.view_id("Unassigned")
    paths = [
        f"/views/{view}.json",
        f"/views/{view}",
        "/views",
        f"/views/{view}",
        f"/views/{view}",
        f"/views/{view}/tickets",
    ]
    paths += [f"/views/{view}", f"/views/{view}"]
    assert [desk.call("GET", f"/api/v2{path}").status_code for path in paths] == [
        200,
        500,
        200,
        200,
        500,
        200,
        200,
        200,
    ]


def test_chance_repeats_with_the_seed():
    def struck() -> list[int]:
        desk = Desk(faults=("500:probability=0.5",))
        return [desk.call("GET", "/api/v2/users/me").status_code for _ in range(40)]

    first = struck()
    assert first == struck()
    assert set(first) == {200, 500}


@pytest.mark.parametrize(("kind", "status"), [("job-failed", "failed"), ("job-killed", "killed")])
def test_a_job_that_ends_early_has_changed_a_part(desk: Desk, kind: str, status: str):
    desk.world.faults.add(kind, share=0.4, times=1)
    job = desk.finished(desk.update_many(open_ids(desk, 10), {"additional_tags": ["x"]}))
    assert (job["status"], job["progress"], job["results"]) == (status, 4, None)
    assert len(desk.tickets(tag="x")) == 4


def test_a_job_that_vanishes_is_nowhere(desk: Desk):
    desk.world.faults.add("job-vanished", share=1)
    job = desk.update_many(open_ids(desk, 10), {"additional_tags": ["x"]})
    desk.clock.forward(60)
    assert desk.call("GET", f"/api/v2/job_statuses/{job['id']}").status_code == 404
    assert desk.get("/job_statuses", page__size=100)["job_statuses"] == []
    assert len(desk.tickets(tag="x")) == 10


def test_a_half_done_job_calls_itself_completed(desk: Desk):
    desk.world.faults.add("job-half")
    job = desk.finished(desk.update_many(open_ids(desk, 10), {"additional_tags": ["x"]}))
    assert (job["status"], len(job["results"])) == ("completed", 5)


def test_a_job_can_end_before_its_first_ticket(desk: Desk):
    desk.world.faults.add("job-failed", share=0)
    job = desk.finished(desk.update_many(open_ids(desk, 10), {"additional_tags": ["x"]}))
    assert (job["status"], len(desk.tickets(tag="x"))) == ("failed", 0)


def test_other_programs_hold_slots(desk: Desk):
    rule = desk.world.faults.add("too-many-jobs", slots=29)
    assert tag(desk, open_ids(desk, 1)).status_code == 200
    refused = tag(desk, open_ids(desk, 1))
    assert refused.json["error"] == "TooManyJobs"
    assert len(refused.json["current_job_ids"]) == 30
    desk.world.faults.remove(rule.id)
    assert tag(desk, open_ids(desk, 1)).status_code == 200


def test_an_agents_edits_make_conflicts_in_a_running_job(desk: Desk):
    desk.world.faults.add("agent-edits", tickets=5)
    ids = open_ids(desk, 100)
    job = desk.finished(desk.update_many(ids, {"additional_tags": ["x"]}))
    edited = {change.ticket_id for change in desk.world.ledger.changes if change.zendesk_job is None}
    refused = {entry["id"] for entry in job["results"] if entry.get("error") == "UpdateConflict"}
    assert 0 < len(refused) <= len(edited) <= 5
    assert refused <= edited
    assert {change.author_id for change in desk.world.ledger.changes if change.ticket_id in refused} == {
        desk.world.busy_agent.id
    }


def test_credentials_are_revoked_while_the_rule_is_in_force(desk: Desk):
    desk.token()
    rule = desk.world.faults.add("revoked")
    assert desk.call("GET", "/api/v2/views").status_code == 401
    assert desk.call("POST", "/oauth/tokens", json={"grant_type": "client_credentials"}).status_code == 401
    desk.sign_in(desk.config.email)
    assert desk.call("GET", "/api/v2/views").status_code == 401
    desk.world.faults.remove(rule.id)
    assert desk.call("GET", "/api/v2/views").status_code == 200


def test_tokens_expire_when_the_rule_strikes(desk: Desk):
    desk.token()
    desk.world.faults.add("expired", path="/views", times=1)
    assert desk.call("GET", "/api/v2/users/me").status_code == 200
    assert desk.call("GET", "/api/v2/views").status_code == 401
    desk.token()
    assert desk.call("GET", "/api/v2/views").status_code == 200


def test_metadata_can_be_dropped_on_demand(desk: Desk):
    desk.world.faults.add("drop-metadata")
    change = {"metadata": {"job": 1}, "comment": {"body": "Hello", "public": False}}
    answer = desk.put(f"/tickets/{desk.open_ticket().id}", {"ticket": change})
    assert (answer.json or {})["audit"]["metadata"]["custom"] == {}


def test_metadata_of_a_batch_can_be_dropped_too(desk: Desk):
    desk.world.faults.add("drop-metadata")
    number = open_ids(desk, 1)[0]
    desk.finished(batch(desk, {"id": number, "metadata": {"job": 1}, "comment": {"body": "Hello", "public": False}}))
    audit = desk.get(f"/tickets/{number}/audits", page__size=100)["audits"][-1]
    assert audit["metadata"]["custom"] == {}
    assert audit["metadata"]["system"]["client"] == "tests/1.0"


def test_a_rewritten_comment_cannot_be_recognised(desk: Desk):
    desk.world.faults.add("rewrite-comments")
    number = open_ids(desk, 1)[0]
    for sent in ("Hello", "Good news: the strike is over, and your parcel was scanned."):
        desk.finished(batch(desk, {"id": number, "comment": {"body": sent, "public": True}}))
        stored = desk.get(f"/tickets/{number}/comments", page__size=100)["comments"][-1]
        shapes = [" ".join(stored[name].split()) for name in ("body", "plain_body", "html_body")]
        assert not any(sent in shape for shape in shapes)
        assert stored["public"] is True
        # The record of truth has what was sent.
        assert (desk.world.ledger.changes[-1].comment or {})["body"] == sent


@pytest.mark.parametrize("kind", ["500-after", "reset-after"])
def test_a_job_whose_answer_was_lost_can_land_late(desk: Desk, kind: str):
    desk.world.faults.add("queue-delay", seconds=120, times=1)
    desk.world.faults.add(kind, method="PUT", times=1)
    ids = open_ids(desk, 5)
    if kind == "500-after":
        assert tag(desk, ids).status_code == 500
    else:
        with pytest.raises(ConnectionResetError):
            tag(desk, ids)
    desk.clock.forward(119)
    (job,) = desk.get("/job_statuses", page__size=100)["job_statuses"]
    assert (job["status"], desk.tickets(tag="x")) == ("queued", [])
    desk.clock.forward(desk.config.job_seconds + 1)
    assert desk.get(f"/job_statuses/{job['id']}")["job_status"]["status"] == "completed"
    assert len(desk.tickets(tag="x")) == 5


def test_a_job_whose_answer_arrives_is_not_late(desk: Desk):
    desk.world.faults.add("queue-delay", seconds=120)
    desk.world.faults.add("slow", seconds=1)
    job = desk.finished(desk.update_many(open_ids(desk, 5), {"additional_tags": ["x"]}))
    assert job["status"] == "completed"


def test_of_a_late_job_and_its_repetition_one_comments(desk: Desk):
    desk.world.faults.add("queue-delay", seconds=60)
    desk.world.faults.add("500-after", method="PUT", times=1)
    ticket = desk.open_ticket()
    stamp = {"safe_update": True, "updated_stamp": iso(ticket.updated_at)}
    change = {"id": ticket.id, **stamp, "comment": {"body": "Once", "public": True}}
    assert desk.call("PUT", "/api/v2/tickets/update_many", json={"tickets": [change]}).status_code == 500
    again = desk.finished(batch(desk, change))
    assert again["results"][0]["success"] is True
    desk.clock.forward(120)
    late = desk.get("/job_statuses", page__size=100)["job_statuses"][-1]
    assert late["results"][0]["error"] == "UpdateConflict"
    assert desk.world.ledger.tallies[ticket.id].comments == 1


def test_a_busy_agent_also_replies_to_customers_and_reopens(desk: Desk):
    desk.world.faults.add("agent-edits", tickets=100)
    desk.finished(desk.update_many(open_ids(desk, 100), {"additional_tags": ["x"]}))
    edits = [change for change in desk.world.ledger.changes if change.zendesk_job is None]
    assert {change.comment["public"] for change in edits if change.comment} == {True, False}
    assert {change.changed["status"][1] for change in edits if "status" in change.changed} == {"hold", "pending"}
    solved = next(each for each in desk.tickets(status="solved"))
    edit_as_agent(desk.world, solved.id, EDITS[4])
    assert solved.status == "open"


def test_rules_are_read_from_the_command_lines_form(desk: Desk):
    rule = desk.world.faults.add_written("503:method=PUT:path=/tickets/*:times=3:retry_after=7:probability=0.5")
    wanted = ("503", "PUT", "/tickets/*", 3, 7, 0.5)
    assert (rule.kind, rule.method, rule.path, rule.times, rule.retry_after, rule.probability) == wanted


@pytest.mark.parametrize(
    "written",
    [
        "418",
        "500:times",
        "500:colour=red",
        "500:times=few",
        "500:every=0",
        "500:probability=2",
        "500:kind=502",
        "500:seen=1",
    ],
)
def test_nonsense_is_no_rule(desk: Desk, written: str):
    with pytest.raises(InvalidRuleError):
        desk.world.faults.add_written(written)
    assert desk.world.faults.rules == {}


def test_rules_are_set_and_lifted_over_http(desk: Desk):
    desk.authorization = None
    made = desk.call("POST", "/_sandbox/faults", json={"kind": "500", "times": 2})
    assert made.status_code == 201
    listed = desk.call("GET", "/_sandbox/faults").json
    assert listed
    assert [(rule["kind"], rule["times"], rule["struck"]) for rule in listed["faults"]] == [("500", 2, 0)]
    assert listed["kinds"] == KINDS
    number = listed["faults"][0]["id"]
    assert desk.call("DELETE", f"/_sandbox/faults/{number}").status_code == 204
    desk.world.faults.add("500")
    assert desk.call("DELETE", "/_sandbox/faults").status_code == 204
    assert desk.world.faults.rules == {}


def test_a_wrong_rule_is_explained(desk: Desk):
    answer = desk.call("POST", "/_sandbox/faults", json={"kind": "500", "times": "few"})
    assert answer.status_code == 422
    assert answer.json == {"error": "times is 'few'; it must be a number."}
    assert desk.call("POST", "/_sandbox/faults", data='{"kind": "500"}').status_code == 400


@pytest.mark.parametrize(
    ("address", "host", "status"),
    [
        ("127.0.0.1", "localhost:8080", 200),
        ("::1", "[::1]:8080", 200),
        ("10.0.0.7", "localhost", 403),
        ("127.0.0.1", "evil.example", 403),
        ("nonsense", "localhost", 403),
    ],
)
def test_the_sandboxs_own_side_answers_this_machine_only(desk: Desk, address: str, host: str, status: int):
    answer = desk.call("GET", "/_sandbox/ledger", headers={"Host": host}, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert "Access-Control-Allow-Origin" not in answer.headers
