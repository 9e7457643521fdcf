"""A search as a source: complete, each ticket once, as it is now, whatever becomes of index and cursor meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from app.account.cache import whose_tickets
from app.auth.models import User
from app.jobs.commands import service
from app.jobs.commands.create import JobRefused, Submission
from app.jobs.models import Job
from app.jobs.sources import query as module
from app.jobs.sources.base import InvalidSource, SourceRefused
from app.jobs.sources.frozen import FrozenList
from app.jobs.sources.query import SearchQuery
from app.jobs.sources.terms import fits
from app.sandbox.changes import apply
from app.sandbox.tickets import Ticket
from config import Config
from tests.desk import make_view
from tests.factories import make_user
from tests.jobs.desk import TAG, Desk, desk

QUERY = "status<solved -tags:never_there"


@pytest.fixture
def made(config: Config) -> Iterator[Desk]:
    with desk(config, search_lag=3_600.0) as made:
        yield made


def unsolved(made: Desk) -> set[int]:
    return {ticket.id for ticket in made.world.tickets.values() if ticket.status not in ("solved", "closed")}


def listed(made: Desk, query: str = QUERY, user: User | None = None) -> Job:
    parameters = {"add": [TAG], "remove": []}
    return made.finish(
        service.submit(Submission("tag-manager", user or made.user, parameters, SearchQuery(query=query)))
    )


def found(made: Desk, job: Job) -> set[int]:
    return {item.ticket_id for item in made.items(job)}


def agent_sets(made: Desk, ticket: Ticket, **values: Any) -> None:
    """An agent changes a ticket, and the index does not know it yet."""
    with made.world.lock:
        made.world.advance()
        apply(made.world, ticket, values, made.world.by_hand)


def test_all_that_is_found_is_listed_closed_ones_too(made: Desk) -> None:
    assert found(made, listed(made)) == unsolved(made)
    closed = {ticket.id for ticket in made.world.tickets.values() if ticket.status == "closed"}
    assert found(made, listed(made, "status:closed type:ticket")) == closed != set()


def test_a_page_of_a_hundred_costs_two_requests(made: Desk) -> None:
    job = listed(made)
    pages = -(-job.total // 100)
    assert job.total > 200
    assert len(made.requests("/search/export")) == len(made.requests("/tickets/show_many")) == pages


def test_a_ticket_that_came_twice_is_there_once(made: Desk) -> None:
    made.world.faults.add("search-repeats")
    job = listed(made)
    assert found(made, job) == unsolved(made)
    assert job.total == len(unsolved(made))


def test_what_changed_since_the_index_knew_it_is_read_and_said(made: Desk) -> None:
    gone, waiting, tagged, *_ = [ticket for ticket in made.world.tickets.values() if ticket.status == "open"]
    agent_sets(made, waiting, status="pending")
    agent_sets(made, tagged, additional_tags=[TAG])
    made.world.deleted(gone.id)
    job = listed(made, "status:open")
    items = {item.ticket_id: item for item in made.items(job)}
    assert (items[gone.id].outcome, items[gone.id].error) == ("skipped", "not_found")
    assert (items[waiting.id].outcome, items[waiting.id].error) == ("skipped", "no_longer_fits")
    assert items[tagged.id].outcome == "unchanged"
    assert job.skipped == 2
    run = made.finish(made.submit(source=FrozenList(job_id=job.id), parameters=None))
    assert (run.status, run.skipped) == ("completed", 2)
    assert TAG not in waiting.tags


def test_a_listing_that_outlives_its_cursor_begins_again_without_losing_or_doubling(made: Desk) -> None:
    made.world.faults.add("search-expired", every=3, times=2)
    job = listed(made)
    assert (job.status, job.error) == ("completed", None)
    assert found(made, job) == unsolved(made)
    assert len(made.requests("/search/export")) > -(-job.total // 100)


def test_an_old_cursor_is_not_even_tried(made: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CURSOR_LIVES", 0.0)
    monkeypatch.setattr(module, "MOST_BEGINNINGS", 3)
    job = listed(made)
    assert job.status == "failed"
    assert "was begun 3 times" in (job.error or "")
    assert not [each for each in made.requests("/search/export") if "page[after]" in str(each.query)]


@pytest.mark.parametrize("query", ['subject:"open', "created>yesterday_or_so"])
def test_a_query_that_zendesk_refuses_is_said_so_at_once_and_by_the_job(made: Desk, query: str) -> None:
    with pytest.raises(SourceRefused, match="Zendesk refuses this search: Invalid search") as refused:
        SearchQuery(query=query).look_up(made.user)
    assert (refused.value.code, refused.value.status) == ("query_refused", 422)
    job = listed(made, query)
    assert (job.status, job.total) == ("failed", 0)
    assert "Zendesk refuses this search" in (job.error or "")


@pytest.mark.parametrize("query", ["", "  ", "type:user name:x", "type:ticket", "x" * 2_001, 7])
def test_what_is_no_query_for_tickets_is_no_source(query: Any) -> None:
    with pytest.raises(InvalidSource) as wrong:
        SearchQuery.read({"query": query})
    assert wrong.value.fields.keys() == {"query"}


def test_more_than_a_job_may_have_ends_it_while_listing(config: Config) -> None:
    with desk(config, app_limits={"async_ticket_limit": 120}) as made:
        job = listed(made)
        assert (job.status, job.refused_for) == ("failed", "too_many_tickets")
        assert made.changes() == {}
        with pytest.raises(JobRefused):
            made.submit(source=FrozenList(job_id=job.id), parameters=None)


def test_groups_that_keep_their_views_to_themselves_are_for_their_members(
    made: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A search must not reach what no view shows this person; an admin holds the account's credentials."""
    group = next(ticket.group_id for ticket in made.world.tickets.values() if ticket.status == "open")
    restriction = {"type": "Group", "id": group, "ids": [group]}
    listed_views = [make_view(restricted=True, restriction=restriction), make_view(2)]
    monkeypatch.setattr(whose_tickets, "views", lambda: listed_views)
    theirs = {number for number in unsolved(made) if made.world.tickets[number].group_id == group}
    assert theirs
    assert found(made, listed(made, user=agent_of(made, 7))) == unsolved(made) - theirs
    assert found(made, listed(made, user=agent_of(made, group))) == unsolved(made)
    assert found(made, listed(made)) == unsolved(made)


def test_an_agent_whom_zendesk_does_not_know_may_not_search(made: Desk) -> None:
    with pytest.raises(SourceRefused) as refused:
        SearchQuery(query=QUERY).look_up(make_user("agent"))
    assert (refused.value.code, refused.value.status) == ("reach_unknown", 403)


def agent_of(made: Desk, group: int | None) -> User:
    """An agent whom Zendesk knows, in one group."""
    known = {"zendesk_account": made.app.extensions["jobs"].account(), "zendesk_matched_at": time.time()}
    return make_user("agent", **known, zendesk_user_id=4_711, zendesk_role="agent", zendesk_groups=[group])


def test_only_what_surely_does_not_fit_is_told() -> None:
    ticket = {"status": "solved", "tags": ["vip"], "priority": None, "group_id": 7}
    for query in ("status:open status:solved", "tags:vip", "-tags:x", "status<closed", "group:7", "group:Support", "x"):
        assert fits(query, ticket), query
    for query in ("status:open", "-tags:vip", "tags:late", "status<solved", "group:8", "priority:high"):
        assert not fits(query, ticket), query
    for query in ("status:open OR tags:vip", "(status:open tags:x)", "tags:vi*", "created>2020-01-01", "subject:x"):
        assert fits(query, ticket), query
