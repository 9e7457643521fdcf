"""The one CSV writer: no cell that a spreadsheet computes, and nothing else changed."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest

from app.csv_text import csv_lines
from config import ROOT

FORMULAS = [
    "=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\tplain", "\rplain", "\nplain", " =1+1", "  \t +1",
    "\u00a0=1", "\u3000=1", "\u200b=1", "\ufeff=1", '"=1+1"', "'=1+1", " \" =1+1", "“=1", "«=1", "\uff1d1+1",
    "\uff0b1", "\uff0d1", "\uff20SUM(A1)", " \uff1d1", "\ufe661", "\ufe621", "\ufe631", "\ufe6bA1", "\u22121+1",
    "\x0b=1", "\x00=1", "\x1b=1",
]  # fmt: skip
PLAIN = [
    "",
    " ",
    "ticket",
    "a=b",
    "jo@example.org",
    "(=1)",
    "{=1}",
    "1-2",
    "späti",
    '"quoted"',
    "two\nlines",
    "#1",
]


def read(*rows: tuple[Any, ...]) -> list[list[str]]:
    return list(csv.reader(io.StringIO(csv_lines(rows), newline="")))


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_is_a_formula_in_disguise(formula: str) -> None:
    assert read((1, formula)) == [["1", "'" + formula.replace("\0", "\ufffd")]]


@pytest.mark.parametrize("text", PLAIN)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert read((1, text)) == [["1", text]]


def test_numbers_stay_numbers_and_structures_are_json() -> None:
    row = (-5, -0.5, 10**18, True, None, {"tags": ["späti"]}, [1], ("=1",))
    assert read(row) == [["-5", "-0.5", str(10**18), "True", "", '{"tags": ["späti"]}', "[1]", '["=1"]']]


def test_every_export_uses_this_writer() -> None:
    own = [path for path in (ROOT / "app").rglob("*.py") if re.search(r"csv\.(writer|DictWriter)\b", path.read_text())]
    assert [path.name for path in own] == ["csv_text.py"]
