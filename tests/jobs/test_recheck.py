"""What is quarantined is read once more: before the job ends, and when a person asks; what nothing tells stays."""

from __future__ import annotations

from collections import Counter

import pytest
import requests

from app.jobs.commands import service
from app.jobs.commands.service import JobRefused
from app.jobs.engine import recheck
from tests.jobs.storm.storm import Blow, Order, Storm
from tests.jobs.storm.threads import Crash


def killed(weather: Storm, kind: str, times: int) -> Order:
    """A job whose first batch came through, and over which so many drivers ended while they read it back."""
    order = weather.start(kind)
    weather.blows = [Blow("put leaving", 0, "lost"), Blow("tickets leaving", 0, "crash")]
    for _ in range(times):
        weather.drive(order.jobs[0])
        weather.clock.sleep(31.0)
        weather.blows = [Blow("tickets leaving", 0, "crash")]
    weather.blows = []
    return order


def outcomes(weather: Storm, order: Order) -> Counter[str]:
    for _ in range(20):
        weather.drive(order.jobs[0])
        weather.clock.sleep(31.0)
        if weather.jobs()[0].ended:
            break
    weather.witness.check_end()
    return Counter(item.outcome for item in weather.items(order.jobs[0]))


@pytest.mark.parametrize("kind", ["comment", "tag"])
@pytest.mark.parametrize("times", [4, 5, 7])
def test_what_was_set_aside_is_read_before_the_job_ends(times: int, kind: str, weather: Storm):
    order = killed(weather, kind, times)
    assert outcomes(weather, order) == {"succeeded": 12}


def test_a_ticket_that_ends_drivers_ends_only_some_and_is_left_to_a_person(weather: Storm):
    """The others that were set aside with it are told."""
    order = killed(weather, "comment", 5)
    [poison, *_] = [item.ticket_id for item in weather.items(order.jobs[0]) if item.outcome == "unknown"]

    def ends(request: requests.PreparedRequest) -> None:
        if str(poison) in (request.url or ""):
            raise Crash

    weather.instead["tickets"] = ends
    died = 0
    for _ in range(20):
        died += not weather.drive(order.jobs[0])
        weather.clock.sleep(31.0)
        if weather.jobs()[0].ended:
            break
    assert weather.jobs()[0].status == "completed"
    assert died == 2, "one had ended over it before"
    assert {item.ticket_id for item in weather.items(order.jobs[0]) if item.outcome == "unknown"} == {poison}


@pytest.mark.parametrize("kind", ["comment", "tag"])
def test_a_person_has_them_read_again(kind: str, weather: Storm, monkeypatch: pytest.MonkeyPatch):
    order = killed(weather, kind, 4)
    monkeypatch.setattr(recheck, "before_the_end", lambda *_: True)
    aside = outcomes(weather, order)["unknown"]
    assert aside
    looked = service.look_again(order.jobs[0])
    assert (looked.told, looked.left) == (aside, 0)
    weather.witness.check_end()
    assert Counter(item.outcome for item in weather.items(order.jobs[0])) == {"succeeded": 12}
    with pytest.raises(JobRefused, match="Nothing is to be checked"):
        service.look_again(order.jobs[0])


def test_what_audits_cannot_tell_stays_as_it_was(weather: Storm, monkeypatch: pytest.MonkeyPatch):
    order = killed(weather, "comment", 4)
    weather.instead["audits"] = lambda _: 403
    found = outcomes(weather, order)
    assert found["unknown"]
    assert service.look_again(order.jobs[0]).told == 0
    weather.witness.check_end()
    del weather.instead["audits"]
    assert service.look_again(order.jobs[0]).told == found["unknown"]


def test_a_recheck_sends_nothing(weather: Storm):
    order = weather.start("comment")
    for _ in range(4):  # nothing ever left
        weather.blows = [Blow("put leaving", 0, "crash")]
        weather.drive(order.jobs[0])
        weather.clock.sleep(31.0)
    weather.blows = []
    found = outcomes(weather, order)
    writes = weather.witness.writes
    assert found["unknown"]
    assert service.look_again(order.jobs[0]).told == 0
    assert weather.witness.writes == writes
