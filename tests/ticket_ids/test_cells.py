"""One value: what is an id, in whatever clothes, and what is refused with which words."""

from __future__ import annotations

import pytest

from app.ticket_ids.cells import ticket_id
from app.ticket_ids.rejected import NoTicket
from tests.ticket_ids.lists import HOSTS


def why(cell: str) -> str:
    with pytest.raises(NoTicket) as caught:
        ticket_id(cell, HOSTS)
    return str(caught.value)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        ("7", 7), ("4711", 4711), ("99999999999999", 99999999999999), ("007", 7), (" 7 ", 7), ("\u00a07", 7),
        ("\ufeff7", 7), ("#123", 123), ("# 123", 123), ("'123", 123), ("'#123", 123),
        ("1,234", 1234), ("1.234", 1234), ("1'234", 1234), ("1\N{RIGHT SINGLE QUOTATION MARK}234", 1234),
        ("1\u00a0234", 1234), ("1\u202f234\u202f567", 1234567), ("1,234,567", 1234567), ("1,000", 1000),
        ("123.0", 123), ("123,00", 123), ("1,234.00", 1234), ("1.234,00", 1234),
        ("1.23456E+05", 123456), ("1.2E1", 12), ("1.20E+01", 12), ("1.230E+02", 123), ("12E0", 12), ("1,5e+1", 15),
        ('="123"', 123), ("=123", 123), ('= "123"', 123), ('="#123"', 123),
    ],
)  # fmt: skip
def test_an_id_is_read_however_it_is_dressed(cell: str, number: int) -> None:
    assert ticket_id(cell, HOSTS) == number


@pytest.mark.parametrize(
    "cell",
    ["abc", "-5", "+5", "1_000", "12a", "\uff11", "\u0667", "²", "1..2", "12,34,567", "1 2", "\0", "'", "#", '=""'],
)
def test_what_is_no_number_is_no_id(cell: str) -> None:
    assert why(cell) == "This is no ticket id."


@pytest.mark.parametrize("cell", ["", " ", "\u00a0"])
def test_an_empty_cell_is_missing_an_id(cell: str) -> None:
    assert why(cell) == "The ticket id is missing."


@pytest.mark.parametrize("cell", ["0", "000", "#0"])
def test_no_ticket_has_the_id_zero(cell: str) -> None:
    assert "id 0" in why(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "123456789012345",
        "1" * 400,
        "123,456,789,012,345",
        "1.23456789012345E+14",
        "1E+15",
        "9e999",
        '="1' + "0" * 15 + '"',
    ],
)
def test_numbers_of_which_a_spreadsheet_lost_digits_are_refused(cell: str) -> None:
    assert "15 or more digits" in why(cell)


@pytest.mark.parametrize(
    ("cell", "digits", "lost"), [("1.23E+05", 6, 3), ("1,2E+5", 6, 4), ("1e+05", 6, 5), ("12E3", 5, 3)]
)
def test_a_rounded_mantissa_is_refused_with_the_digits_that_are_gone(cell: str, digits: int, lost: int) -> None:
    assert f"of its {digits} digits the last {lost} may be lost" in why(cell)


@pytest.mark.parametrize("cell", ["1.5", "0,25", "1.2345E+02", "12.3456"])
def test_fractions_are_no_ids(cell: str) -> None:
    assert "fraction" in why(cell)


def test_a_dot_with_three_zeros_is_not_guessed() -> None:
    assert "1 or 1000" in why("1.000")


@pytest.mark.parametrize("cell", ["3 180", "101 102 103"])
def test_blanks_between_groups_are_not_guessed(cell: str) -> None:
    assert "one id or several" in why(cell)


@pytest.mark.parametrize(
    "cell", ["=1+1", "=A1", '=HYPERLINK("https://acme.zendesk.com/agent/tickets/5","5")', "=", "==1", '="=1"']
)
def test_other_formulas_are_refused_as_such(cell: str) -> None:
    assert "This is a formula" in why(cell)
