"""A job is taken back: previewed, carried out under stamps, by tickets that still hold what the job wrote."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.jobs.commands import again, service
from app.jobs.commands.again import take_back
from app.jobs.commands.create import JobRefused
from app.jobs.commands.undoes import Wanted
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Relation
from app.jobs.sources.frozen import FrozenList
from app.sandbox.changes import apply
from config import Config
from tests.jobs.desk import Desk, desk


@pytest.fixture
def made(config: Config) -> Iterator[Desk]:
    with desk(config) as found:
        yield found


def run(made: Desk, preview: Job) -> Job:
    return made.finish(made.submit(source=FrozenList(job_id=preview.id), parameters=None))


def undo(made: Desk, job: Job, wanted: Wanted = Wanted(), **options: Any) -> Job:  # noqa: B008
    return made.finish(take_back(job.id, made.user, wanted, **options))


def state(made: Desk, ids: list[int]) -> dict[int, Any]:
    """What tickets are, but for when they were updated."""
    found = made.world.tickets
    return {number: (found[number].tags, dict(found[number].fields), found[number].status) for number in ids}


def by_hand(made: Desk, ticket_id: int, **change: Any) -> None:
    with made.world.lock:
        apply(made.world, made.world.tickets[ticket_id], change, made.world.by_hand)


def test_an_undo_leaves_untouched_tickets_as_they_were_and_is_itself_undone(made: Desk):
    ids = made.tickets_of_view()
    before = state(made, ids)
    job = made.finish(made.submit(add="reason_refund fresh_tag"))
    tagged = state(made, ids)
    assert job.succeeded
    preview = undo(made, job)
    assert (preview.status, preview.relation, preview.succeeded) == ("completed", Relation.UNDO, job.succeeded)
    assert state(made, ids) == tagged, "a preview changes nothing"
    back = run(made, preview)
    assert (back.status, back.error, back.succeeded) == ("completed", None, job.succeeded)
    assert state(made, ids) == before
    again_on = run(made, undo(made, back))
    assert again_on.succeeded == back.succeeded
    assert state(made, ids) == tagged


def by_ticket(made: Desk, job: Job) -> dict[int, JobItem]:
    return {item.ticket_id: item for item in made.items(job)}


def refused(ask: Any) -> str:
    with pytest.raises(JobRefused) as refusal:
        ask()
    return refusal.value.code


def test_what_agents_changed_since_stays_and_is_named(made: Desk):
    ids = made.tickets_of_view()
    with_option = next(n for n in ids if "reason_late" in made.world.tickets[n].tags)
    others, before = [n for n in ids if n != with_option], state(made, ids)
    job = made.finish(made.submit(add="reason_refund fresh_tag"))
    by_hand(made, with_option, additional_tags=["returns"])  # another option of the same drop-down
    by_hand(made, others[0], additional_tags=["theirs"])
    by_hand(made, others[1], remove_tags=["fresh_tag"])
    preview = undo(made, job)
    found = by_ticket(made, preview)
    (left,) = found[with_option].left_as_is or []
    assert (left["name"], left["was"], left["now"], left["why"]) == ("tags", ["reason_late"], ["returns"], "changed")
    assert (found[with_option].outcome, found[with_option].error) == ("succeeded", "in_part")
    assert found[others[0]].changed_since
    assert found[others[1]].changed_since
    assert not found[others[2]].changed_since
    back = run(made, preview)
    assert by_ticket(made, back)[with_option].error == "in_part"
    now = {n: set(made.world.tickets[n].tags) for n in ids}
    assert now[with_option] == {*before[with_option][0], "returns"} - {"reason_late"}
    assert now[others[0]] == {*before[others[0]][0], "theirs"}
    assert {n: state(made, [n])[n] for n in others[1:]} == {n: before[n] for n in others[1:]}


def test_an_agent_who_is_quicker_than_the_undo_is_not_overwritten(made: Desk):
    ids = made.tickets_of_view()
    job = made.finish(made.submit(add="fresh_tag"))
    preview = undo(made, job)
    by_hand(made, ids[0], additional_tags=["meanwhile"])
    by_hand(made, ids[1], status="solved", remove_tags=["fresh_tag"])
    back = run(made, preview)
    assert back.status == "completed"
    assert by_ticket(made, back)[ids[1]].outcome == "unchanged"
    assert "meanwhile" in made.world.tickets[ids[0]].tags
    assert "fresh_tag" not in made.world.tickets[ids[0]].tags
    assert made.world.tickets[ids[1]].status == "solved"


def test_a_job_is_taken_back_once_and_a_part_of_it_before(made: Desk):
    ids = made.tickets_of_view()
    job = made.finish(made.submit(add="fresh_tag"))
    part = undo(made, job, Wanted(ticket_ids=tuple(ids[:3])))
    assert run(made, part).succeeded == 3
    assert again.undo_state(made.read(job.id)).tickets == job.succeeded - 3
    stale, rest_of_it = undo(made, job), undo(made, job)
    whole = run(made, rest_of_it)
    assert whole.succeeded == job.succeeded - 3
    assert refused(lambda: made.submit(source=FrozenList(job_id=stale.id), parameters=None)) == "undone_already"
    assert refused(lambda: take_back(job.id, made.user)) == "undone_already"
    found = again.undo_state(made.read(job.id))
    assert (found.possible, found.tickets, found.job_id) == (False, 0, whole.id)


def test_a_stopped_undo_and_a_stopped_job_are_taken_back_as_far_as_they_went(made: Desk):
    job = made.finish(made.submit(add="fresh_tag"))
    preview = undo(made, job)
    stopped = made.submit(source=FrozenList(job_id=preview.id), parameters=None, canary=5)
    stopped = made.finish(service.cancel(made.finish(stopped).id))
    assert (stopped.status, stopped.succeeded) == ("cancelled", 5)
    assert again.undo_state(made.read(job.id)).tickets == job.succeeded - 5
    assert again.undo_state(stopped).tickets == 5
    rest = run(made, undo(made, job))
    assert rest.succeeded == job.succeeded - 5
    assert not any("fresh_tag" in made.world.tickets[n].tags for n in made.tickets_of_view())


@pytest.mark.parametrize(("parameters", "code"), [({"dry_run": True}, "changes_nothing"), ({}, "nothing_to_undo")])
def test_what_changed_nothing_cannot_be_taken_back(made: Desk, parameters: Any, code: str):
    made.finish(made.submit(add="fresh_tag"))
    job = made.finish(made.submit(add="fresh_tag", **parameters))
    assert refused(lambda: take_back(job.id, made.user)) == code
    assert again.undo_state(job).possible is False


def test_the_rest_of_a_stopped_job_is_done_once_and_by_a_job_of_its_own(made: Desk):
    stopped = made.finish(service.cancel(made.finish(made.submit(add="fresh_tag", canary=7)).id))
    waiting = [item.ticket_id for item in made.items(stopped) if item.error == "cancelled"]
    assert (stopped.status, stopped.succeeded, stopped.never_started) == ("cancelled", 7, len(waiting))
    by_hand(made, waiting[-1], additional_tags=["fresh_tag"])
    preview = made.finish(again.do_rest(stopped.id, made.user))
    assert (preview.relation, preview.total, preview.unchanged) == (Relation.REST, len(waiting), 1)
    assert by_ticket(made, preview)[waiting[-1]].changed_since
    done = run(made, preview)
    assert (done.status, done.succeeded) == ("completed", len(waiting) - 1)
    assert refused(lambda: again.do_rest(stopped.id, made.user)) == "nothing_left"
    assert refused(lambda: made.submit(source=FrozenList(job_id=preview.id), parameters=None)) == "begun_already"
    assert set(made.changes().values()) == {1}


def test_of_closed_tickets_one_goes_first_and_the_others_are_named_where_it_is_refused(config: Config):
    with desk(config, tickets=120) as made:
        job = made.finish(made.submit(add="fresh_tag"))
        closed = [item.ticket_id for item in made.items(job) if item.outcome == "succeeded"][:3]
        with made.world.lock:
            for number in closed:
                made.world.tickets[number].status = "closed"
        left_out = undo(made, job)
        assert {by_ticket(made, left_out)[number].error for number in closed} == {"closed"}
        back = run(made, undo(made, job, Wanted(closed=True)))
        found = by_ticket(made, back)
        assert (back.status, back.succeeded) == ("completed", job.succeeded - 3)
        assert [(found[number].outcome, found[number].error) for number in closed] == [("skipped", "closed")] * 3
        assert [found[number].attempts for number in closed] == [1, 0, 0]
