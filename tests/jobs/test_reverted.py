"""Tags that a rule or a person takes back before we look: audits tell whether they were set, and nothing goes twice.

In most of these accounts a trigger mails the customer of each ticket that has the tag, and takes the tag off again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

import pytest

from app.jobs.collaborators import engine
from app.sandbox.routes import ticket_history
from app.tools.tag_manager.operation import TagOperation
from tests.jobs.storm.storm import BATCH, Blow, Order, Storm

LOST = "put leaving"


def ordered(weather: Storm, *faults: str, **world: Any) -> Order:
    """A tag job in an account with these rules, or with the one that consumes its tag."""
    weather.begin(**world)
    for fault in faults or ("consumes-tag:tag=ours_1",):
        weather.fault(fault)
    return weather.start("tag")


def befalls(weather: Storm, *blows: Blow) -> None:
    weather.blows = list(blows)


def outcomes(weather: Storm, order: Order) -> Counter[str]:
    """The tickets by outcome, once the job was driven to its end."""
    for _ in range(80):
        job = weather.jobs()[-1]
        if job.ended:
            return Counter(item.outcome for item in weather.items(order.jobs[0]))
        weather.drive(job.id)
        weather.clock.sleep(5.0)
    raise AssertionError(f"{job.status}: {job.waiting_for}")


def test_a_tag_that_a_rule_consumed_is_found_in_the_history(weather: Storm):
    """The audits name our program and the job, though the tag is gone."""
    order = ordered(weather)
    befalls(weather, Blow(LOST, 0, "lost"))
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(weather.mails(order).values()) == {1}
    assert weather.witness.writes == 3, "nothing went twice"


@pytest.mark.parametrize("what", ["lost", "late", "never"])
@pytest.mark.parametrize("times", [1, 3, 40])  # the last of them: always
def test_a_tag_that_a_rule_consumes_is_set_once_however_often_answers_are_lost(times: int, what: str, weather: Storm):
    order = ordered(weather)
    befalls(weather, *(Blow(LOST, 0, what, seconds=50.0) for _ in range(times)))
    found = outcomes(weather, order)
    weather.clock.sleep(600.0)
    mails = weather.mails(order)
    assert set(mails.values()) <= {1}
    assert found["succeeded"] == len(mails)
    assert found["succeeded"] + found["unknown"] == 12
    if what != "never" or times < 40:
        assert found["succeeded"] == 12


def test_a_copy_in_zendesks_queue_finds_its_ticket_changed_by_the_one_that_followed(weather: Storm):
    """Zendesk holds it against the time of queueing; ours, under its stamp, passed meanwhile."""
    order = ordered(weather, "consumes-tag:tag=ours_1", "500-after:method=PUT:path=/tickets/update_many:times=1")
    weather.fault("queue-delay:times=1:seconds=60")
    assert outcomes(weather, order) == {"succeeded": 12}
    weather.clock.sleep(600.0)
    assert weather.mails(order) == Counter(dict.fromkeys(weather.mails(order), 1))
    assert len(weather.mails(order)) == 12


def test_a_copy_that_lands_between_our_look_and_our_next_copy_is_the_one_that_passes(weather: Storm):
    order = ordered(weather)
    befalls(weather, Blow(LOST, 0, "late", seconds=300.0), Blow(LOST, 2, "land"))
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(weather.mails(order).values()) == {1}


@pytest.mark.parametrize("rule", ["restores-tag:tag=ours_1", "reverts-tags:seconds=1"])
def test_a_tag_taken_off_that_a_rule_or_an_agent_puts_back_counts_as_taken_off(rule: str, weather: Storm):
    weather.begin()
    for ticket_id in weather.tickets():
        weather.edit(ticket_id, {"additional_tags": ["ours_1"]})
    weather.clock.sleep(60.0)
    weather.fault(rule)
    use(weather, TagOperation((), ("ours_1",)))
    order = weather.start("tag")
    befalls(weather, *(Blow(LOST, 0, "lost") for _ in range(3)))
    assert outcomes(weather, order) == {"succeeded": 12}
    assert changes(weather) == dict.fromkeys(changes(weather), 1)


def test_a_tag_that_agents_take_off_again_is_not_set_once_more(weather: Storm):
    order = ordered(weather, "reverts-tags:seconds=1")
    befalls(weather, *(Blow(LOST, 0, "lost") for _ in range(3)))
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(changes(weather).values()) == {1}


@pytest.mark.parametrize("status", [403, 404, 422])
def test_where_audits_cannot_be_read_nothing_is_sent_again(status: int, weather: Storm):
    order = ordered(weather)
    weather.instead["audits"] = lambda _: status
    befalls(weather, Blow(LOST, 0, "lost"))
    assert outcomes(weather, order) == {"succeeded": 12 - BATCH, "unknown": BATCH}
    assert {item.error for item in weather.items(order.jobs[0])} == {None, "unreadable"}
    assert set(weather.mails(order).values()) == {1}


def test_where_audits_do_not_name_the_program_nothing_is_sent_again(weather: Storm, monkeypatch: pytest.MonkeyPatch):
    name_no_program(monkeypatch)
    order = ordered(weather)
    befalls(weather, Blow(LOST, 1, "lost"))
    assert outcomes(weather, order) == {"succeeded": 12 - BATCH, "unknown": BATCH}
    assert {item.error for item in weather.items(order.jobs[0])} == {None, "untold"}
    assert set(weather.mails(order).values()) == {1}


@pytest.mark.parametrize("named", [True, False])
def test_what_an_agent_did_is_not_taken_for_ours(named: bool, weather: Storm, monkeypatch: pytest.MonkeyPatch):
    """Whoever else changed the ticket meanwhile: ours has not passed, and goes again."""
    if not named:
        name_no_program(monkeypatch)
    order = ordered(weather)
    befalls(weather, Blow(LOST, 0, "never"), Blow("tickets leaving", 0, "edit"))
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(weather.mails(order).values()) == {1}


@pytest.mark.parametrize(("named", "expected"), [(True, {"succeeded": 12}), (False, {"succeeded": 11, "unknown": 1})])
def test_what_another_program_did_as_the_same_user_is_ours_only_where_programs_are_not_named(
    named: bool, expected: dict[str, int], weather: Storm, monkeypatch: pytest.MonkeyPatch
):
    if not named:
        name_no_program(monkeypatch)
    order = ordered(weather)
    befalls(weather, Blow(LOST, 2, "never"))
    weather.drive(order.jobs[0], seconds=18.0)
    left = [item.ticket_id for item in weather.items(order.jobs[0]) if item.outcome == "pending"]
    assert len(left) == BATCH
    weather.edit(left[0], {"additional_tags": ["called_back"]}, as_us=True)
    assert outcomes(weather, order) == expected
    assert set(weather.mails(order).values()) == {1}


def test_an_agents_edit_that_meets_a_copy_is_no_lost_answer(weather: Storm):
    """Zendesk said that it changed nothing: the ticket goes again at once, and no audit is asked for."""
    order = ordered(weather, "consumes-tag:tag=ours_1", "agent-edits:tickets=2:times=2")
    weather.instead["audits"] = lambda _: pytest.fail("audits were asked for")
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(weather.mails(order).values()) == {1}


@pytest.mark.parametrize("point", ["put leaving", "put answered", "mark_sent committed", "claim committed"])
@pytest.mark.parametrize("times", [1, 2])
def test_drivers_that_die_over_a_tag_that_a_rule_consumes_set_it_once(point: str, times: int, weather: Storm):
    order = ordered(weather)
    for _ in range(times):
        befalls(weather, Blow(point, 0, "crash"))
        assert not weather.drive(order.jobs[0])
        weather.clock.sleep(31.0)
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(weather.mails(order).values()) == {1}


@pytest.mark.parametrize("fate", ["job-failed", "job-killed", "job-half", "job-vanished"])
def test_a_zendesk_job_that_ends_badly_is_read_by_audits(fate: str, weather: Storm):
    order = ordered(weather, "consumes-tag:tag=ours_1", f"{fate}:times=2")
    assert outcomes(weather, order) == {"succeeded": 12}
    assert set(weather.mails(order).values()) == {1}


def test_a_stopped_job_says_of_what_may_still_land_that_it_does_not_know(weather: Storm):
    order = ordered(weather)
    befalls(weather, *(Blow(LOST, 0, "late", seconds=50.0) for _ in range(3)), Blow("tickets answered", 2, "cancel"))
    found = outcomes(weather, order)
    assert found["unknown"] + found["succeeded"] == 12
    weather.clock.sleep(600.0)
    assert set(weather.mails(order).values()) == {1}


def test_what_was_there_before_stays_as_it_was_first_planned(weather: Storm):
    order = ordered(weather)
    befalls(weather, Blow(LOST, 0, "never"), Blow("tickets leaving", 0, "edit"))
    planned = {item.ticket_id: item.before for item in weather.items(order.jobs[0])}
    weather.drive(order.jobs[0])
    planned = planned or {item.ticket_id: item.before for item in weather.items(order.jobs[0])}
    assert outcomes(weather, order) == {"succeeded": 12}
    assert {item.ticket_id: item.before for item in weather.items(order.jobs[0])} == planned


def use(weather: Storm, operation: TagOperation) -> None:
    weather.app.extensions["jobs"] = replace(engine(), operation=lambda *_: operation)


def changes(weather: Storm) -> Counter[int]:
    """How often we changed each ticket."""
    return Counter(each.ticket_id for each in weather.world.ledger.changes if "Giga" in each.client)


def name_no_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audits of this account do not say by which program a change was made."""
    real = ticket_history.audit_json

    def without(*args: Any) -> dict[str, Any]:
        audit = real(*args)
        del audit["metadata"]["system"]["client"]
        return audit

    monkeypatch.setattr(ticket_history, "audit_json", without)
