"""CSV of whatever is exported: the one writer, whose cells no spreadsheet computes."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Iterable
from typing import Any

MARK = "\ufeff"  # in front of a whole file that people open: without it Excel takes UTF-8 for the PC's old code page
STARTS = frozenset("=+-@\N{MINUS SIGN}")
ENDS_A_CELL = ("\t", "\r", "\n")  # at its start a reader may take the rest for a cell of its own
QUOTES = frozenset("\"'`\N{ACUTE ACCENT}\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}")
OPENING_QUOTES = ("Pi", "Pf", "Ps")  # categories of Unicode
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")


def csv_lines(rows: Iterable[Iterable[Any]]) -> str:
    """Rows as CSV (RFC 4180), each cell by `cell`."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue()


def cell(value: Any) -> Any:
    """A value as a CSV cell: structures as JSON, text that is not computed.

    Text that a spreadsheet would take for a formula gets an apostrophe in front; numbers are numbers and stay as they
    are. NUL is no text in any program that reads CSV.
    """
    if isinstance(value, dict | list | tuple):
        value = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, str):
        return value
    text = value.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{text}" if _computed(text) else text


def _computed(text: str) -> bool:
    """Whether a spreadsheet may compute this: programs look past blanks, quotes and what is invisible, and read the
    full-width and small forms of a sign as the sign."""
    if text.startswith(ENDS_A_CELL):
        return True
    for char in text:
        if char in STARTS or unicodedata.normalize("NFKC", char) in STARTS:
            return True
        if char not in QUOTES and char != "\N{REPLACEMENT CHARACTER}" and not _looked_past(char):
            return False
    return False


def _looked_past(char: str) -> bool:
    category = unicodedata.category(char)
    return category in INVISIBLE or (category in OPENING_QUOTES and char not in "([{")
