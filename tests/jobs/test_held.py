"""What a ticket's record says it became is what Zendesk holds: without what it dropped, also after a lost answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from app.jobs.collaborators import engine
from app.jobs.models import Job
from app.jobs.sentence import told
from app.tools.tag_manager.operation import TagOperation
from app.web.pages.jobs import shown
from tests.jobs.storm.storm import Blow, Storm

PUT = "method=PUT:path=/tickets/update_many"
N1, OLD = "n1", "old"


@pytest.fixture
def change(weather: Storm) -> TagOperation:
    """A job that adds one tag and takes another off, which every other ticket has."""
    operation = TagOperation((N1,), (OLD,))
    weather.app.extensions["jobs"] = replace(engine(), operation=lambda *_: operation)
    for ticket_id in weather.tickets()[::2]:
        weather.edit(ticket_id, {"additional_tags": [OLD]})
    weather.clock.sleep(60.0)
    return operation


def ends(weather: Storm) -> None:
    [job_id] = weather.start("tag").jobs
    for _ in range(40):
        weather.drive(job_id)
        weather.clock.sleep(5.0)
    assert weather.jobs()[-1].status == "completed"
    for item in weather.items(job_id):
        holds = list(weather.world.tickets[item.ticket_id].tags)
        told = (item.before or {})["tags"] if item.outcome in ("failed", "unknown") else (item.after or {}).get("tags")
        assert sorted(told or ()) == sorted(holds), f"{item.ticket_id}: {item.outcome}, {item.error}"


def sentence(job: Job) -> str:
    return told(job, what="tags", about_to="tag", doing="tagging", did="tagged")


def outcomes(weather: Storm) -> Counter[tuple[str, str | None]]:
    return Counter((item.outcome, item.error) for item in weather.items(weather.jobs()[-1].id))


@pytest.mark.usefixtures("change")
def test_what_was_dropped_is_in_no_record(weather: Storm):
    """Where the part that was left changes a ticket it has succeeded in part, elsewhere nothing was made."""
    weather.fault(f"drops-keys:{PUT}:keys=additional_tags")
    ends(weather)
    found = outcomes(weather)
    code = "dropped: additional_tags"
    assert found["succeeded", code]
    assert found["failed", code]
    assert found["succeeded", code] + found["failed", code] == 12
    job = weather.jobs()[-1]
    assert shown.status_of(job).word == "Done with problems"
    assert "tagged 0 tickets" in sentence(job)
    assert f"{found['succeeded', code]} in part (without additional_tags)" in sentence(job)


@pytest.mark.usefixtures("change")
@pytest.mark.parametrize(("key", "other"), [("additional_tags", "remove_tags"), ("remove_tags", "additional_tags")])
def test_after_a_lost_answer_history_and_ticket_tell_which_part_was_made(key: str, other: str, weather: Storm):
    weather.fault(f"drops-keys:{PUT}:keys={key}:times=1")
    weather.blows = [Blow("put leaving", 0, "lost")]
    ends(weather)
    found = outcomes(weather)
    assert found["succeeded", f"partly: {key}"]
    assert {error for _, error in found} <= {None, f"partly: {key}"}
    assert other not in (weather.jobs()[-1].error or "")
    assert key in (weather.jobs()[-1].error or "")
    assert "in part" in sentence(weather.jobs()[-1])
    ours = Counter(each.ticket_id for each in weather.world.ledger.changes if "Giga" in each.client)
    assert set(ours.values()) == {1}, "nothing went twice"


def test_after_a_lost_answer_the_record_says_what_the_ticket_holds(weather: Storm):
    """A rule mailed the customer and took the tag off: we have just read that."""
    weather.fault("consumes-tag:tag=ours_1")
    weather.blows = [Blow("put leaving", n, "lost") for n in (0, 0, 0)]
    ends(weather)
    assert outcomes(weather) == {("succeeded", None): 12}
