"""Tickets that were named by their ids: read again by id, each with its own tags, and what cannot be read named."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from sqlalchemy import select

from app.extensions import db
from app.jobs.commands import again
from app.jobs.lists import store
from app.jobs.lists.models import TicketList
from app.jobs.models import Job
from app.jobs.sources.base import SourceRefused, TicketSource
from app.jobs.sources.frozen import FrozenList
from app.jobs.sources.ids import GivenIds, GivenRows, KeptList, keep_file
from app.web.pages.jobs import shown
from config import Config
from tests.factories import make_user
from tests.jobs.desk import TAG, Desk, desk

UNKNOWN = 9_999_999


@pytest.fixture
def small(config: Config) -> Iterator[Desk]:
    with desk(config, tickets=330) as made:
        yield made


def some(desk: Desk, most: int) -> list[int]:
    """Tickets that are not closed."""
    return [number for number, ticket in sorted(desk.world.tickets.items()) if ticket.status != "closed"][:most]


def run(desk: Desk, source: TicketSource, **parameters: object) -> tuple[Job, Job]:
    """A preview of these tickets, and the job that carried it out."""
    asked = {"add": [TAG], "remove": [], **parameters}
    preview = desk.finish(desk.submit(dry_run=True, source=source, parameters=asked))
    assert preview.status == "completed", preview.error
    job = desk.submit(dry_run=False, source=FrozenList(job_id=preview.id), parameters=None)
    return preview, desk.finish(job)


def test_exactly_the_named_tickets_are_changed(small: Desk) -> None:
    named = some(small, 7)
    preview, job = run(small, GivenIds(ticket_ids=[*named, named[0]]))
    assert (job.status, job.total, job.succeeded) == ("completed", 7, 7)
    assert preview.source == {"ticket_ids": named}
    assert sorted(small.changes()) == named


def test_a_long_list_is_kept_apart_and_read_100_a_request(small: Desk) -> None:
    named = some(small, 150)
    preview, job = run(small, GivenIds(ticket_ids=named))
    [kept] = db.session.scalars(select(TicketList))
    assert preview.source == {"list_id": kept.id}
    assert (job.total, job.succeeded) == (150, 150)
    assert len(small.requests("show_many")) >= 2
    assert sorted(small.changes()) == named


def test_tickets_that_zendesk_does_not_know_fail_by_name_and_the_others_go(small: Desk) -> None:
    named = some(small, 3)
    preview, job = run(small, GivenIds(ticket_ids=[*named, UNKNOWN]))
    assert preview.summary is not None
    assert preview.summary["never_read"] == {"not_found": 1}
    assert "There is no such ticket" in shown.warnings(preview)[0]
    assert [(item.ticket_id, item.error) for item in small.items(job) if item.outcome == "failed"] == [
        (UNKNOWN, "not_found")
    ]
    assert (job.succeeded, job.failed, job.total) == (3, 1, 4)


def test_each_ticket_gets_its_own_tags_in_one_request(small: Desk) -> None:
    named = some(small, 3)
    before = {number: set(small.world.tickets[number].tags) for number in named}
    rows = [{"ticket_id": number, "add": [f"own_{number}"], "remove": sorted(before[number])[:1]} for number in named]
    preview, job = run(small, GivenRows(rows=rows), add=[], own=True)
    assert preview.summary is not None
    assert sorted(group["add"] for group in preview.summary["groups"]) == sorted([f"own_{n}"] for n in named)
    assert (job.status, job.succeeded) == ("completed", 3)
    for row in rows:
        expected = (before[row["ticket_id"]] | set(row["add"])) - set(row["remove"])
        assert set(small.world.tickets[row["ticket_id"]].tags) == expected
    assert len(small.requests("update_many")) == 1


def test_own_tags_that_displace_an_option_are_warned_of_and_two_options_are_refused(small: Desk) -> None:
    one, two = some(small, 2)
    reason = small.world.fields.named("Contact reason")
    first, second = sorted(reason.tags)[:2]
    for number in (one, two):
        ticket = small.world.tickets[number]
        ticket.tags = (*(tag for tag in ticket.tags if tag not in reason.tags), first)
        ticket.fields = {**ticket.fields, reason.id: first}
    rows = [{"ticket_id": one, "add": [second]}, {"ticket_id": two, "add": [first, second]}]
    preview, job = run(small, GivenRows(rows=rows), add=[], own=True)
    assert preview.summary is not None
    assert [(each["effect"], each["displaced"]) for each in preview.summary["fields"] if each["displaced"]] == [
        ("displaced", first)
    ]
    assert [item.error for item in small.items(preview)] == [None, "options_clash"]
    assert any("several are options of one drop-down" in warning for warning in shown.warnings(preview))
    assert small.world.tickets[one].fields[reason.id] == second
    assert (job.succeeded, job.failed) == (1, 1)


def test_a_retry_knows_the_own_tags_of_its_tickets(small: Desk) -> None:
    one, two = some(small, 2)
    gone = small.world.tickets.pop(two)
    rows = [{"ticket_id": one, "add": ["mine"]}, {"ticket_id": two, "add": ["theirs"]}]
    _, job = run(small, GivenRows(rows=rows), add=[], own=True)
    small.world.tickets[two] = gone
    retried = small.finish(again.retry(job.id, small.user))
    assert [item.after and item.after["tags"][-1] for item in small.items(retried)] == ["theirs"]


def test_what_is_no_ticket_is_refused_with_its_place(small: Desk) -> None:
    given = GivenIds(ticket_ids=[5, "abc", "https://other.zendesk.com/agent/tickets/5"])
    with pytest.raises(SourceRefused, match=r"Entry 2, “abc”.*other\.zendesk\.com"):
        given.require_all()
    assert [one.row for one in given.rejected()] == [2, 3]


def test_a_list_is_seen_by_its_owner_and_admins_in_its_own_account(small: Desk) -> None:
    owner, other = make_user(), make_user()
    kept = KeptList(list_id=keep_file(io.BytesIO(b"id\n5\nx\n"), "mine.csv", owner))
    assert kept.kept_for(owner).title == "mine.csv"
    assert kept.kept_for(small.user).total == 1
    assert [one.value for one in kept.rejected()] == ["x"]
    with pytest.raises(SourceRefused, match="There is no list"):
        kept.kept_for(other)
    assert store.find(kept.list_id, owner, "other.zendesk.com") is None


def test_too_many_tickets_are_refused_at_once(config: Config) -> None:
    limits = {"async_ticket_limit": 3}
    with desk(config, tickets=30, app_limits=limits) as few, pytest.raises(SourceRefused, match="more than 3 tickets"):
        GivenIds(ticket_ids=[1, 2, 3, 4]).look_up(few.user)
