"""The exactly-once protocol, one safeguard after the other: each test fails when its safeguard is taken out.

`make ablation` takes them out (`tests/ablation`).
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from app.jobs.collaborators import engine
from app.jobs.engine.wakeup import sweep
from app.jobs.outcomes import Audits
from app.jobs.timing import USUAL
from tests.jobs.storm.machine import end
from tests.jobs.storm.storm import BATCH, Blow, Order, Storm


def befalls(weather: Storm, *blows: Blow) -> None:
    weather.blows = list(blows)


def run(weather: Storm, kind: str = "comment") -> Counter[str]:
    """A job, driven to its end through what befalls it; its tickets by outcome, once every promise was checked."""
    order = weather.start(kind)
    weather.drive(order.jobs[0])
    return ended(weather)


def ended(weather: Storm) -> Counter[str]:
    """The tickets of the newest job by outcome, once every promise was checked."""
    end(weather)
    return Counter(item.outcome for item in weather.items(weather.orders[-1].jobs[-1]))


def test_a_copy_that_lands_late_finds_its_ticket_changed(weather: Storm):
    """The stamp: of any number of copies at most one can pass."""
    befalls(weather, Blow("put leaving", 0, "late", seconds=60.0))
    assert run(weather) == {"succeeded": 12}
    assert weather.witness.writes > 3, "the first batch went twice"


def test_a_comment_whose_answer_was_lost_is_found_in_the_history(weather: Storm):
    """The audits: what has changed since its stamp may bear our comment."""
    befalls(weather, Blow("put leaving", 0, "lost"))
    assert run(weather) == {"succeeded": 12}
    assert weather.witness.writes == 3, "nothing went twice"


def test_what_lands_while_a_lost_batch_is_read_back_is_seen(weather: Storm):
    """The order of reads: a stamp is never fresher than the audits that it is planned by."""
    befalls(weather, Blow("put leaving", 0, "late", seconds=300.0), Blow("tickets leaving", 0, "land"))
    assert run(weather) == {"succeeded": 12}


def test_a_driver_that_was_stopped_writes_nothing_once_another_took_over(weather: Storm):
    """The lease's fence: a token that only grows, in each transaction."""
    befalls(weather, Blow("claim committed", 0, "stall", seconds=40.0, successor=0.5))
    assert run(weather) == {"succeeded": 12}


def test_a_change_leaves_only_while_the_lease_outlasts_its_request(weather: Storm):
    befalls(weather, Blow("sending", 0, "stall", seconds=25.0, successor=0.0))
    assert run(weather) == {"succeeded": 12}


def test_a_driver_that_dies_with_its_request_under_way_leaves_word_of_it(weather: Storm):
    """The intent: committed before anything leaves."""
    befalls(weather, Blow("put answered", 0, "crash"))
    assert run(weather) == {"succeeded": 12}


def test_two_hundred_intents_that_cannot_be_committed_send_nothing(weather: Storm):
    """Before the commit, or after it: then the intent is there, and the driver does not know."""
    for _ in range(50):
        order = weather.start("comment")
        for point in ("after claim", "claim committed") * 2:
            before = weather.witness.writes
            befalls(weather, Blow(point, 0, "fail"))
            weather.drive(order.jobs[0])
            assert weather.witness.writes == before
            weather.clock.sleep(31.0)
        assert ended(weather) == {"succeeded": 12}
        weather.begin()


def test_a_ticket_of_this_very_second_waits_for_its_stamp_to_tell(weather: Storm):
    """Two seconds: within one, our own comment leaves the stamp as it was."""
    weather.begin(job_seconds=0.1)
    weather.latency = (0.001, 0.002)
    for ticket_id in weather.tickets():
        weather.edit(ticket_id, {"additional_tags": ["called_back"]})
    befalls(weather, Blow("put leaving", 0, "lost"))
    assert run(weather) == {"succeeded": 12}


