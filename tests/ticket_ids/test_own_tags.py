"""Columns `add` and `remove`: each ticket its own tags, by Tag Manager's rules."""

from __future__ import annotations

import io

import pytest

from app.ticket_ids.own_tags import OwnTags
from app.ticket_ids.reading import read, read_text
from app.ticket_ids.rejected import NoList
from tests.ticket_ids.lists import HOSTS, MOST, read_list, rejected


def tags_of(text: str) -> dict[int, OwnTags | None]:
    found = read_list(text)
    assert found.rejected == []
    assert found.own_tags
    return found.tickets


def test_each_ticket_has_its_own() -> None:
    assert tags_of('ticket_id,add,remove\n1,VIP late,\n2,"vip, gold",old\n3,,old;older\n') == {
        1: OwnTags(("vip", "late"), ()),
        2: OwnTags(("vip", "gold"), ("old",)),
        3: OwnTags((), ("old", "older")),
    }


@pytest.mark.parametrize("header", ["id;ADD;x", "x;Id; Add "])
def test_one_of_the_columns_is_enough(header: str) -> None:
    row = dict.fromkeys(header.split(";"), "y") | {name: "vip" for name in header.split(";") if "ADD" in name.upper()}
    row |= {name: "5" for name in header.split(";") if name.upper() == "ID"}
    assert tags_of(f"{header}\n{';'.join(row.values())}") == {5: OwnTags(("vip",), ())}


def test_a_row_of_one_ticket_more_adds_to_the_earlier_one() -> None:
    found = read_list("id,add,remove\n1,a,\n1,b,\n1,a,c\n2,x,y\n2,x,y")
    assert found.tickets == {1: OwnTags(("a", "b"), ("c",)), 2: OwnTags(("x",), ("y",))}
    assert found.duplicates == 3


def test_rows_that_contradict_each_other_are_named() -> None:
    found = read_list("id,add,remove\n1,a,\n1,,a")
    assert found.tickets == {1: OwnTags(("a",), ())}
    assert [(one.row, "“a” cannot be added and removed at once" in one.why) for one in found.rejected] == [(3, True)]


@pytest.mark.parametrize(
    ("add", "remove", "word"),
    [
        ("", "", "names no tag"),
        ("a", "a", "at once"),
        ("<b>", "", "“<”"),
        ("", "=x", "“=”"),
        ("x" * 256, "", "too long"),
    ],
)
def test_tags_that_zendesk_would_drop_cost_their_row(add: str, remove: str, word: str) -> None:
    [(row, value, why)] = rejected(f"id;add;remove\n1;ok;\n2;{add};{remove}\n3;ok;\n".replace(";;", "; ;"))
    assert (row, value) == (3, "2")
    assert word in why


def test_too_many_tags_for_one_ticket_are_named() -> None:
    text = "id,add\n" + "".join(f"1,t{n}\n" for n in range(51))
    assert "51 tags" in rejected(text)[0][2]


def test_a_row_whose_tags_are_not_in_quotes_is_rejected() -> None:
    assert "3 cells" in rejected("id,add\n1,vip,late\n2,ok")[0][2]


def test_where_no_own_tags_are_possible_they_are_refused() -> None:
    with pytest.raises(NoList, match="only Tag Manager"):
        read(io.BytesIO(b"id,add\n1,a"), HOSTS, MOST)
    assert list(read_text("id,added\n1,a", HOSTS, MOST).tickets) == [1]
