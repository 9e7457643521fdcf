"""Turns what came from outside into a number or an id, and into nothing when it is none; the only place that does.

Python's own int() is no guard: it takes "1_000", " 7 ", "+7" and the digits of every script, raises for more than 4,300
digits, and lets through what no column of a database holds. `routes`, `fields` and `options` of this package
are the same rule for addresses, forms and command lines; what JSON bodies and query strings hold is read with `whole`.
"""

from __future__ import annotations

import math
import re

LARGEST_ROW = 2**31 - 1
"""The greatest id of a row of our own; PostgreSQL refuses even to compare with more."""

LARGEST_ID = 2**63 - 1
"""The greatest id of something of Zendesk's that a column holds."""

MOST_DIGITS = 400
"""Of a number in a JSON body: more is an attack or a mistake, and Python's reader gives up at 4,300."""

AMOUNT = re.compile(r"[0-9]+(\.[0-9]+)?")
SEPARATOR = r"([\s,.'\N{RIGHT SINGLE QUOTATION MARK}])"
IN_GROUPS = re.compile(rf"[0-9]{{1,3}}{SEPARATOR}[0-9]{{3}}(?:\1[0-9]{{3}})*")


def whole(given: object, least: int = 0, most: int = LARGEST_ID) -> int | None:
    """A whole number in this range, given as one or as the digits 0 to 9 alone; None for everything else.

    True is no number, nor is 7.0; a text with a sign, a blank, a separator or digits of another script is none, either.
    """
    if isinstance(given, str):
        digits = given.lstrip("0") or given[:1]
        if not (digits.isascii() and digits.isdigit()) or len(digits) > len(str(most)):
            return None
        given = int(digits)
    if type(given) is not int:
        return None
    return given if least <= given <= most else None


def zendesk_id(given: object) -> int | None:
    """The id of something of Zendesk's; None for what cannot be one."""
    return whole(given, 1, LARGEST_ID)


def row_id(given: object) -> int | None:
    """The id of a row of our own; None for what cannot be one."""
    return whole(given, 1, LARGEST_ROW)


def typed(text: str, least: int = 0, most: int = LARGEST_ID) -> int | None:
    """A number as people type it, with blanks around it and its digits in groups of three, such as 3,180 or 3 180."""
    text = text.strip()
    grouped = IN_GROUPS.fullmatch(text)
    return whole(text.replace(grouped[1], "") if grouped else text, least, most)


def seconds(given: object, most: float) -> float | None:
    """A length of time that Zendesk names, as a number or a text, cut down to `most`; None when it is none."""
    if isinstance(given, str):
        given = float(given) if AMOUNT.fullmatch(given) else None
    if isinstance(given, bool) or not isinstance(given, int | float) or not given >= 0:  # NaN is not, either
        return None
    return float(min(given, most))


def json_whole(digits: str) -> int:
    """For a JSON reader's `parse_int`.

    :raises ValueError: with a clause, when there are more digits than any number of ours has.
    """
    if len(digits) > MOST_DIGITS:
        raise ValueError(f"a number of {len(digits):,} digits is too long")
    return int(digits)


def json_fraction(digits: str) -> float:
    """For a JSON reader's `parse_float`.

    :raises ValueError: with a clause, when the number is greater than a computer's.
    """
    number = float(digits)
    if math.isinf(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number
