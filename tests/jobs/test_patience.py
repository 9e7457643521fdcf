"""What a job waits for and for how long, by the trouble: what does not pass by itself is not waited for without end."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app import zendesk as zd
from app.jobs.engine.pacing import Gate
from app.jobs.engine.patience import MOST_KEPT, Patience
from app.jobs.engine.trouble import Impossible, note
from app.jobs.timing import USUAL

ASKED: dict[str, Any] = {"request": "GET /api/v2/ticket_fields", "key": "GET /api/v2/ticket_fields 1"}
UNREADABLE = zd.Unreadable("no has_more", status=200, **ASKED)


class Clock:
    def __init__(self) -> None:
        self.time = 1_000.0

    def __call__(self) -> float:
        return self.time


def ends_after(error: zd.ZendeskError, every: float = 10.0, most: float = 3_600.0) -> tuple[float, str] | None:
    """Seconds until a job that meets the same trouble again and again ends, and its sentence; None if it waits on."""
    clock = Clock()
    gate, began = Gate(clock, patience=Patience(None, clock)), clock.time
    while clock.time - began <= most:
        try:
            note(gate, error)
        except Impossible as impossible:
            return clock.time - began, str(impossible)
        clock.time += every
    return None


def test_an_answer_that_cannot_be_read_is_waited_for_some_minutes():
    assert ends_after(UNREADABLE) == (
        240.0,
        "Zendesk's answer to GET /api/v2/ticket_fields could not be read for 4 minutes. "
        "Nothing is lost: resume the job to go on where it stopped.",
    )


@pytest.mark.parametrize("kind", [zd.NotFound, zd.Invalid, zd.BadRequest, zd.Conflict])
def test_so_is_a_read_that_is_refused(kind: type[zd.ZendeskError]):
    ended = ends_after(kind("no", status=422, **ASKED))
    assert ended is not None
    assert ended[0] == 240.0
    assert "Zendesk refused GET /api/v2/ticket_fields for 4 minutes (422)" in ended[1]


@pytest.mark.parametrize(
    "error",
    [
        zd.ServerError("busy", status=503, **ASKED),
        zd.NetworkError("nobody", **ASKED),
        zd.RateLimited("slow down", retry_after=1.0, **ASKED),
        zd.TooManyJobs("later", **ASKED),
    ],
)
def test_what_passes_by_itself_is_waited_for_as_long_as_it_takes(error: zd.ZendeskError):
    assert ends_after(error, every=60.0) is None


@pytest.mark.parametrize(("kind", "status"), [(zd.Forbidden, 403), (zd.Unauthorized, 401)])
def test_a_gateways_refusal_is_tried_again_for_a_minute_and_blames_no_scope(kind: type[zd.ZendeskError], status: int):
    ended = ends_after(kind("no", status=status, by_gateway=True, **ASKED))
    assert ended is not None
    assert ended[0] == 60.0
    assert "gateway" in ended[1]
    assert "scope" not in ended[1]


def test_zendesks_own_refusals_end_a_job_soon():
    assert (ends_after(zd.Unauthorized("no", status=401, **ASKED), every=5.0) or (99.0, ""))[0] == 5.0
    assert (ends_after(zd.Forbidden("no", status=403, **ASKED)) or (99.0, ""))[0] == 0.0
    assert (ends_after(zd.Unauthorized("not connected")) or (99.0, ""))[0] == 0.0


def test_scopes_are_blamed_only_where_zendesk_says_so():
    plain = ends_after(zd.Forbidden("no", status=403, description="You do not have access to this page", **ASKED))
    named = ends_after(zd.Forbidden("no", status=403, description="Missing scope: tickets:write", **ASKED))
    assert plain is not None
    assert "scope" not in plain[1]
    assert named is not None
    assert "scopes read and tickets:write" in named[1]


def test_an_endless_list_is_given_up_with_its_reason():
    ended = ends_after(zd.Endless("no", why="its pages go round in circles", **ASKED))
    assert ended is not None
    assert ended[0] == 0.0
    assert "The list of GET /api/v2/ticket_fields was given up: its pages go round in circles." in ended[1]


def test_a_request_that_comes_through_begins_anew_and_others_do_not():
    clock = Clock()
    patience = Patience(None, clock)
    other = zd.Unreadable("no", request="GET /x", key="GET /x")
    assert patience.ended(UNREADABLE) is None
    assert patience.ended(other) is None
    clock.time += 180
    patience.readable(ASKED["key"])
    clock.time += 20
    assert patience.ended(UNREADABLE) is None
    clock.time += 100
    assert patience.ended(UNREADABLE) is None
    assert patience.ended(other) == 300.0


def test_an_answer_that_comes_and_turns_out_to_be_unreadable_did_not_come_through():
    clock = Clock()
    patience = Patience(None, clock)
    for _ in range(24):
        patience.readable(ASKED["key"])
        clock.time += 1
        assert patience.ended(UNREADABLE) is None
        clock.time += 9
    assert patience.kept()
    clock.time += 1
    assert patience.ended(UNREADABLE) == 240.0


def test_the_time_survives_turns_and_restarts():
    clock = Clock()
    kept: dict[str, Any] | None = None
    for _ in range(5):
        patience = Patience(json.loads(json.dumps(kept)), clock)
        if patience.ended(UNREADABLE) is not None:
            break
        kept = patience.kept()
        clock.time += 60
    assert clock.time == 1_240.0


def test_trouble_of_long_ago_does_not_count():
    clock = Clock()
    kept = Patience(None, clock)
    kept.ended(UNREADABLE)
    clock.time += USUAL.forgotten_after
    assert Patience(kept.kept(), clock).ended(UNREADABLE) is None
    assert kept.ended(UNREADABLE) is None


def test_only_so_many_requests_are_kept():
    patience = Patience(None, Clock())
    for number in range(100):
        patience.ended(zd.Unreadable("no", request="GET /x", key=f"GET /x {number}"))
    assert len(patience.kept() or ()) == MOST_KEPT
