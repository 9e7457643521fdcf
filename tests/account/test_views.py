"""The account's views: listed once a minute, counted within Zendesk's limits, shown with their age in trouble."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, update

from app import create_app
from app.account.budget import turns
from app.account.budget.models import ZendeskRead
from app.account.cache import views as module
from app.account.cache import views_cache as cache
from app.account.cache import whose_eyes
from app.account.cache.models import ZendeskView
from app.account.cache.views import View, view, views
from app.account.connection.current import current_host
from app.auth.models import User
from app.database import transaction
from app.sandbox import World
from app.zendesk import NetworkError, ServerError, ViewCount, ZendeskError
from app.zendesk.values import with_ids
from config import Config, ZendeskConfig
from tests.connected import SANDBOX, paths
from tests.pages import PageClient
from tests.zendesk.factories import a_client
from tests.zendesk.wire import Wire, reply

HOST = "acme.zendesk.com"


def pass_time(seconds: float) -> None:
    """Let time pass for the cache: what it remembers moves into the past."""
    with transaction() as tx:
        tx.execute(update(ZendeskRead).values(not_before=ZendeskRead.not_before - seconds))
        asked = {"asked_at": ZendeskView.asked_at - seconds, "counted_at": ZendeskView.counted_at - seconds}
        tx.execute(update(ZendeskView).values(**asked))


def known(world: World) -> list[View]:
    """The views once Zendesk has counted: the first time it is asked, it only begins to."""
    views()
    pass_time(cache.UNKNOWN_LIVES)
    return views()


def titled(found: list[View], title: str) -> View:
    return next(each for each in found if each.title.startswith(title))


def fail(world: World, path: str = "*") -> None:
    with world.lock:
        world.faults.add("502", path=path)


def recover(world: World) -> None:
    with world.lock:
        world.faults.remove()


def tickets_in(world: World, view_id: int) -> int:
    with world.lock:
        user = next(each for each in world.people.users.values() if each.email == SANDBOX.email)
        return len(world.listings.ids(world.views[view_id], user, world.now))


def raw(view_id: int, **changes: Any) -> dict[str, Any]:
    """A view as Zendesk lists it."""
    return {"id": view_id, "title": f"View {view_id}", "position": view_id, "restriction": None, **changes}


def test_they_are_the_active_ones_in_zendesks_order(connected: Flask, world: World) -> None:
    shown = [each.id for each in views()]
    active = [each for each in world.views.values() if each.active and each.id in shown]
    assert shown == [each.id for each in sorted(active, key=lambda each: each.position)]
    assert all(each.active for each in world.views.values() if each.id in shown)


def test_a_count_is_unknown_until_zendesk_has_counted(connected: Flask, world: World) -> None:
    first = titled(views(), "Carrier strike")
    assert (first.count, first.counted_at) == (None, None)
    later = titled(known(world), "Carrier strike")
    assert later.count == tickets_in(world, later.id) > 0
    assert later.counted_at is not None


def test_the_list_is_read_once_a_minute(connected: Flask, world: World) -> None:
    for seconds, read in ((0.0, 1), (59.0, 1), (1.5, 2)):
        pass_time(seconds)
        views()
        assert paths(world).count("/api/v2/views") == read


def test_a_known_count_is_asked_for_every_two_minutes(connected: Flask, world: World) -> None:
    known(world)
    asked = len(paths(world, "count_many"))
    pass_time(cache.COUNT_LIVES - 1.0)
    views()
    assert len(paths(world, "count_many")) == asked
    pass_time(1.5)
    views()
    assert len(paths(world, "count_many")) > asked


def test_new_renamed_and_vanished_views_are_noticed_and_counts_stay(connected: Flask, world: World) -> None:
    before = titled(known(world), "Carrier strike")
    gone = titled(views(), "Suspected spam")
    with world.lock:
        world.views[before.id] = replace(world.views[before.id], title="Strike is over")
        world.views[77] = replace(world.views.pop(gone.id), id=77, title="Brand new")
    pass_time(60.5)
    after = {each.id: each for each in views()}
    assert (after[before.id].title, after[before.id].count) == ("Strike is over", before.count)
    assert after[77].title == "Brand new"
    assert gone.id not in after


def test_what_depends_on_who_asks_or_is_restricted_is_marked(connected: Flask, world: World) -> None:
    found = views()
    assert titled(found, "My open tickets").current_user
    assert titled(found, "Escalated").restricted
    assert not titled(found, "Carrier strike").current_user
    assert not titled(found, "Carrier strike").restricted


@pytest.mark.parametrize(
    ("conditions", "depends"),
    [
        ({"all": [{"field": "assignee_id", "operator": "is", "value": "current_user"}], "any": []}, True),
        ({"all": [], "any": [{"field": "group_id", "operator": "is", "value": "current_groups"}]}, True),
        ({"all": [{"field": "requester_id", "operator": "includes", "value": ["17", "current_user"]}]}, True),
        ({"all": [{"field": "current_tags", "operator": "includes", "value": "current_user_asked"}]}, False),
        ({"all": [{"field": "assignee_id", "operator": "is", "value": None}]}, False),
        ({"all": None}, False),
        (None, False),
    ],
)
def test_conditions_that_name_the_current_user_are_recognised(conditions: Any, depends: bool) -> None:
    assert cache.depends_on_who_asks({"conditions": conditions}) is depends


def test_in_trouble_the_old_list_is_shown_with_its_age(connected: Flask, world: World) -> None:
    before = known(world)
    pass_time(600.0)
    fail(world)
    after = views()
    assert [(each.id, each.count) for each in after] == [(each.id, each.count) for each in before]
    counted = titled(after, "Carrier strike").counted_at, titled(before, "Carrier strike").counted_at
    assert counted[1] is not None
    assert counted[0] == pytest.approx(counted[1] - 600.0)


def test_in_trouble_pages_do_not_all_run_into_it(connected: Flask, world: World) -> None:
    views()
    pass_time(60.5)
    fail(world)
    asked = len(paths(world))
    for _ in range(5):
        views()
    assert len(paths(world)) == asked + 1
    recover(world)
    pass_time(module.TROUBLE_LIVES)
    assert titled(views(), "Carrier strike").count, "both the list and the counts are asked for again"
    assert paths(world).count("/api/v2/views") == 3


def test_trouble_with_counts_is_not_run_into_by_every_page_either(connected: Flask, world: World) -> None:
    views()
    fail(world, "/views/count_many")
    asked = len(paths(world, "count_many"))
    for _ in range(4):
        pass_time(cache.UNKNOWN_LIVES - 0.2)
        views()
    assert len(paths(world, "count_many")) == asked + 1


def test_without_any_list_the_trouble_is_said_and_the_next_page_tries_again(connected: Flask, world: World) -> None:
    fail(world, "/views")
    for _ in range(2):
        with pytest.raises(ServerError):
            views()
    recover(world)
    assert views()


def test_trouble_with_counts_leaves_the_list(connected: Flask, world: World) -> None:
    fail(world, "/views/count_many")
    found = views()
    assert found
    assert {each.count for each in found} == {None}


def test_an_account_without_views_is_not_asked_on_every_page(connected: Flask, world: World) -> None:
    with world.lock:
        world.views.clear()
    assert views() == views() == []
    assert len(paths(world, "/views")) == 1


def test_without_an_account_there_are_none(config: Config) -> None:
    with create_app(replace(config, zendesk=ZendeskConfig(""))).app_context():
        assert views() == []
        assert view(1) is None


def test_many_pages_at_once_read_one_first_list(connected: Flask, world: World) -> None:
    together = threading.Barrier(6)

    def load() -> int:
        together.wait()
        return len(views())

    with ThreadPoolExecutor(6) as pool:
        loaded = {each.result() for each in [pool.submit(copy_context().run, load) for _ in range(6)]}
    assert loaded == {len(views())}
    assert paths(world).count("/api/v2/views") == 1


def test_nobody_waits_for_a_first_list_for_ever(connected: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_LIST_TAKES", 0.0)
    assert turns.take(str(connected.extensions["config"].zendesk.base_url).removeprefix("http://"), cache.LIST, 30.0)
    with pytest.raises(NetworkError):
        views()


def test_counts_stay_within_zendesks_limit_however_many_views_there_are(connected: Flask, world: World) -> None:
    with world.lock:
        some = next(iter(world.views.values()))
        world.views.update({n: replace(some, id=n, title=f"View {n}", position=n) for n in range(1, 201)})
    for _ in range(12):  # a minute of page after page
        views()
        pass_time(4.9)
    assert 5 <= len(paths(world, "count_many")) <= 6


def test_the_longest_unasked_are_counted_first(connected: Flask, world: World) -> None:
    with world.lock:
        some = next(iter(world.views.values()))
        world.views.update({n: replace(some, id=n, title=f"View {n}", position=n) for n in range(1, 101)})
    for _ in range(8):
        views()
        pass_time(20.0)
    asked = [record.query for record in world.ledger.requests if "count_many" in record.path]
    ids = [set(query.partition("=")[2].split("%2C")) for query in asked[:5]]
    assert len(set.union(*ids)) == sum(len(each) for each in ids), "nobody is asked for twice before all were once"


def test_an_old_count_stays_while_zendesk_computes_a_new_one(connected: Flask, database: str) -> None:
    cache_of(HOST, raw(1))
    cache.note_counts(HOST, {1: ViewCount(17, fresh=True)})
    cache.note_counts(HOST, {1: ViewCount(None, fresh=False)})
    assert [each.count for each in cache.read(HOST)] == [17]


def test_a_cache_belongs_to_its_account(connected: Flask, world: World, config: Config) -> None:
    known(world)
    elsewhere = replace(config, zendesk=replace(config.zendesk, base_url="http://127.0.0.1:1"))
    with create_app(elsewhere).app_context(), pytest.raises(ZendeskError):
        views()


def test_a_list_replaces_the_one_before(connected: Flask, database: str) -> None:
    cache_of(HOST, raw(1), raw(2, title="A\0B"), raw(3, position=None, restriction={"type": "User", "id": 5}))
    cache_of("umbrella.zendesk.com", raw(1, title="Theirs"))
    cache.note_counts(HOST, {2: ViewCount(5, fresh=True)})
    cache_of(HOST, raw(2, title="B", position=2**40), raw(4), {"title": "no id"}, raw(5, title=None))
    assert [(each.id, each.title, each.count) for each in cache.read(HOST)] == [
        (4, "View 4", None),
        (5, "View 5", None),
        (2, "B", 5),
    ]
    assert [each.title for each in cache.read("umbrella.zendesk.com")] == ["Theirs"]


def cache_of(host: str, *listed: dict[str, Any]) -> None:
    turns.take(host, cache.LIST, 30.0)
    cache.replace(host, listed)


def test_two_lists_at_once_do_not_collide(connected: Flask, database: str) -> None:
    turns.take(HOST, cache.LIST, 30.0)
    together = threading.Barrier(4)

    def fill() -> None:
        together.wait()
        cache.replace(HOST, [raw(number) for number in range(1, 60)])

    with ThreadPoolExecutor(4) as pool:
        for each in [pool.submit(copy_context().run, fill) for _ in range(4)]:
            each.result()
    assert len(cache.read(HOST)) == 59


def test_one_view_is_the_one_of_the_list(connected: Flask, world: World) -> None:
    for each in known(world):
        assert view(each.id) == each


def test_a_view_that_is_asked_for_alone_is_counted_too(connected: Flask, world: World) -> None:
    view_id = next(each.id for each in world.views.values() if each.title.startswith("Carrier strike"))
    assert view(view_id) is not None
    pass_time(cache.UNKNOWN_LIVES)
    found = view(view_id)
    assert found is not None
    assert found.count == tickets_in(world, view_id)
    asked = [record.query for record in world.ledger.requests if "count_many" in record.path]
    assert asked == [f"ids={view_id}"] * 2


def test_a_view_made_a_moment_ago_is_found(connected: Flask, world: World) -> None:
    views()
    with world.lock:
        some = next(each for each in world.views.values() if each.active and not each.restriction)
        world.views[77] = replace(some, id=77, title="Brand new")
        world.views[78] = replace(some, id=78, title="Switched off", active=False)
    found = view(77)
    assert found is not None
    assert found.title == "Brand new"
    assert view(78) is None, "it is inactive"


@pytest.mark.parametrize("view_id", [0, -1, 79, 2**63 - 1, 2**63])
def test_a_view_that_nobody_made_is_none(connected: Flask, view_id: int) -> None:
    assert view(view_id) is None


def test_in_trouble_a_known_view_is_still_known_and_an_unknown_one_is_not_denied(
    connected: Flask, world: World
) -> None:
    listed = views()[0]
    fail(world)
    pass_time(600.0)
    found = view(listed.id)
    assert found is not None
    assert found.title == listed.title
    with pytest.raises(ServerError):
        view(79)


def test_a_view_that_fell_out_of_the_cache_is_asked_for(connected: Flask) -> None:
    listed = views()[0]
    with transaction() as tx:
        tx.execute(delete(ZendeskView).where(ZendeskView.view_id == listed.id))
    found = view(listed.id)
    assert found is not None, "Zendesk still has it"
    assert found.title == listed.title


def test_the_dashboard_of_a_demo_needs_no_zendesk(sign_in: Callable[..., PageClient], world: World) -> None:
    fail(world)
    assert sign_in("agent").get("/").status_code == 200


@pytest.mark.parametrize(
    ("restriction", "conditions"),
    [
        ("Group", None),
        (["Group", 1], {"all": "status", "any": None}),
        ({"type": 7, "id": "x", "ids": "1"}, [{"field": "status"}]),
        (0, {"all": [None, 7, {"field": ["status"], "value": {"a": []}}]}),
        ({}, {"all": 3}),
    ],
)
def test_a_view_that_is_malformed_is_listed_named_and_for_admins_of_zendesk_only(
    connected: Flask, monkeypatch: pytest.MonkeyPatch, restriction: Any, conditions: Any
) -> None:
    odd = {"id": "7", "title": "Odd \N{REPLACEMENT CHARACTER}", "restriction": restriction, "conditions": conditions}
    turns.take("odd.example", cache.LIST, 1.0)
    cache.replace("odd.example", [with_ids(odd), with_ids({"id": None, "title": "Nameless"})])
    [view] = cache.read("odd.example")
    assert view.id == 7
    assert view.restricted
    assert view.current_user or conditions is None
    said = cache.said("odd.example") or ""
    assert "Only for admins in Zendesk" in said
    assert "“Odd" in said
    assert "“Nameless”" in said
    monkeypatch.setattr(whose_eyes, "match", lambda user: None)
    agent, admin = User(), User()
    agent.zendesk_role, agent.zendesk_groups, agent.zendesk_user_id = "agent", [1], 1
    admin.zendesk_role = "admin"
    assert not whose_eyes.may_use(agent, view)
    assert whose_eyes.may_use(admin, view)


def test_a_list_of_views_that_was_cut_off_says_so(connected: Flask) -> None:
    turns.take("long.example", cache.LIST, 1.0)
    cache.replace("long.example", [{"id": 1, "title": "One"}], "it has more than 5,000 entries")
    assert cache.said("long.example") == (
        "The list of views was cut off: it has more than 5,000 entries. The first 1 are here."
    )
    cache.replace("long.example", [{"id": 1, "title": "One"}])
    assert cache.said("long.example") is None


def test_a_count_is_no_younger_than_zendesk_says(connected: Flask, world: World) -> None:
    view = known(world)[0]
    host = current_host() or ""
    cache.note_counts(host, {view.id: ViewCount(7, fresh=True, refreshed_at=1_000.0)})
    assert (cache.read(host, view.id)[0].count, cache.read(host, view.id)[0].counted_at) == (7, 1_000.0)


@pytest.mark.parametrize("value", [2**31, 10**30, -1, True, 7.5, "many", [7]])
def test_a_count_that_is_none_is_not_known(connected: Flask, world: World, value: Any) -> None:
    shown = views()[0]
    counts = {"view_counts": [{"view_id": shown.id, "value": value, "fresh": True}]}
    with Wire(responder=lambda _: reply(counts)) as wire:
        cache.note_counts(current_host() or "", a_client(wire.url).view_counts([shown.id]))
    assert views()[0].count == shown.count


def test_a_list_that_zendesk_gave_long_ago_says_so(connected: Flask, world: World) -> None:
    known(world)
    assert module.said() is None
    fail(world)
    with transaction() as tx:
        tx.execute(update(ZendeskRead).values(read_at=ZendeskRead.read_at - 750.0))
    pass_time(750.0)
    views()
    assert module.said() == "The list of views itself is 12 minutes old: Zendesk has given no newer one since."