def test_metadata_tells_where_the_text_does_not(weather: Storm):
    befalls(weather, Blow("put leaving", 1, "lost"))
    assert run(weather, "veiled") == {"succeeded": 12}
    assert weather.jobs()[0].audits == Audits.USABLE


def test_where_nothing_tells_an_ambiguous_comment_is_left_to_a_person(weather: Storm):
    weather.begin(metadata=False)
    befalls(weather, Blow("put leaving", 1, "lost"))
    assert run(weather, "veiled") == {"succeeded": 12 - BATCH, "unknown": BATCH}
    assert weather.jobs()[0].audits == Audits.OPAQUE


def test_an_ambiguous_first_batch_waits_until_it_is_known_whether_audits_tell(weather: Storm):
    weather.begin(metadata=False)
    befalls(weather, Blow("put leaving", 0, "lost"))
    assert run(weather, "veiled") == {"succeeded": 12 - BATCH, "unknown": BATCH}


def test_what_nothing_ever_proves_is_left_to_a_person(weather: Storm):
    weather.begin(metadata=False)
    befalls(weather, *(Blow("put leaving", 0, "lost") for _ in range(3)))
    assert run(weather, "veiled") == {"unknown": 12}


def test_what_was_overtaken_before_anything_was_proved_goes_again_where_audits_tell(weather: Storm):
    order = weather.start("veiled")
    befalls(weather, Blow("put leaving", 0, "never"), Blow("tickets leaving", 0, "edit"))
    weather.drive(order.jobs[0])
    assert ended(weather) == {"succeeded": 12}


def test_where_no_ticket_of_a_job_tells_one_of_an_earlier_job_does(weather: Storm):
    run(weather)
    order = weather.start("veiled")
    befalls(weather, *(Blow("put leaving", 0, "never") for _ in range(3)), Blow("tickets leaving", 0, "crash"))
    assert not weather.drive(order.jobs[0])
    for ticket_id in weather.tickets():
        weather.edit(ticket_id, {"additional_tags": ["called_back"]})
    weather.clock.sleep(31.0)
    assert ended(weather) == {"succeeded": 12}


def test_what_an_earlier_job_showed_counts_for_nothing_once_a_later_one_was_blind(weather: Storm):
    run(weather)
    weather.world.config = replace(weather.config, drop_metadata=True)
    weather.metadata = False
    assert run(weather, "veiled") == {"succeeded": 12}
    befalls(weather, *(Blow("put leaving", 0, "lost") for _ in range(3)))
    assert run(weather, "veiled") == {"unknown": 12}


def test_nobody_asks_what_audits_tell_while_no_ticket_waits_for_it(weather: Storm):
    run(weather)
    for ticket_id in weather.tickets():
        weather.close(ticket_id)
    weather.clock.sleep(60.0)
    weather.instead["audits"] = lambda _: pytest.fail("audits were asked for")
    assert run(weather) == {"skipped": 12}


def test_a_success_that_was_deleted_proves_nothing_about_the_account(weather: Storm):
    befalls(weather, Blow("audits leaving", 0, "delete"), Blow("put leaving", 1, "lost"))
    assert run(weather)["unknown"] == 0
    assert weather.jobs()[0].audits == Audits.USABLE


def test_a_refusal_of_one_copy_says_nothing_about_an_earlier_one(weather: Storm):
    """The first copy lands when the second is on its way; then the ticket is deleted, and the second finds nothing."""
    befalls(
        weather,
        Blow("put leaving", 0, "late", seconds=300.0),
        Blow("put leaving", 0, "land"),
        Blow("put answered", 0, "delete"),
    )
    weather.app.extensions["jobs"] = replace(engine(), max_inflight_jobs=1)
    assert run(weather) == {"succeeded": 11, "unknown": 1}


