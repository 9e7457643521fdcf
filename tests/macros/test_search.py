"""What a search finds, for whom, in which order, and how the facets count."""

from __future__ import annotations

from typing import Any

import pytest

from app.auth.models import User
from app.macros.index import Index
from app.macros.query import Query
from app.macros.search import Hits, search
from tests.macros.library import make_index, make_macro

GROUPS = {"7": {"name": "Shipping"}, "8": {"name": "Returns", "inactive": True}}
PEOPLE = {
    "21": {"name": "Ana Marsh", "email": "ana@example.com"},
    "22": {"name": "Ben Ode", "email": "ben@example.com"},
}
FIELDS = {"5": {"name": "Contact reason", "options": {"reason_late": "Late delivery"}}}
PERSON = {"type": "User", "id": 22}


def user(email: str = "somebody@example.com", zendesk_user_id: int | None = None) -> User:
    return User(email=email, name="Somebody", role="agent", zendesk_user_id=zendesk_user_id)


def titles(index: Index, who: User | None = None, **args: str) -> list[str]:
    return [entry.title for entry in looked_for(index, who, **args).entries]


def looked_for(index: Index, who: User | None = None, **args: str) -> Hits:
    return search(index, Query.of(args), who or user())


def counted(hits: Hits, facet: str) -> dict[str, int]:
    return dict(hits.counts[facet])


@pytest.mark.parametrize(
    "text",
    ["Shipping", "Ana Marsh", "Late delivery", "reason_late", "Contact reason", "vip gold", "about parcels",
     "Subject line", "hidden-in-link", "two days", "pending", "current_user", "<b>two"],
)  # fmt: skip
def test_everything_a_macro_says_or_does_is_found(text: str) -> None:
    rich = '<p><b>two</b> days <a href="https://acme.example/hidden-in-link">x</a></p>'
    macro = make_macro(
        "Delay",
        ("comment_value_html", rich),
        ("comment_mode_is_public", "true"),
        ("subject", "Subject line"),
        ("current_tags", "vip gold"),
        ("group_id", "7"),
        ("follower", "21"),
        ("assignee_id", "current_user"),
        ("custom_fields_5", "reason_late"),
        ("status", "pending"),
        description="about parcels",
    )
    index = make_index(macro, make_macro("Other"), group=GROUPS, user=PEOPLE, field=FIELDS)
    assert titles(index, q=text) == ["Delay"]


def test_a_comment_for_one_channel_is_found() -> None:
    index = make_index(make_macro("Chat", ("comment_value", ["channel:chat", "Only in chat"])))
    assert titles(index, q="only in chat") == ["Chat"]
    assert titles(index, q="channel") == []


def personal() -> Index:
    text = "A text that two macros share"
    own = make_macro("Ben: private", ("comment_value", text), restriction=PERSON)
    strange = make_macro("Strange", restriction={"type": "Planet", "id": 3})
    shared = make_macro("Shared", ("comment_value", text))
    return make_index(shared, own, strange, user=PEOPLE, group=GROUPS)


def test_other_peoples_personal_macros_are_not_found_counted_or_told_of() -> None:
    for query in ({}, {"q": "private"}, {"access": "person"}, {"finding": "same-text"}, {"q": "text"}):
        hits = looked_for(personal(), **query)
        assert {entry.title for entry in hits.entries} <= {"Shared"}
        assert hits.total == 1
        assert counted(hits, "access") in ({"all": 1}, {})
        assert not any(hits.findings.values())


@pytest.mark.parametrize("who", [user("BEN@example.com"), user(zendesk_user_id=22)])
def test_ones_own_personal_macros_are_there(who: User) -> None:
    index = personal()
    assert looked_for(index, user("ana@example.com")).total == 1
    hits = looked_for(index, who, finding="same-text")
    assert [entry.title for entry in hits.entries] == ["Ben: private", "Shared"]
    assert hits.total == 2
    assert looked_for(index).total == 1, "what one person may see must not stay for the next"


def test_who_is_somebody_else_in_zendesk_is_not_known_by_address() -> None:
    assert looked_for(personal(), user("ben@example.com", zendesk_user_id=21)).total == 1


def shelf() -> Index:
    reply: tuple[str, Any] = ("comment_mode_is_public", "true")
    note: tuple[str, Any] = ("comment_mode_is_public", "false")
    return make_index(
        make_macro("Refunds::DE::Geld", ("comment_value", "Das Geld ist auf dem Weg zu Ihnen."), reply, usage_30d=3),
        make_macro("Refunds::EN::Money", ("comment_value", "The money is on its way to you."), reply, usage_30d=120),
        make_macro(
            "Note",
            ("comment_value", "Please look at this and tell us"),
            note,
            active=False,
        ),
        make_macro("Unset", ("comment_value", "Hello and thank you"), updated_at="2019-01-01T00:00:00Z"),
        make_macro("Silent", ("status", "open"), restriction={"type": "Group", "id": 7, "ids": [7, 8]}),
        group=GROUPS,
    )


def test_facets_count_what_choosing_would_leave() -> None:
    hits = looked_for(shelf())
    assert counted(hits, "category") == {"Refunds": 2, "Refunds::DE": 1, "Refunds::EN": 1}
    assert counted(hits, "comment") == {"public": 2, "internal": 1, "unset": 1, "none": 1}
    assert counted(hits, "active") == {"true": 4, "false": 1}
    assert counted(hits, "access") == {"all": 4, "group": 1}
    assert counted(hits, "used30") == {"1-9": 1, "100+": 1}
    assert counted(hits, "updated") == {"30d": 4, "older": 1}
    assert counted(hits, "language") == {"de": 1, "en": 3, "none": 1}
    assert counted(hits, "field") == {"comment_value": 4, "comment_mode_is_public": 3, "status": 1}
    for facet, values in hits.counts.items():
        for value, count in values.items():
            assert len(looked_for(shelf(), **{facet: value}).entries) == count


def test_a_chosen_facet_still_counts_its_other_values() -> None:
    hits = looked_for(shelf(), comment="public", category="Refunds")
    assert len(hits.entries) == 2
    assert counted(hits, "comment") == {"public": 2}
    assert counted(looked_for(shelf(), comment="public"), "comment")["internal"] == 1


def test_orders() -> None:
    index = make_index(
        make_macro("b late", ("comment_value", "x"), usage_30d=1, updated_at="2024-01-01T00:00:00Z"),
        make_macro("a", ("comment_value", "late"), usage_30d=9, updated_at="2023-01-01T00:00:00Z"),
        make_macro("Late c", usage_30d=0, updated_at="2025-01-01T00:00:00Z"),
    )
    assert titles(index, q="late") == ["Late c", "b late", "a"]
    assert titles(index, q="late", sort="title") == ["a", "b late", "Late c"]
    assert titles(index, q="late", sort="updated") == ["Late c", "b late", "a"]
    assert titles(index, q="late", sort="used") == ["a", "b late", "Late c"]
    assert titles(index) == ["a", "b late", "Late c"]


def test_an_address_carries_the_whole_search_and_back() -> None:
    args = {"q": "a+b & c", "word": "1", "regex": "1", "field": "status", "category": "A::B", "sort": "used"}
    query = Query.of({**args, "page": "3", "finding": "unused"})
    from urllib.parse import parse_qsl

    assert Query.of(dict(parse_qsl(query.address()))) == query


def test_what_an_address_says_wrongly_counts_as_left_out() -> None:
    assert Query.of({"page": "²", "sort": "x", "finding": "y", "word": "0"}) == Query()
    assert Query.of({"page": "9" * 30}).page == 1
