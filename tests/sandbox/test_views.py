"""Views: who sees which, how they page, and what their counts are worth."""

import json
from base64 import urlsafe_b64decode

import pytest

from app.sandbox.tickets import STATUS_RANK
from tests.sandbox.desk import Desk

STRIKE = "Carrier strike"


@pytest.fixture
def desk() -> Desk:
    return Desk(rate_limit=10_000)


def titles(desk: Desk, **query: str) -> list[str]:
    return [view["title"] for view in desk.get("/views", page__size=100, **query)["views"]]


def listed(desk: Desk, title: str, **query: str) -> list[int]:
    pages = desk.pages(f"/views/{desk.view_id(title)}/tickets", "tickets", **query)
    return [ticket["id"] for page in pages for ticket in page]


def test_views_of_other_people_are_not_shown(desk: Desk):
    assert "My callbacks" not in titles(desk)
    assert "Escalated" in titles(desk)
    desk.sign_in("petra.aumann@nordfell.example")
    assert not {"My callbacks", "Escalated", "Trial run: five tickets"} & set(titles(desk))
    assert desk.call("GET", f"/api/v2/views/{desk.view_id('Escalated')}/tickets").status_code == 404


def test_an_inactive_view_is_listed_and_cannot_be_read(desk: Desk):
    retired = desk.view_id("Backlog of the summer sale")
    assert desk.get(f"/views/{retired}")["view"]["active"] is False
    assert len(titles(desk)) - len(titles(desk, active="true")) == 1
    assert desk.call("GET", f"/api/v2/views/{retired}/tickets").status_code == 404
    assert desk.call("GET", f"/api/v2/views/{retired}/count").status_code == 404


def test_active_and_compact_page_by_offset_only(desk: Desk):
    found = desk.get("/views/active")
    assert (found["count"], found["next_page"], found["previous_page"]) == (13, None, None)
    assert desk.call("GET", "/api/v2/views/compact?page[size]=5").status_code == 400


def test_a_view_depends_on_who_asks(desk: Desk):
    mine = set(listed(desk, "My open tickets"))
    desk.sign_in("hanae.mori@nordfell.example")
    hers = set(listed(desk, "My open tickets"))
    assert mine
    assert hers
    assert not mine & hers


@pytest.mark.parametrize("sort", ["id", "created_at", "updated_at", "status"])
@pytest.mark.parametrize("order", ["asc", "desc"])
def test_tickets_come_in_the_order_asked_for(desk: Desk, sort: str, order: str):
    tickets = [desk.world.tickets[number] for number in listed(desk, STRIKE, sort_by=sort, sort_order=order)]
    keys = [STATUS_RANK[ticket.status] if sort == "status" else getattr(ticket, sort) for ticket in tickets]
    assert keys == sorted(keys, reverse=order == "desc")
    assert len(set(tickets and [ticket.id for ticket in tickets])) == len(tickets) == 293


def test_the_sort_can_be_dropped_silently():
    desk = Desk(drop_view_sort=True)
    numbers = listed(desk, STRIKE, sort_by="id", sort_order="asc")
    assert numbers != sorted(numbers)
    assert len(set(numbers)) == 293


def test_the_cursor_is_an_offset_in_disguise(desk: Desk):
    page = desk.get(f"/views/{desk.view_id(STRIKE)}/tickets", page__size=100, sort_by="id", sort_order="asc")
    cursor = json.loads(urlsafe_b64decode(page["meta"]["after_cursor"]))
    assert cursor["o"] == "id asc"
    assert json.loads(urlsafe_b64decode(cursor["v"])) == 100


def test_tickets_that_leave_the_view_make_the_next_page_skip_others(desk: Desk):
    view = desk.view_id("Unassigned")
    pages = desk.pages(f"/views/{view}/tickets", "tickets", page__size=10, sort_by="id", sort_order="asc")
    first = [ticket["id"] for ticket in next(pages)]
    before = desk.world.listings.ids(desk.world.views[view], desk.world.busy_agent, desk.world.now, "id", "asc")
    desk.finished(desk.update_many(first, {"assignee_id": desk.world.busy_agent.id}))
    second = [ticket["id"] for ticket in next(pages)]
    assert not set(before[10:20]) & set(second)