def test_no_more_than_the_first_tickets_go_before_a_person_has_looked(weather: Storm):
    order = weather.start("comment", customers=True)
    weather.drive(order.jobs[0])
    assert sum(weather.comments(order).values()) == 5
    assert ended(weather) == {"succeeded": 12}


def test_tickets_over_which_three_drivers_died_are_quarantined_and_the_rest_is_done(weather: Storm):
    order = weather.start("comment")
    for _ in range(3):
        befalls(weather, Blow("put leaving", 0, "crash"))
        assert not weather.drive(order.jobs[0])
        weather.clock.sleep(31.0)
    assert ended(weather) == {"succeeded": 12 - BATCH, "unknown": BATCH}
    aside = [item for item in weather.items(order.jobs[0]) if item.outcome == "unknown"]
    assert {item.error for item in aside} == {"set_aside"}


def test_a_wait_does_not_last_longer_because_the_clock_stepped_back(weather: Storm):
    order = weather.start("comment")
    weather.fault("503:method=PUT:path=/tickets/update_many:times=1:retry_after=20")
    weather.drive(order.jobs[0], seconds=1.0)
    assert weather.jobs()[0].wake_at is not None
    weather.clock.skew -= 3600.0
    weather.clock.sleep(31.0)
    assert sweep(engine()) == 1
    assert ended(weather) == {"succeeded": 12}


@pytest.fixture(params=[True, False], ids=["previewed", "directly"])
def previewed(request: pytest.FixtureRequest) -> bool:
    """Whether a retry goes by way of a preview."""
    return request.param


def marked_while_a_copy_is_under_way(weather: Storm, kind: str = "comment") -> Order:
    """A job that was stopped while its first batch is on its way; a person looked, and found nothing."""
    befalls(weather, Blow("put leaving", 0, "late", seconds=300.0), Blow("mark_ambiguous committed", 0, "cancel"))
    weather.app.extensions["jobs"] = replace(engine(), max_inflight_jobs=1)
    order = weather.start(kind)
    weather.drive(order.jobs[0])
    unknown = [item.ticket_id for item in weather.items(order.jobs[0]) if item.outcome == "unknown"]
    assert len(unknown) == BATCH
    for ticket_id in unknown:
        weather.mark(order.jobs[0], ticket_id)
    return order


def test_a_copy_that_lands_after_a_person_marked_its_ticket_is_found_by_the_retry(previewed: bool, weather: Storm):
    order = marked_while_a_copy_is_under_way(weather)
    weather.land()
    weather.clock.sleep(5.0)
    weather.retry(order, previewed=previewed)
    assert ended(weather) == {"succeeded": BATCH}
    assert weather.witness.writes == 1, "nothing went twice"


def test_a_copy_that_lands_after_its_ticket_was_tried_again_finds_it_changed(previewed: bool, weather: Storm):
    order = marked_while_a_copy_is_under_way(weather)
    weather.retry(order, previewed=previewed)
    assert ended(weather) == {"succeeded": BATCH}
    weather.land()
    assert set(weather.comments(order).values()) == {1}


def edit_all(weather: Storm) -> None:
    for ticket_id in weather.tickets():
        weather.edit(ticket_id, {"additional_tags": ["called_back"]})
    weather.clock.sleep(5.0)


def mark_all(weather: Storm, order: Order) -> None:
    for item in weather.items(order.jobs[-1]):
        weather.mark(order.jobs[-1], item.ticket_id)


def test_a_marked_ticket_that_somebody_changed_is_planned_anew(previewed: bool, weather: Storm):
    run(weather)  # it shows that audits tell
    order = marked_while_a_copy_is_under_way(weather)
    edit_all(weather)
    weather.retry(order, previewed=previewed)
    assert ended(weather) == {"succeeded": BATCH}


