"""Reading all macros: few requests, names for ids, patience with the rate limit, one reader for all processes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask

from app.account.cache import macros
from app.account.cache import macros_store as store
from app.account.cache.macro_names import read_names
from app.account.cache.macros_store import Owner
from app.zendesk import Endless, Forbidden, MacroPage, NotFound, RateLimited
from app.zendesk.values import read_restriction

WHOSE = Owner("acme.zendesk.com", "reader")


class Stub:
    """A client that counts; `errors` are raised by the method of that name, each once."""

    def __init__(self, pages: list[list[dict[str, Any]]] | None = None, **errors: list[Exception]) -> None:
        self.pages, self.errors = pages or [[]], errors
        self.asked: list[str] = []

    def _ask(self, name: str) -> None:
        self.asked.append(name)
        if self.errors.get(name):
            raise self.errors[name].pop(0)

    def macros(self, after: str | None = None, *, usage: bool = True) -> MacroPage:
        self._ask("macros" if usage else "macros without usage")
        number = int(after or 0)
        return MacroPage(self.pages[number], str(number + 1) if number + 1 < len(self.pages) else None)

    def ticket_fields(self):
        for number in range(700):
            if number % 100 == 0:
                self._ask("fields")
            yield {"id": number, "title": f"Field {number}", "active": number != 6}

    def groups(self):
        self._ask("groups")
        yield from ({"id": 7, "name": "Shipping"},)

    def brands(self):
        self._ask("brands")
        yield from ({"id": 3, "name": "Rentals", "active": False},)

    def ticket_forms(self) -> list[dict[str, Any]]:
        self._ask("forms")
        return []

    def custom_statuses(self) -> list[dict[str, Any]]:
        self._ask("statuses")
        return [{"id": 4, "agent_label": "Waiting"}]

    def users(self, ids: list[int]) -> list[dict[str, Any]]:
        for _ in range(0, len(ids), 100):
            self._ask("users")
        return [
            {"id": number, "name": f"Agent {number}", "email": "", "role": "agent"} for number in ids if number < 900
        ]


def macro(number: int, **actions: str) -> dict[str, Any]:
    return {"id": number, "updated_at": "x", "actions": [{"field": name, "value": actions[name]} for name in actions]}


def busy(number: int) -> dict[str, Any]:
    some = {"group_id": "7", "brand_id": "3", "ticket_form_id": "5", "custom_status_id": "4", "custom_fields_6": "x"}
    return macro(number, assignee_id=str(number), **some)


def names_of(client: Any, listed: list[dict[str, Any]]) -> Any:
    return read_names(client, listed)


def test_names_cost_ten_requests_at_most() -> None:
    client = Stub(forms=[NotFound("no forms")])
    names = names_of(client, [busy(number) for number in range(1, 2_000)])
    assert len(client.asked) <= 10
    assert "form" not in names
    assert names["group"] == {"complete": True, "by_id": {"7": {"name": "Shipping"}}}
    assert names["brand"]["by_id"]["3"] == {"name": "Rentals", "inactive": True}
    assert names["status"]["by_id"]["4"]["name"] == "Waiting"
    assert not names["field"]["complete"]
    assert names["field"]["by_id"]["6"]["inactive"]
    assert not names["user"]["complete"]


def test_only_what_occurs_is_asked_for() -> None:
    client = Stub()
    names_of(client, [macro(1, status="open", comment_value="Hi")])
    assert client.asked == []


def reading(client: Any) -> macros.Reading:
    return macros.Reading(client, WHOSE)


def test_a_plan_without_usage_is_read_without_it(app: Flask) -> None:
    client = Stub([[macro(1)], [macro(2)]], macros=[Forbidden("no usage")])
    with app.app_context():
        assert [each["id"] for each in reading(client).macros()] == [1, 2]
    assert client.asked == ["macros", "macros without usage", "macros without usage"]


def test_the_rate_limit_is_waited_for_in_the_middle(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    limited = RateLimited("too many", retry_after=7.0, bucket="account")
    client = Stub([[macro(1)], [macro(2), macro(1)]], macros=[limited])
    with app.app_context():
        assert [each["id"] for each in reading(client).macros()] == [1, 2]
    assert slept == [7.0]


class Circling(Stub):
    """Its cursors lead from the last page back to the first, for ever."""

    def macros(self, after: str | None = None, *, usage: bool = True) -> MacroPage:
        page = super().macros(after, usage=usage)
        return MacroPage(page.macros, page.after or "0")


def test_a_list_that_turns_in_a_circle_is_cut_off_and_says_so(app: Flask) -> None:
    client = Circling([[macro(1)], [macro(2)]])
    with app.app_context():
        found = reading(client)
        assert [each["id"] for each in found.macros()] == [1, 2]
    assert found.said == "The list of macros was cut off: its pages go round in circles. The first 2 are here."
    assert len(client.asked) <= 4


def test_a_page_that_leads_to_itself_cuts_the_list_off_and_loses_no_other(app: Flask) -> None:
    class Stuck(Stub):
        def macros(self, after: str | None = None, *, usage: bool = True) -> MacroPage:
            if after == "1":
                raise Endless("GET /macros was given up", why="its pages go round in circles")
            return super().macros(after, usage=usage)

    with app.app_context():
        found = reading(Stuck([[macro(1)], [macro(2)]]))
        assert [each["id"] for each in found.macros()] == [1]
    assert found.said == "The list of macros was cut off: its pages go round in circles. The first 1 are here."


def test_a_macro_without_a_readable_number_is_named(app: Flask) -> None:
    with app.app_context():
        found = reading(Stub([[macro(1), {**macro(2), "id": None}]]))
        assert [each["id"] for each in found.macros()] == [1]
    assert found.said == "1 without a number that can be read cannot be shown."


def test_macros_whose_restriction_cannot_be_read_are_named(app: Flask) -> None:
    odd = {**macro(2), "title": "Odd", "restriction": read_restriction("weird")}
    with app.app_context():
        found = reading(Stub([[macro(1), odd]]))
        found.macros()
    assert found.said == "Not shown, for who may use them cannot be read: Odd."


@pytest.mark.usefixtures("database")
def test_what_is_kept_is_of_one_owner_and_grows_in_version(app: Flask) -> None:
    content = {"macros": [macro(1)], "names": {}}
    with app.app_context():
        assert store.head(WHOSE) == store.Head()
        store.begin(WHOSE)
        store.progress(WHOSE, 1, 1.0)
        assert store.head(WHOSE).so_far == 1
        store.finish(WHOSE, content, "mark", 0.0)
        head = store.head(WHOSE)
        assert (head.version, head.mark, head.so_far) == (1, "mark", None)
        opened = store.unpacked(WHOSE)
        assert opened is not None
        assert (opened[0], opened[2]) == (1, content)
        other = Owner(WHOSE.account, "other eyes")
        assert store.unpacked(other) is None
        store.begin(other)
        assert store.unpacked(WHOSE) is None
        assert store.unpacked(other) is None
        store.finish(other, content, None, 0.0)
        assert store.head(other).version == 3
        store.fail(other, "Zendesk does not answer.", 0.0)
        assert store.head(other).trouble == "Zendesk does not answer."
        assert store.unpacked(other) is not None


def test_one_reader_for_all(app: Flask) -> None:
    with app.app_context():
        assert macros._take_turn(WHOSE)
        assert not macros._take_turn(WHOSE)


@pytest.mark.parametrize("value", ["9" * 5_000, "9" * 20, "-7", "²", True, 1.5, None, ["9" * 5_000]])
def test_an_odd_number_in_a_macro_names_nobody_and_stops_no_reading(value: Any) -> None:
    client = Stub()
    listed = [macro(1, assignee_id=value), {**macro(2), "restriction": {"type": "Group", "ids": [value], "id": value}}]
    assert names_of(client, listed)["user"] == {"complete": True, "by_id": {}}
