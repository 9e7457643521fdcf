"""Odd answers on demand: lists, cursors, records, dropped keys, gateways, and a token that is nobody's."""

from __future__ import annotations

from typing import Any

import pytest

from app.sandbox.tickets import ARCHIVED_AFTER
from tests.sandbox.desk import Desk, basic


@pytest.fixture
def desk() -> Desk:
    return Desk()


def walk(desk: Desk, path: str, key: str, most: int = 12) -> tuple[list[list[Any]], list[str]]:
    """The ids page by page, and the cursors, until the list says that it ends; at most so many pages."""
    pages: list[list[Any]] = []
    cursors: list[str] = []
    after: dict[str, str] = {}
    for _ in range(most):
        page = desk.get(path, page__size=5, **after)
        pages.append([each["id"] for each in page[key]])
        if not page["meta"]["has_more"]:
            break
        cursors.append(page["meta"]["after_cursor"])
        assert page["links"]["next"]
        after = {"page__after": cursors[-1]}
    return pages, cursors


@pytest.fixture(params=["/macros", "/views/{view}/tickets"])
def listed(request: pytest.FixtureRequest, desk: Desk) -> tuple[str, str]:
    """A list by its keys, and one by a disguised offset."""
    path = str(request.param).format(view=desk.view_id("Carrier strike"))
    return path, path.rpartition("/")[2]


def test_cursors_go_in_circles(desk: Desk, listed: tuple[str, str]):
    plain, _ = walk(desk, *listed)
    desk.world.faults.add("circular-cursors", path=listed[0])
    pages, (first, second, *others) = walk(desk, *listed, most=7)
    assert pages == [plain[0], plain[1], plain[2], plain[1], plain[2], plain[1], plain[2]]
    assert others == [first, second, first, second, first]


def test_the_cursor_of_a_short_list_leads_nowhere_and_says_that_there_is_more(desk: Desk):
    desk.world.faults.add("circular-cursors", path="/groups")
    page = desk.get("/groups", page__size=100)
    again = desk.get("/groups", page__size=100, page__after=page["meta"]["after_cursor"])
    assert (page["meta"]["has_more"], again["meta"]["has_more"], again["groups"]) == (True, True, [])
    assert again["meta"]["after_cursor"] == page["meta"]["after_cursor"]


