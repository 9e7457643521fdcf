"""The resources: what is asked of Zendesk, and what comes back to the caller."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from app.zendesk import Anonymous, Client, RateLimited, Unreadable, ViewCount, ZendeskJob
from tests.openapi_file import checker
from tests.zendesk.factories import a_client
from tests.zendesk.wire import Received, Script, Wire, reply

FALSE_ALARM = "query: page is not modelled"
"""On views/{id}/tickets; the parameter is real and recorded (docs/zendesk.md, The OpenAPI file)."""

JOB = {"id": "V3-1", "status": "queued", "total": 2, "progress": None, "message": None, "results": None}
LAST = {"meta": {"has_more": False, "after_cursor": "x"}}

Call = Callable[[Client], Any]
CALLS: dict[str, tuple[Call, dict[str, Any]]] = {
    "me": (lambda client: client.me(), {"user": {"id": 1}}),
    "account_settings": (lambda client: client.account_settings(), {"settings": {}}),
    "views": (lambda client: list(client.views()), {"views": [], **LAST}),
    "view": (lambda client: client.view(7), {"view": {}}),
    "view_count": (lambda client: client.view_count(7), {"view_count": {}}),
    "view_counts": (lambda client: client.view_counts([7, 8]), {"view_counts": []}),
    "view_tickets": (lambda client: client.view_tickets(7), {"tickets": [], **LAST}),
    "view_tickets_on": (lambda client: client.view_tickets(7, "abc=="), {"tickets": [], **LAST}),
    "tickets": (lambda client: client.tickets([1, 2]), {"tickets": []}),
    "update_tickets": (
        lambda client: client.update_tickets([1, 2], {"additional_tags": ["a"], "remove_tags": ["b"]}),
        {"job_status": JOB},
    ),
    "update_each": (
        lambda client: client.update_each([{"id": 1, "safe_update": True, "updated_stamp": "2026-01-01T00:00:00Z"}]),
        {"job_status": JOB},
    ),
    "zendesk_job": (lambda client: client.zendesk_job("V3-1"), {"job_status": JOB}),
    "zendesk_jobs": (lambda client: client.zendesk_jobs(["V3-1"]), {"job_statuses": [JOB]}),
    "recent_zendesk_jobs": (lambda client: list(client.recent_zendesk_jobs()), {"job_statuses": [JOB], **LAST}),
    "autocomplete_tags": (lambda client: client.autocomplete_tags("re"), {"tags": ["refund"]}),
    "ticket_fields": (lambda client: list(client.ticket_fields()), {"ticket_fields": [], **LAST}),
    "users": (lambda client: client.users([1, 2]), {"users": []}),
    "macro_attachments": (lambda client: client.macro_attachments(25), {"macro_attachments": []}),
    "apply_macro": (lambda client: client.apply_macro(1, 25), {"result": {"ticket": {}}}),
}


@pytest.fixture(scope="module")
def oas() -> ModuleType:
    return checker()


@pytest.mark.parametrize("name", CALLS)
def test_every_request_fits_zendesks_openapi_file(name: str, oas: ModuleType):
    call, content = CALLS[name]
    with Wire(reply(content)) as wire:
        call(a_client(wire.url))
    (request,) = wire.received
    found = oas.check_request(request.method, request.path, request.query, (request.body and request.content) or None)
    known = [FALSE_ALARM] if name.startswith("view_tickets") else []
    assert found == known


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("content", [{}, {"unexpected": 1}, []])
def test_a_success_of_another_shape_is_unreadable(name: str, content: Any):
    call, _ = CALLS[name]
    with Wire(responder=lambda _: reply(content)) as wire, pytest.raises(Unreadable):
        call(a_client(wire.url))


def asked(call: Call, *contents: Any) -> tuple[Any, list[Received]]:
    with Wire(*map(reply, contents)) as wire:
        return call(a_client(wire.url)), wire.received


def test_the_anonymous_user_is_nobody():
    with pytest.raises(Anonymous):
        asked(lambda client: client.me(), {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}})


@pytest.mark.parametrize(
    ("raw", "count"),
    [
        ({"value": None, "pretty": "...", "fresh": False}, ViewCount(None, False)),
        ({"value": 0, "pretty": "0", "fresh": True}, ViewCount(0, True)),
        ({"value": 719, "pretty": "~700"}, ViewCount(719, False)),
    ],
)
def test_a_count_that_is_not_known_is_not_zero(raw: dict[str, Any], count: ViewCount):
    found, _ = asked(lambda client: client.view_count(25), {"view_count": {"view_id": 25} | raw})
    assert found == count


def counts_of(request: Received) -> bytes:
    return reply({"view_counts": [{"view_id": int(n), "value": 1} for n in request.query["ids"].split(",")]})


def test_counts_are_asked_for_twenty_views_at_a_time():
    with Wire(responder=counts_of) as wire:
        found = a_client(wire.url).view_counts(range(1, 46))
    assert found.keys() == set(range(1, 46))
    assert [len(request.query["ids"].split(",")) for request in wire.received] == [20, 20, 5]


def test_counts_already_known_survive_the_limit():
    def respond(request: Received) -> Script:
        late = request.query["ids"].startswith("21,")
        return reply(text="slow down", status=429, headers={"Retry-After": "50"}) if late else counts_of(request)

    with Wire(responder=respond) as wire:
        assert a_client(wire.url).view_counts(range(1, 46)).keys() == set(range(1, 21))
    assert len(wire.received) == 2


def test_no_counts_at_all_is_the_limits_error():
    with (
        Wire(reply(text="slow down", status=429, headers={"Retry-After": "50"})) as wire,
        pytest.raises(RateLimited),
    ):
        a_client(wire.url).view_counts([1])


def test_tickets_of_a_view_come_by_ascending_id_with_zendesks_clock():
    content = {"tickets": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "bmV4dA=="}}
    with Wire(reply(content, headers={"Date": "Thu, 01 Jan 1970 00:02:00 GMT"})) as wire:
        page = a_client(wire.url).view_tickets(7, "Zmlyc3Q=")
    assert (page.tickets, page.after, page.date) == ([{"id": 1}], "bmV4dA==", 120.0)
    assert wire.received[0].query == {
        "sort_by": "id",
        "sort_order": "asc",
        "page[size]": "100",
        "page[after]": "Zmlyc3Q=",
    }


def test_the_last_page_of_a_view_has_no_next_though_zendesk_gives_a_cursor():
    page, _ = asked(lambda client: client.view_tickets(7), {"tickets": [], **LAST})
    assert page.after is None


def test_a_page_that_leads_to_itself_is_an_error():
    content = {"tickets": [], "meta": {"has_more": True, "after_cursor": "same"}}
    with Wire(responder=lambda _: reply(content)) as wire, pytest.raises(Unreadable, match="twice"):
        a_client(wire.url).view_tickets(7, "same")


def test_tickets_without_zendesks_clock_are_an_error():
    nameless = reply({"tickets": []}).replace(b"Date:", b"X-Was:")
    with Wire(responder=lambda _: nameless) as wire, pytest.raises(Unreadable, match="Date"):
        a_client(wire.url).tickets([1])


def test_the_bulk_form_names_its_tickets_in_the_query():
    job, requests = asked(lambda client: client.update_tickets([3, 1, 2], {"remove_tags": ["x"]}), {"job_status": JOB})
    assert job == ZendeskJob("V3-1", "queued", total=2)
    assert (requests[0].method, requests[0].path) == ("PUT", "/api/v2/tickets/update_many")
    assert requests[0].query == {"ids": "3,1,2"}
    assert requests[0].content == {"ticket": {"remove_tags": ["x"]}}


def test_the_batch_form_names_its_tickets_in_the_body():
    changes = [{"id": 1, "status": "solved"}, {"id": 2, "tags": ["ä"]}]
    _, requests = asked(lambda client: client.update_each(changes), {"job_status": JOB})
    assert requests[0].query == {}
    assert requests[0].content == {"tickets": changes}


@pytest.mark.parametrize("number", [0, 101])
def test_no_more_than_a_hundred_tickets_at_once_and_not_none(number: int):
    client = a_client("http://acme.zendesk.invalid")
    for call in (
        lambda: client.tickets(range(number)),
        lambda: client.update_tickets(range(number), {}),
        lambda: client.update_each([{"id": n} for n in range(number)]),
    ):
        with pytest.raises(ValueError, match="1 to 100"):
            call()


def test_jobs_come_in_the_order_asked_and_unknown_ones_are_absent():
    content = {"job_statuses": [JOB | {"id": "b"}, {"status": "junk"}, JOB | {"id": "a"}, JOB | {"id": "z"}]}
    found, _ = asked(lambda client: client.zendesk_jobs(["a", "gone", "b"]), content)
    assert list(found) == ["a", "b"]


def test_jobs_are_asked_for_a_hundred_at_a_time():
    ids = [f"V3-{number}" for number in range(150)]

    def respond(request: Received) -> Script:
        return reply({"job_statuses": [JOB | {"id": job_id} for job_id in request.query["ids"].split(",")]})

    with Wire(responder=respond) as wire:
        assert list(a_client(wire.url).zendesk_jobs(ids)) == ids
    assert len(wire.received) == 2


def test_nothing_is_asked_when_nothing_is_wanted():
    client = a_client("http://acme.zendesk.invalid")
    assert client.zendesk_jobs([]) == {}
    assert client.users([]) == []
    assert client.view_counts([]) == {}
    assert client.autocomplete_tags("r") == []


def test_a_job_id_cannot_lead_elsewhere():
    _, requests = asked(lambda client: client.zendesk_job("../users/me?x="), {"job_status": JOB})
    assert requests[0].target == "/api/v2/job_statuses/..%2Fusers%2Fme%3Fx%3D"
