"""Closed tickets that a person has tried: one goes first, alone, and tells what becomes of the others."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.jobs.collaborators import engine
from app.jobs.models import JobItem
from app.jobs.store import trials
from app.jobs.timing import USUAL
from app.tools.tag_manager.operation import TagOperation
from tests.jobs.storm.storm import Blow, Storm

CLOSED = 6


def closed_tickets(weather: Storm, *faults: str) -> set[int]:
    """Half of the view is closed; the sent requests are in `weather.sent`."""
    for fault in faults:
        weather.fault(fault)
    chosen = set(weather.tickets()[:CLOSED])
    for ticket_id in chosen:
        weather.close(ticket_id)
    weather.clock.sleep(60.0)
    operation = TagOperation(("ours_1",), (), tries_closed=True)
    weather.app.extensions["jobs"] = replace(engine(), operation=lambda *_: operation)
    return chosen


def sent(weather: Storm) -> list[set[int]]:
    """The tickets of each change that leaves from now on; all in the bulk form."""
    found: list[set[int]] = []

    def note(request: requests.PreparedRequest) -> None:
        assert "tickets" not in json.loads(request.body or b"{}")
        [ids] = parse_qs(urlsplit(request.url or "").query)["ids"]
        found.append({int(each) for each in ids.split(",")})

    weather.instead["put"] = note
    return found


def run(weather: Storm, seconds: float = 45.0) -> list[JobItem]:
    order = weather.start("tag")
    for _ in range(30):
        if weather.jobs()[0].ended:
            break
        weather.drive(order.jobs[0], seconds=seconds)
        weather.clock.sleep(2.0)
    assert weather.jobs()[0].status == "completed"
    return weather.items(order.jobs[0])


@pytest.mark.parametrize("seconds", [45.0, 1.5])
def test_a_refusal_of_the_first_leaves_the_others_out(seconds: float, weather: Storm):
    closed = closed_tickets(weather)
    requests_sent = sent(weather)
    items = run(weather, seconds)
    in_view = {item.ticket_id for item in items if item.before["status"] == "closed"}
    assert in_view
    assert in_view <= closed
    assert {(item.outcome, item.error) for item in items if item.ticket_id in in_view} == {("skipped", "closed")}
    assert [ids for ids in requests_sent if ids & in_view] == [{min(in_view)}], "one, alone"
    assert Counter(item.outcome for item in items)["succeeded"] == len(items) - len(in_view)
    known = trials.of_account(weather.client.account)
    assert known is not None
    assert not known.took


def test_where_the_first_is_taken_the_others_follow(weather: Storm):
    closed_tickets(weather, "closed-tags")
    requests_sent = sent(weather)
    items = run(weather)
    in_view = {item.ticket_id for item in items if item.before["status"] == "closed"}
    assert Counter(item.outcome for item in items) == {"succeeded": len(items)}
    assert next(ids for ids in requests_sent if ids & in_view) == {min(in_view)}
    known = trials.of_account(weather.client.account)
    assert known is not None
    assert known.took


def test_a_first_one_that_tells_nothing_is_followed_by_another(weather: Storm):
    closed_tickets(weather, "closed-tags")
    weather.instead["audits"] = lambda _: 403
    weather.blows = [Blow("put leaving", 0, "lost")]
    items = run(weather)
    assert Counter(item.outcome for item in items)["succeeded"] == len(items)


@pytest.mark.parametrize("words", ["Status: geschlossen verhindert die Änderung", "not permitted"])
def test_a_refusal_in_any_words_counts_as_closed(words: str) -> None:
    from app.jobs.protocol.batch import Batch, Verdict
    from app.jobs.protocol.idempotent import Idempotent
    from app.jobs.protocol.operation import Item
    from app.jobs.protocol.signature import Signature

    operation = TagOperation(("vip",), (), tries_closed=True)
    item = Item(1, {"status": "closed", "tags": []}, {"tags": ["vip"]})
    delivery = Idempotent(operation, Signature(1, ""), USUAL)
    [verdict] = delivery.refusals(Batch(1, (item,)), [Verdict(1, "failed", "refused", words)])
    assert (verdict.outcome, verdict.error, verdict.detail) == ("skipped", "closed", words)