def test_an_empty_page_in_between_says_that_there_is_more(desk: Desk, listed: tuple[str, str]):
    plain, _ = walk(desk, *listed)
    desk.world.faults.add("empty-pages", path=listed[0], every=2)
    pages, cursors = walk(desk, *listed, most=2 * len(plain))
    assert pages[1::2] == [[]] * (len(pages) // 2)
    assert pages[::2] == plain[: len(pages[::2])]
    assert len(set(cursors)) == len(cursors)


@pytest.mark.parametrize("kind", ["empty-pages", "repeating-pages"])
def test_pages_can_go_on_for_ever_with_ever_new_cursors(desk: Desk, listed: tuple[str, str], kind: str):
    plain, _ = walk(desk, *listed)
    desk.world.faults.add(kind)
    pages, cursors = walk(desk, *listed, most=20)
    assert pages == [[] if kind == "empty-pages" else plain[0]] * 20
    assert len(set(cursors)) == 20


@pytest.mark.parametrize(
    ("kind", "envelope"),
    [("whole-lists", {"next_page": None, "previous_page": None, "count": 250}), ("bare-lists", {})],
)
def test_a_list_comes_whole(desk: Desk, kind: str, envelope: dict[str, Any]):
    desk.world.faults.add(kind, path="/macros")
    page = desk.get("/macros", page__size=5)
    assert len(page.pop("macros")) == 250
    assert page == envelope


def test_a_list_knows_no_cursors_and_has_pages(desk: Desk):
    desk.world.faults.add("offset-lists", path="/macros")
    page = desk.get("/macros", page__size=5)
    assert (len(page["macros"]), page["count"], "meta" in page) == (100, 250, False)
    last = desk.get("/macros", page__size=5, page=3)
    assert page["next_page"].endswith("page=2")
    assert (len(last["macros"]), last["next_page"]) == (50, None)


def test_audits_of_an_archived_ticket_come_whole_without_meta(desk: Desk):
    closed = desk.tickets(status="closed")[0]
    closed.status_at = int(desk.clock.now)
    assert "meta" in desk.get(f"/tickets/{closed.id}/audits", page__size=1)
    desk.clock.forward(ARCHIVED_AFTER + 1)
    page = desk.get(f"/tickets/{closed.id}/audits", page__size=1)
    assert ("meta" in page, page["next_page"], len(page["audits"])) == (False, None, 1)


@pytest.mark.parametrize("form", ["put", "bulk", "batch"])
def test_keys_are_dropped_from_a_write_and_only_a_header_says_so(desk: Desk, form: str):
    ticket = desk.open_ticket()
    desk.world.faults.add("drops-keys")
    change = {"priority": "urgent", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    path, body = {
        "put": (f"/tickets/{ticket.id}", {"ticket": change}),
        "bulk": (f"/tickets/update_many?ids={ticket.id}", {"ticket": change}),
        "batch": ("/tickets/update_many", {"tickets": [{"id": ticket.id, **change}]}),
    }[form]
    prefix = "tickets" if form == "batch" else "ticket"
    headers = [desk.put(path, body).headers["X-Zendesk-API-Warn"] for _ in range(2)]
    assert f':unpermitted_keys=>["{prefix}.safe_update", "{prefix}.updated_stamp"]' in headers[0]
    assert headers[1].startswith(f'Removed restricted keys ["{prefix}.safe_update", "{prefix}.updated_stamp"] from')
    desk.clock.forward(60)
    desk.get("/users/me")
    assert ticket.priority == "urgent"


def test_only_the_keys_that_were_named_are_dropped(desk: Desk):
    ticket = desk.open_ticket()
    desk.world.faults.add("drops-keys", keys="additional_tags", times=1)
    for wanted in (False, True):
        desk.finished(desk.update_many([ticket.id], {"additional_tags": ["x"], "priority": "urgent"}))
        assert ("x" in ticket.tags, ticket.priority) == (wanted, "urgent")


@pytest.mark.parametrize(("kind", "status"), [("401", 401), ("403", 403)])
def test_a_gateway_refuses_once_with_a_page(desk: Desk, kind: str, status: int):
    desk.world.faults.add(kind, times=1)
    answer = desk.call("GET", "/api/v2/views")
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert desk.call("GET", "/api/v2/views").status_code == 200


def test_come_back_in_no_time(desk: Desk):
    for kind in ("429", "503"):
        desk.world.faults.add(kind, times=1, retry_after=0)
        answer = desk.call("GET", "/api/v2/views")
        assert (answer.status_code, answer.headers["Retry-After"]) == (int(kind), "0")


@pytest.mark.parametrize(("status", "error"), [(404, "RecordNotFound"), (422, "RecordInvalid")])
def test_one_ticket_spoils_a_whole_request(desk: Desk, status: int, error: str):
    good, bad = (ticket.id for ticket in desk.tickets(status="open")[:2])
    desk.world.faults.add("bad-ticket", ticket=bad, status=status)
    for path, body in (
        (f"/tickets/show_many?ids={good},{bad}", None),
        (f"/tickets/update_many?ids={good},{bad}", {"ticket": {"priority": "high"}}),
        ("/tickets/update_many", {"tickets": [{"id": good, "status": "open"}, {"id": bad, "status": "open"}]}),
        (f"/tickets/{bad}", {"ticket": {"priority": "high"}}),
    ):
        answer = desk.call("PUT" if body else "GET", f"/api/v2{path}", json=body)
        assert answer.status_code == status
        assert error in answer.text
    assert desk.world.zendesk_jobs.made == 0
    assert desk.get("/tickets/show_many", ids=good)["count"] == 1


def test_a_revoked_token_is_greeted_as_nobody_and_a_new_one_works(desk: Desk):
    desk.token()
    desk.world.faults.add("anonymous", path="/users/me", times=1)
    me = desk.get("/users/me")["user"]
    assert (me["id"], me["name"], me["role"]) == (None, "Anonymous user", "end-user")
    assert desk.call("GET", "/api/v2/views").status_code == 401
    desk.token()
    assert desk.get("/users/me")["user"]["id"]


def test_a_wrong_api_token_is_greeted_as_nobody_while_the_rule_is_in_force(desk: Desk):
    desk.authorization = basic(f"{desk.config.email}/token", "wrong")
    assert desk.call("GET", "/api/v2/users/me").status_code == 401
    desk.world.faults.add("anonymous")
    assert desk.get("/users/me")["user"]["id"] is None


def test_one_record_has_an_odd_id(desk: Desk):
    number = desk.open_ticket().id
    plain = desk.get("/macros", page__size=3)["macros"]
    desk.world.faults.add("odd-ids", path="/macros")
    found = [desk.get("/macros", page__size=3)["macros"] for _ in range(7)]
    first = plain[0]["id"]
    assert [page[0]["id"] for page in found[:4]] == [str(first), f"{first}.0", float(first), 2**70]
    assert isinstance(found[2][0]["id"], float)
    assert [page[0]["id"] for page in found[4:]] == [None, {"id": first}, str(first)]
    assert all(page[1:] == plain[1:] for page in found)
    desk.world.faults.add("odd-ids", path="/tickets/*")
    assert desk.get(f"/tickets/{number}")["ticket"]["id"] == str(number)


def test_half_a_character_stands_in_a_text(desk: Desk):
    ticket = desk.open_ticket()
    desk.world.faults.add("lone-surrogates")
    answer = desk.call("GET", f"/api/v2/tickets/show_many?ids={ticket.id}")
    assert b"\\ud83d" in answer.data
    assert (answer.json or {})["tickets"][0]["subject"] == f"{ticket.subject[:3]}\ud83d{ticket.subject[3:]}"


def test_views_come_in_shapes_that_nobody_described(desk: Desk):
    plain = desk.get("/views", page__size=100)["views"]
    desk.world.faults.add("malformed-views")
    views = desk.get("/views", page__size=100)["views"]
    assert [view["id"] for view in views] == [view["id"] for view in plain]
    assert {type(view["conditions"]) for view in views} == {type(None), dict, list}
    assert {type(view["restriction"]) for view in views} == {str, list, dict, int}
    one = desk.get(f"/views/{plain[0]['id']}")["view"]
    assert one != plain[0]


def test_the_ledger_names_what_made_an_answer_odd(desk: Desk):
    desk.world.faults.add("odd-ids")
    desk.get("/macros")
    assert desk.world.ledger.requests[-1].fault == "odd-ids"
