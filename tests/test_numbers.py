"""What counts as a number when it comes from outside, wherever it comes from."""

from __future__ import annotations

import json
import math
from typing import Any

import click
import pytest
from click.testing import CliRunner
from flask import Flask
from werkzeug.exceptions import NotFound

from app import numbers
from app.numbers.options import Whole
from app.tools.apply_macro.parameters import MacroParameters
from app.tools.tool import InvalidParameters
from tests.hostile.values import TEXTS

SEVEN, SQUARED, WIDE = "\N{ARABIC-INDIC DIGIT SEVEN}", "\N{SUPERSCRIPT TWO}", "\N{FULLWIDTH DIGIT SEVEN}"


@pytest.mark.parametrize(("given", "number"), [("7", 7), (7, 7), ("0", 0), ("007", 7), (str(2**63 - 1), 2**63 - 1)])
def test_digits_alone_are_a_number(given: object, number: int) -> None:
    assert numbers.whole(given) == number


NO_NUMBERS = (
    None, True, 7.0, math.nan, -1, 2**63, 10**400, b"7", [7], "", " ", "-1", "+7", " 7", "7 ", "1_000", "7.0", "1e3",
    "0x7", "nan", "inf", SEVEN, SQUARED, WIDE, "9" * 20, "9" * 5_000, "0" * 5_000 + "9" * 20, "7\0", "7\n", "True",
)  # fmt: skip


@pytest.mark.parametrize("given", NO_NUMBERS)
def test_all_else_is_none(given: object) -> None:
    assert numbers.whole(given) is None


@pytest.mark.parametrize("text", TEXTS)
def test_an_id_of_ours_or_of_zendesk_s_always_fits_its_column(text: str) -> None:
    ours, theirs = numbers.row_id(text), numbers.zendesk_id(text)
    assert ours is None or 1 <= ours < 2**31
    assert theirs is None or 1 <= theirs < 2**63


@pytest.mark.parametrize("text", ["3,180", "3.180", "3 180", "3'180", "3\N{RIGHT SINGLE QUOTATION MARK}180"])
def test_people_may_group_their_digits(text: str) -> None:
    assert numbers.typed(f" {text}\n") == 3180


@pytest.mark.parametrize(
    "text", ["1.5", "1,5", "12,34", "1,000.000", "1,,000", ",100", "1000,000", "1 000 00", "-1", ""]
)
def test_what_is_not_grouped_in_threes_is_no_number(text: str) -> None:
    assert numbers.typed(text) is None


@pytest.mark.parametrize(
    ("given", "seconds"),
    [("10", 10.0), ("1.5", 1.5), (7, 7.0), (0, 0.0), ("9" * 400, 60.0), (10**400, 60.0), (math.inf, 60.0)],
)
def test_a_length_of_time_is_cut_down(given: object, seconds: float) -> None:
    assert numbers.seconds(given, 60.0) == seconds


@pytest.mark.parametrize("given", [None, True, -1, math.nan, -math.inf, "", "nan", "-1", "1e5", SEVEN, "1_0", [], "1."])
def test_what_is_no_length_of_time_is_none(given: object) -> None:
    assert numbers.seconds(given, 60.0) is None


def test_json_with_numbers_of_any_length_is_read_or_refused_in_our_words() -> None:
    def read(text: str) -> Any:
        return json.loads(text, parse_int=numbers.json_whole, parse_float=numbers.json_fraction)

    assert read("[7, -1, 1.5, 1e3]") == [7, -1, 1.5, 1000.0]
    with pytest.raises(ValueError, match="a number of 5,000 digits is too long"):
        read("9" * 5_000)
    with pytest.raises(ValueError, match="1e999 is too large a number"):
        read("1e999")


@pytest.mark.parametrize("part", ["9" * 5_000, "9" * 30, str(2**31), "-1", "+7", " 7", "1_0", SEVEN, SQUARED, "7.0"])
def test_no_other_text_in_an_address_is_a_job(app: Flask, part: str) -> None:
    with pytest.raises(NotFound):
        app.url_map.bind("localhost").match(f"/jobs/{part}")


def test_a_route_that_names_a_number_in_flask_s_way_is_guarded_too(app: Flask) -> None:
    app.add_url_rule("/made-up/<int:number>", endpoint="made_up")
    adapter = app.url_map.bind("localhost")
    assert adapter.match(f"/made-up/{2**63 - 1}") == ("made_up", {"number": 2**63 - 1})
    for part in (str(2**63), "9" * 5_000, SEVEN):
        with pytest.raises(NotFound):
            adapter.match(f"/made-up/{part}")


@pytest.mark.parametrize("text", [text for text in TEXTS if text])
def test_a_command_s_number_fits_or_is_refused_with_the_range(text: str) -> None:
    @click.command()
    @click.argument("number", type=Whole())
    def command(number: int) -> None:
        assert 1 <= number < 2**31

    result = CliRunner().invoke(command, ["--", text])
    assert result.exit_code in (0, 2), result.output
    assert result.exit_code == 0 or "Give a whole number from 1 to 2147483647." in result.output


@pytest.mark.parametrize(
    "macro_id", ["9" * 5_000, "9" * 400, str(2**63), SEVEN, SQUARED, "1_000", " 7", True, 7.0, None, [7]]
)
def test_a_macro_s_number_is_refused_by_name(macro_id: object) -> None:
    with pytest.raises(InvalidParameters) as refusal:
        MacroParameters.read({"macro_id": macro_id})
    assert refusal.value.fields == {"macro_id": "Choose a macro: its number is a whole number above 0."}
