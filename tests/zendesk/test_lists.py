"""Lists are read to their end in each of Zendesk's ways, and no list is endless."""

from itertools import count
from typing import Any

import pytest

from app.zendesk import Endless, NotFound, Unreadable, gathered
from tests.zendesk.factories import a_client
from tests.zendesk.wire import Received, Script, Wire, reply


def fields(*ids: Any, **more: Any) -> dict[str, Any]:
    return {"ticket_fields": [{"id": number} for number in ids], **more}


def read(wire: Wire) -> list[Any]:
    return [field["id"] for field in a_client(wire.url).ticket_fields()]


@pytest.mark.parametrize(
    "content",
    [
        fields(1, 2, meta={"has_more": False}),
        fields(1, 2, next_page=None, previous_page=None, count=2),
        fields(1, 2, next_page=None),
        fields(1, 2, meta=None, next_page=None),
        fields(1, 2, count=2),
        fields(1, 2),
    ],
)
def test_a_list_that_comes_whole_is_complete(content: dict[str, Any]):
    with Wire(reply(content)) as wire:
        assert read(wire) == [1, 2]
        assert len(wire.received) == 1


def test_an_empty_list_is_complete_but_no_ticket_is_without_audits():
    with Wire(reply({"ticket_fields": []}), reply({"audits": []})) as wire:
        client = a_client(wire.url)
        assert list(client.ticket_fields()) == []
        with pytest.raises(Unreadable):
            list(client.audits(7))


@pytest.mark.parametrize(
    "content",
    [
        fields(*range(1, 101)),
        fields(1, 2, count=3),
        fields(1, next_page=7),
        fields(1, next_page={"page": 2}),
        fields(1, next_page="http://evil.example/api/v2/ticket_fields?page=2"),
        fields(1, next_page="//evil.example/api/v2/ticket_fields?page=2"),
        fields(1, next_page="{host}/api/v2/users?page=2"),
        fields(1, next_page="{host}/api/v2/ticket_fields"),
        fields(1, next_page="http://["),
        fields(1, meta={}),
        fields(1, meta=[]),
        fields(1, meta={"has_more": "yes", "after_cursor": "a"}),
        fields(1, meta={"has_more": True}),
        fields(1, meta={"has_more": True, "after_cursor": None}),
    ],
)
def test_a_page_that_does_not_say_how_to_go_on_is_an_error_and_no_other_place_is_asked(content: dict[str, Any]):
    def respond(_: Received) -> Script:
        link = content.get("next_page")
        return reply(content | ({"next_page": link.format(host=wire.url)} if isinstance(link, str) else {}))

    with Wire(responder=respond) as wire:
        with pytest.raises(Unreadable):
            read(wire)
        assert {request.path for request in wire.received} == {"/api/v2/ticket_fields"}
        assert len(wire.received) == 1


@pytest.mark.parametrize("ending", ["", ".json"])
def test_counted_pages_are_followed(ending: str):
    def respond(request: Received) -> Script:
        page = int(request.query.get("page", "1"))
        link = f"{wire.url}/api/v2/ticket_fields{ending}?page={page + 1}&per_page=2&x=1" if page < 3 else None
        return reply(fields(10 * page, 10 * page + 1, next_page=link, count=6))

    with Wire(responder=respond) as wire:
        assert read(wire) == [10, 11, 20, 21, 30, 31]
        assert [request.query for request in wire.received[1:]] == [
            {"page": "2", "per_page": "2"},
            {"page": "3", "per_page": "2"},
        ]


def test_counted_pages_of_a_view_go_on_in_another_turn():
    def respond(request: Received) -> Script:
        last = request.query.get("page") == "2"
        link = None if last else f"{wire.url}/api/v2/views/7/tickets.json?page=2"
        return reply({"tickets": [{"id": 2 if last else 1}], "next_page": link})

    with Wire(responder=respond) as wire:
        first = a_client(wire.url).view_tickets(7)
        assert first.after == "page=2"
        last = a_client(wire.url).view_tickets(7, first.after)
        assert ([ticket["id"] for ticket in last.tickets], last.after) == ([2], None)
        assert "page[size]" not in wire.received[1].query


def test_tickets_of_a_view_are_never_taken_for_complete_without_a_word():
    with Wire(reply({"tickets": [{"id": 1}]})) as wire, pytest.raises(Unreadable):
        a_client(wire.url).view_tickets(7)


def cursors(turn: list[str | None], *, size: int = 1, same: bool = False) -> Any:
    """A responder whose pages lead from one cursor to the next one, for ever."""
    numbers = count(1)

    def respond(request: Received) -> Script:
        after = request.query.get("page[after]")
        following = turn[(turn.index(after) + 1) % len(turn)] if after in turn else turn[0]
        ids = [1 if same else next(numbers) for _ in range(size)]
        return reply(fields(*ids, meta={"has_more": True, "after_cursor": following or f"c{next(numbers)}"}))

    return respond


