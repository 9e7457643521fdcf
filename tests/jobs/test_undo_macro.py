"""A macro job is taken back: each value where the ticket still holds it, the rest by name; its comment stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.jobs.commands import service
from app.jobs.commands.again import take_back
from app.jobs.commands.service import Submission
from app.jobs.commands.undoes import Wanted
from app.jobs.models import Job, JobItem
from app.jobs.sources.frozen import FrozenList
from app.sandbox.changes import apply
from app.sandbox.macros import Macro
from config import Config
from tests.factories import on_view
from tests.jobs.desk import Desk, desk

MACRO = 7
VALUES = ("status", "priority", "type", "group_id", "assignee_id", "subject", "tags", "fields", "follower_ids")


@pytest.fixture
def made(config: Config) -> Iterator[Desk]:
    with desk(config) as found:
        agent = next(each for each in found.world.people.users.values() if each.staff and len(each.groups) > 0)
        reason = found.world.fields.named("Contact reason")
        actions = (
            ("status", "pending"),
            ("priority", "urgent"),
            ("type", "task"),
            ("assignee_id", str(agent.id)),
            ("subject", "Delayed by the strike"),
            (f"custom_fields_{reason.id}", "reason_damaged"),
            ("current_tags", "told_of_strike"),
            ("follower", str(agent.id)),
            ("comment_value", "We are on it."),
            ("comment_mode_is_public", "false"),
        )
        found.world.macros[MACRO] = Macro(MACRO, "Strike", actions, 7)
        yield found


def apply_macro(made: Desk) -> Job:
    where = on_view(made.view_id, "Carrier strike")
    asked = Submission("apply-macro-to-view", made.user, {"macro_id": MACRO}, dry_run=False, canary=0, **where)
    return made.finish(service.submit(asked))


def taken_back(made: Desk, job: Job, wanted: Wanted = Wanted()) -> tuple[Job, Job]:  # noqa: B008
    """The preview, and the job that carried it out."""
    preview = made.finish(take_back(job.id, made.user, wanted))
    run = Submission(job.tool, made.user, None, FrozenList(job_id=preview.id), dry_run=False)
    return preview, made.finish(service.submit(run))


def values(made: Desk, ticket_id: int) -> dict[str, Any]:
    ticket = made.world.tickets[ticket_id]
    return {name: dict(ticket.fields) if name == "fields" else getattr(ticket, name) for name in VALUES}


def changed(made: Desk, job: Job) -> list[JobItem]:
    return [item for item in made.items(job) if item.outcome == "succeeded"]


def by_hand(made: Desk, ticket_id: int, **change: Any) -> None:
    with made.world.lock:
        apply(made.world, made.world.tickets[ticket_id], change, made.world.by_hand)


def test_every_value_of_a_macro_returns_and_its_comment_stays(made: Desk):
    before = {number: values(made, number) for number in made.tickets_of_view()}
    job = apply_macro(made)
    assert (job.status, job.failed) == ("completed", 0)
    preview, back = taken_back(made, job)
    assert (preview.summary or {})["comment"] == "internal"
    assert (back.status, back.error, back.failed, back.succeeded) == ("completed", None, 0, job.succeeded)
    for item in changed(made, job):
        number, expected = item.ticket_id, dict(before[item.ticket_id])
        left = {each["name"]: each["why"] for each in _item(made, back, number).left_as_is or []}
        if expected["status"] == "new":
            assert left.pop("status") == "new"
            expected["status"] = "open"
        if expected["priority"] is None:
            assert left.pop("priority") == "cannot_empty"
            expected["priority"] = "urgent"
        assert left == {}
        assert values(made, number) == expected
        events = [event for audit in made.world.tickets[number].history for event in audit.events]
        assert "We are on it." in [event.get("body") for event in events]


def test_what_agents_changed_since_is_named_with_who_and_when(made: Desk):
    job = apply_macro(made)
    number = next(item.ticket_id for item in changed(made, job) if item.before["priority"] == "low")
    by_hand(made, number, priority="normal", subject="Mine now")
    preview, back = taken_back(made, job)
    told = {row["name"]: row for row in (preview.summary or {})["left_sample"] if row["ticket_id"] == number}
    assert set(told) == {"Priority", "Subject"}
    assert all(row["by"] and row["at"] for row in told.values())
    ticket = made.world.tickets[number]
    assert (ticket.priority, ticket.subject, _item(made, back, number).error) == ("normal", "Mine now", "in_part")


def test_one_value_alone_is_taken_back_and_the_others_later(made: Desk):
    job = apply_macro(made)
    numbers = [item.ticket_id for item in changed(made, job)]
    first, back = taken_back(made, job, Wanted(fields=("tags",)))
    assert (first.total, back.succeeded) == (len(numbers), len(numbers))
    assert {made.world.tickets[number].subject for number in numbers} == {"Delayed by the strike"}
    assert not any("told_of_strike" in made.world.tickets[number].tags for number in numbers)
    _, rest = taken_back(made, job)
    assert rest.succeeded == len(numbers)
    assert "Delayed by the strike" not in {made.world.tickets[number].subject for number in numbers}


def _item(made: Desk, job: Job, ticket_id: int) -> JobItem:
    return next(item for item in made.items(job) if item.ticket_id == ticket_id)