@pytest.mark.parametrize("lands", [True, False])
def test_where_nothing_tells_a_person_looks_once_more_at_what_has_changed_and_that_is_final(
    lands: bool, previewed: bool, weather: Storm
):
    weather.begin(metadata=False)
    order = marked_while_a_copy_is_under_way(weather, "veiled")
    if lands:
        weather.land()
        weather.clock.sleep(5.0)
    else:
        edit_all(weather)
    weather.retry(order, previewed=previewed)
    assert ended(weather) == {"unknown": BATCH}
    mark_all(weather, order)
    if not lands:
        edit_all(weather)
        weather.retry(order, previewed=previewed)
    assert ended(weather) == {"succeeded": BATCH}


def test_what_was_rendered_for_a_marked_ticket_goes_again_as_it_was(previewed: bool, weather: Storm):
    """Rendering it anew takes time, in which a copy may land."""
    order = marked_while_a_copy_is_under_way(weather, "rendered")
    befalls(weather, Blow("tickets answered", 0, "land"))
    weather.retry(order, previewed=previewed)
    weather.drive(order.jobs[-1])
    assert ended(weather) == {"succeeded": BATCH}
    assert set(weather.comments(order).values()) == {1}


def test_a_marked_ticket_that_was_deleted_and_restored_gets_its_comment_once(previewed: bool, weather: Storm):
    order = marked_while_a_copy_is_under_way(weather)
    [ticket_id, *_] = [item.ticket_id for item in weather.items(order.jobs[0]) if item.error == "marked_not_there"]
    ticket = weather.world.tickets[ticket_id]
    weather.delete(ticket_id)
    weather.retry(order, previewed=previewed)
    assert ended(weather) == {"succeeded": BATCH - 1, "unknown": 1}
    weather.world.tickets[ticket_id] = ticket
    weather.deleted.clear()
    mark_all(weather, order)
    weather.land()
    weather.clock.sleep(5.0)
    weather.retry(order, previewed=previewed)
    assert ended(weather) == {"succeeded": 1}


def ids_in(request: requests.PreparedRequest) -> set[int]:
    """The tickets that a change names, in the bulk form or in the batch form."""
    if ids := parse_qs(urlsplit(request.url or "").query).get("ids"):
        return {int(number) for number in ids[0].split(",")}
    return {ticket["id"] for ticket in json.loads(request.body or b"")["tickets"]}


@pytest.mark.parametrize("kind", ["comment", "tag"])
@pytest.mark.parametrize("lands", [True, False])
def test_the_refusal_of_a_whole_request_says_nothing_about_an_earlier_copy(lands: bool, kind: str, weather: Storm):
    """It is waited for a little; then a person has to look."""
    seconds = 12.0 if lands else 600.0
    if kind == "tag":
        seconds += USUAL.slowest_answer  # before which no other copy goes
    befalls(weather, Blow("put leaving", 0, "late", seconds=seconds))
    weather.app.extensions["jobs"] = replace(engine(), max_inflight_jobs=1)
    spoilt: set[int] = set()

    def answer(request: requests.PreparedRequest) -> int | None:
        spoilt.update(ids_in(request) if not spoilt else ())
        return 422 if spoilt & ids_in(request) else None

    weather.instead["put"] = answer
    order = weather.start(kind)
    for _ in range(BATCH):
        weather.drive(order.jobs[0])
    expected = {"succeeded": 12} if lands else {"succeeded": 12 - BATCH, "unknown": BATCH}
    assert Counter(item.outcome for item in weather.items(order.jobs[0])) == expected


def test_a_refusal_of_a_marked_ticket_says_nothing_about_what_is_under_way(previewed: bool, weather: Storm):
    """The copy of the earlier job lands at the same time as that of the retry, and then the ticket is deleted."""
    order = marked_while_a_copy_is_under_way(weather)
    befalls(weather, Blow("put leaving", 0, "land"), Blow("put answered", 0, "delete"))
    weather.retry(order, previewed=previewed)
    weather.drive(order.jobs[-1])
    assert ended(weather) == {"succeeded": BATCH - 1, "unknown": 1}