@pytest.mark.parametrize("turn", [["A"], ["A", "B"], ["A", "B", "C", "D"]])
@pytest.mark.parametrize("size", [0, 3])
def test_cursors_that_come_back_end_the_list(turn: list[str | None], size: int):
    with Wire(responder=cursors(turn, size=size)) as wire:
        with pytest.raises(Endless, match="circles"):
            read(wire)
        assert len(wire.received) <= len(turn) + 1


@pytest.mark.parametrize(("size", "same"), [(0, False), (2, True)])
def test_pages_that_bring_nothing_new_end_the_list(size: int, same: bool):
    with Wire(responder=cursors([None], size=size, same=same)) as wire:
        with pytest.raises(Endless, match="nothing new"):
            read(wire)
        assert len(wire.received) <= 11


def test_a_few_empty_pages_with_more_behind_them_are_followed():
    pages = [
        *(fields(meta={"has_more": True, "after_cursor": f"c{n}"}) for n in range(5)),
        fields(1, meta={"has_more": False}),
    ]
    with Wire(*map(reply, pages)) as wire:
        assert read(wire) == [1]


def test_a_record_that_comes_twice_is_there_once():
    pages = [fields(1, 2, meta={"has_more": True, "after_cursor": "a"}), fields(2, 3, meta={"has_more": False})]
    with Wire(*map(reply, pages)) as wire:
        assert read(wire) == [1, 2, 3]


@pytest.mark.parametrize("size", [100, 1_000_000])
def test_a_lying_account_is_bounded_and_what_came_is_kept_with_the_reason(size: int):
    most = 1_000
    with Wire(responder=cursors([None], size=min(size, 5_000))) as wire:
        found, cut = gathered(a_client(wire.url).pages("/ticket_fields", "ticket_fields", most=most))
        assert len(found) == most
        assert cut == "it has more than 1,000 entries"
        assert len(wire.received) <= most // min(size, most)


def test_a_list_of_exactly_as_many_as_allowed_is_complete():
    with Wire(reply(fields(1, 2, 3, next_page=None))) as wire:
        assert len(gathered(a_client(wire.url).pages("/ticket_fields", "ticket_fields", most=3))[0]) == 3


def test_a_list_is_bounded_in_time(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.zendesk.lists.LIST_SECONDS", 0.0)
    with Wire(responder=cursors([None])) as wire, pytest.raises(Endless, match="within"):
        read(wire)


def spoilt(*bad: int, status: int = 404) -> Any:
    """A responder that refuses a whole request for one bad id in it."""

    def respond(request: Received) -> Script:
        ids = [int(number) for number in request.query["ids"].split(",")]
        if set(ids) & set(bad):
            return reply({"error": "RecordNotFound", "description": "Not found"}, status)
        return reply({"tickets": [{"id": number} for number in ids], "users": [{"id": number} for number in ids]})

    return respond


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("bad", [(1,), (17, 60, 100)])
def test_one_bad_id_costs_only_itself(status: int, bad: tuple[int, ...]):
    with Wire(responder=spoilt(*bad, status=status)) as wire:
        client = a_client(wire.url)
        ids = list(range(1, 101))
        assert sorted(ticket["id"] for ticket in client.tickets(ids).tickets) == [n for n in ids if n not in bad]
        assert sorted(user["id"] for user in client.users(ids)) == [n for n in ids if n not in bad]
        assert len(wire.received) <= 2 * (1 + 2 * 7 * len(bad))


def test_tickets_that_are_all_gone_are_all_absent():
    with Wire(responder=spoilt(1, 2, 3)) as wire:
        assert a_client(wire.url).tickets([1, 2, 3]).tickets == []


def test_a_request_that_is_refused_for_whatever_id_is_refused():
    with Wire(responder=spoilt(1, 2, 3, status=422)) as wire, pytest.raises(Exception, match="422"):
        a_client(wire.url).tickets([1, 2, 3])


def test_a_page_that_is_not_there_is_not_asked_for_in_halves():
    endpoint = reply({"error": "InvalidEndpoint", "description": "Not found"}, 404)
    with Wire(responder=lambda _: endpoint) as wire:
        with pytest.raises(Exception, match="InvalidEndpoint"):
            a_client(wire.url).tickets([1, 2, 3])
        assert len(wire.received) == 1


def test_tickets_are_not_taken_for_gone_because_a_gateway_says_so():
    """A proxy that has lost its way answers 404 to everything, with a page of its own."""
    with Wire(responder=lambda _: reply(text="<html><h1>404 Not Found</h1>nginx</html>", status=404)) as wire:
        with pytest.raises(NotFound, match="404") as caught:
            a_client(wire.url).tickets([1, 2, 3])
        assert caught.value.by_gateway


def test_a_gateway_that_errs_once_costs_no_ticket():
    answers = iter([reply(text="<html>404</html>", status=404)])
    respond = spoilt(7)
    with Wire(responder=lambda request: next(answers, None) or respond(request)) as wire:
        assert len(a_client(wire.url).tickets([1, 2, 3, 4]).tickets) == 4