def test_the_last_page_still_has_a_next_link_that_leads_to_an_empty_page(desk: Desk):
    path = f"/views/{desk.view_id('Trial run')}/tickets"
    last = desk.get(path, page__size=100)
    assert last["meta"]["has_more"] is False
    assert last["links"]["next"]
    assert last["meta"]["after_cursor"]
    assert last["links"]["prev"] is None
    beyond = desk.get(path, page__size=100, page__after=last["meta"]["after_cursor"])
    assert beyond["tickets"] == []
    assert beyond["links"]["next"] is None
    assert beyond["meta"]["has_more"] is False


def test_links_keep_foreign_parameters_and_the_suffix(desk: Desk):
    answer = desk.call("GET", f"/api/v2/views/{desk.view_id(STRIKE)}/tickets.json?page[size]=10&include=users&x=1")
    assert answer.json
    link = answer.json["links"]["next"]
    assert "/tickets.json?" in link
    assert "page%5Bafter%5D=" in link
    assert "x=1" in link
    assert "include=users" in link
    assert answer.json["users"]
    following = desk.call("GET", link)
    assert following.json
    assert following.json["tickets"][0]["id"] != answer.json["tickets"][0]["id"]
    back = desk.call("GET", following.json["links"]["prev"])
    assert back.json
    assert back.json["tickets"] == answer.json["tickets"]


def test_offset_pages_say_how_many_there_are(desk: Desk):
    page = desk.get(f"/views/{desk.view_id(STRIKE)}/tickets", per_page=100, page=3)
    assert (page["count"], len(page["tickets"]), page["next_page"]) == (293, 93, None)
    assert page["previous_page"].endswith("per_page=100&page=2")
    assert "meta" not in page


def test_offset_pages_end_at_ten_thousand(desk: Desk):
    answer = desk.call("GET", f"/api/v2/views/{desk.view_id(STRIKE)}/tickets?page=101")
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["errors"][0]["code"] == "InvalidPaginationDepth"


@pytest.mark.parametrize("query", ["page[size]=101", "page[size]=x", "page[after]=nonsense", "page=0"])
def test_what_is_no_page_is_refused(desk: Desk, query: str):
    assert desk.call("GET", f"/api/v2/views/{desk.view_id(STRIKE)}/tickets?{query}").status_code == 400


def test_time_alone_moves_tickets_into_a_view(desk: Desk):
    before = set(listed(desk, "Pending over 5 days"))
    desk.clock.forward(10 * 86_400)
    assert before < set(listed(desk, "Pending over 5 days"))


def test_the_first_count_is_null_and_the_next_one_known(desk: Desk):
    view = desk.view_id(STRIKE)
    first = desk.get(f"/views/{view}/count")["view_count"]
    assert (first["value"], first["pretty"], first["fresh"]) == (None, "...", False)
    desk.clock.forward(4)
    assert desk.get(f"/views/{view}/count")["view_count"] == first
    desk.clock.forward(1)
    second = desk.get(f"/views/{view}/count")["view_count"]
    assert (second["value"], second["pretty"], second["fresh"]) == (293, "293", True)


def test_the_count_of_a_large_view_stays_stale_for_an_hour():
    desk = Desk(tickets=2_000)
    view = desk.view_id(STRIKE)
    desk.get(f"/views/{view}/count")
    desk.clock.forward(6)
    counted = desk.get(f"/views/{view}/count")["view_count"]["value"]
    gone = listed(desk, STRIKE)[:100]
    desk.finished(desk.update_many(gone, {"remove_tags": ["carrier_strike_nov"]}))
    desk.clock.forward(3_600)
    assert desk.get(f"/views/{view}/count")["view_count"]["value"] == counted
    desk.clock.forward(1_000)
    assert desk.get(f"/views/{view}/count")["view_count"]["fresh"] is False
    desk.clock.forward(6)
    assert desk.get(f"/views/{view}/count")["view_count"]["value"] < counted


def test_many_counts_are_given_together_up_to_twenty(desk: Desk):
    ids = [str(view) for view in desk.world.views]
    counts = desk.get("/views/count_many", ids=",".join(ids))["view_counts"]
    assert len(counts) == 13
    too_many = desk.call("GET", f"/api/v2/views/count_many?ids={','.join(str(n) for n in range(21))}")
    assert (too_many.status_code, too_many.json and too_many.json["max_count"]) == (400, 20)
