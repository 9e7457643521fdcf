"""The exports: complete, readable, and never computed by a spreadsheet."""

from __future__ import annotations

import csv
import io
import json

import pytest

from app.macros.query import Query
from app.sandbox.macros import macro_json
from app.tools.macro_search.export import csv_chunks, json_chunks
from tests.macros.library import big_library, make_index, make_macro

FORMULAS = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    " =1",
    "\n=1",
    "\N{FULLWIDTH EQUALS SIGN}1+1",
    '=HYPERLINK("https://evil.example")',
)


def rows(*macros: dict) -> list[dict[str, str]]:
    text = "".join(csv_chunks(make_index(*macros).entries))
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_begins_a_formula(formula: str) -> None:
    macro = make_macro(
        formula, ("comment_value", formula), ("subject", formula), ("set_tags", "=t"), description=formula
    )
    (row,) = rows(macro)
    for name, cell in row.items():
        assert not cell.lstrip().startswith(("=", "+", "@", "-", "\N{FULLWIDTH EQUALS SIGN}")), name
    assert row["comment_text"] == f"'{formula}"


def test_csv_says_everything_in_words() -> None:
    macro = make_macro(
        "Refunds::Späte Antwort, „eilig“",
        ("comment_value_html", "<p>Grüße,\nZeile</p>"),
        ("comment_mode_is_public", "false"),
        ("current_tags", "a b"),
        ("priority", "high"),
        usage_30d=4,
        active=False,
    )
    (row,) = rows(macro)
    assert row["title"] == "Refunds::Späte Antwort, „eilig“"
    assert (row["category"], row["active"], row["comment"]) == ("Refunds", "no", "Internal note")
    assert (row["add_tags"], row["used_30_days"], row["comment_text"]) == ("a b", "4", "Grüße,\nZeile")
    assert row["comment_html"] == "<p>Grüße,\nZeile</p>"
    assert "Priority: high" in row["other_actions"]
    assert json.loads(row["actions"]) == macro["actions"]


def test_json_holds_every_macro_as_zendesk_gave_it() -> None:
    macros = [macro_json(macro, "https://acme.zendesk.com", 1.7e9) for macro in big_library(450).values()]
    macros.append(make_macro("Chat", ("comment_value", ["channel:all", "cafe\u0301"]), id=10_000))
    index = make_index(*macros)
    exported = json.loads("".join(json_chunks(index.entries, index, Query(text="x"))))
    assert (exported["account"], exported["total"], exported["query"]) == ("acme.zendesk.com", 451, "q=x")
    assert {macro["id"]: macro for macro in exported["macros"]} == {macro["id"]: macro for macro in macros}
    assert len("".join(csv_chunks(index.entries)).split("\r\n")) >= 452
