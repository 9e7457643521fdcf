"""How a list is laid out: which separator, which column, which header; read off its first lines, or refused in words.

A file that can be read in two ways is refused: the wrong column holds numbers of other people's tickets.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.ticket_ids.cells import BLANKS
from app.ticket_ids.rejected import NoList, clipped

IsId = Callable[[str], bool]

DELIMITERS = ("\t", ";", ",")
ONE_COLUMN = "\x1f"  # in no text: the line is the cell
NAMES = (  # of the column with the ids, the surest first
    frozenset({"ticket_id", "ticketid"}),
    frozenset({"id"}),
    frozenset({"ticket", "tickets", "ticket_number", "ticket_no"}),
)
ADD, REMOVE = "add", "remove"
HINT = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # the first line of some files that are made for Excel
NOTHING = BLANKS + "\",;'"
SEPARATORS = re.compile(r"[ \t\r\n,;]+")
THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:,[0-9]{3}){1,2}")  # 1,234 or 1,234,567: one number, or several ids
SHOWN_NAMES = 8

EMPTY = "There is nothing in it: give one ticket id a line."
NO_COLUMN = "None of its columns ({names}) is named ticket_id or id. Name the one with the ticket ids so."
SEVERAL = (
    "Columns {columns} all hold numbers. Put a line on top that names the one with the ticket ids ticket_id; or give "
    "one id a line."
)
NO_NUMBERS = "None of its columns holds ticket ids. Put a line on top that names the one that does ticket_id."
TWICE = "Two of its columns are named {name}. Name only the one with the {what} so."


@dataclass(frozen=True)
class Layout:
    """Where the ids of a list stand.

    `listed`: every line may hold several ids, and there are no columns. `begin`: how many lines come before the first.
    `sure_of_commas` is False where 1,234 may be one id as well as two.
    """

    delimiter: str = ONE_COLUMN
    column: int = 0
    width: int = 1  # columns; 1: what else a line holds are more ids
    begin: int = 0
    name: str | None = None  # of the column
    add: int | None = None
    remove: int | None = None
    listed: bool = False
    sure_of_commas: bool = True

    @property
    def has_tags(self) -> bool:
        return self.add is not None or self.remove is not None


def layout_of(lines: Sequence[str], is_id: IsId) -> Layout:
    """The layout of the list that begins with these lines.

    :raises NoList: it can be read in several ways, or in none.
    """
    filled = [n for n, line in enumerate(lines) if line.strip(NOTHING)]
    hint = HINT.fullmatch(lines[filled[0]]) if filled else None
    if hint:
        del filled[0]
    if not filled:
        raise NoList(EMPTY)
    sample = [lines[n] for n in filled]
    delimiters, begin = (hint[1],) if hint else DELIMITERS, filled[0]
    return (
        _by_header(sample, delimiters, begin + 1)
        or _one_a_line(sample, delimiters, begin, is_id)
        or _by_content(sample, delimiters, begin, is_id)
    )


def several(text: str) -> list[str]:
    """The values of a line or cell that may hold several ids."""
    return [value for value in SEPARATORS.split(text.replace('"', " ")) if value]


def _rows(sample: Sequence[str], delimiter: str) -> list[list[str]]:
    """The sample's rows, without the empty cells at their ends."""
    rows = [list(row) for row in csv.reader(sample, delimiter=delimiter, skipinitialspace=True)]
    for row in rows:
        while row and not row[-1].strip(BLANKS):
            row.pop()
    return [row for row in rows if row]


def _by_header(sample: Sequence[str], delimiters: Sequence[str], begin: int) -> Layout | None:
    """By a header that names the column; None where there is no such header."""
    for delimiter in (*delimiters, ONE_COLUMN):
        cells = next(iter(_rows(sample[:1], delimiter)), [])
        names = [_name(cell) for cell in cells]
        column = next((found for rank in NAMES if (found := _only(names, rank, "ticket ids")) is not None), None)
        if column is not None:
            add, remove = (_only(names, {name}, "tags") for name in (ADD, REMOVE))
            width = len(names)
            return Layout(delimiter, column, width, begin, clipped(cells[column].strip(BLANKS)), add, remove)
    return None


def _one_a_line(sample: Sequence[str], delimiters: Sequence[str], begin: int, is_id: IsId) -> Layout | None:
    """One id on each line, with or without a title on top; None where lines have several cells."""
    lines = [next(iter(row), "") for row in _rows(sample, ONE_COLUMN)]
    plain = all(is_id(line) and line.count(",") <= 2 for line in lines)  # noqa: PLR2004 - more is no number of a ticket
    if plain and (len(lines) > 1 or "," not in sample[0]):
        return Layout(begin=begin)
    if any(len(_rows(sample[:1], delimiter)[0]) > 1 for delimiter in delimiters):
        return None
    at_the_end = next((delimiter for delimiter in delimiters if delimiter in sample[0]), ONE_COLUMN)
    title = not re.search(r"[0-9]", lines[0])
    sure = not any(len(several(line)) > 1 and not THOUSANDS.fullmatch(line) for line in lines[title:])
    name = clipped(lines[0].strip(BLANKS)) if title else None
    return Layout(at_the_end, begin=begin + title, sure_of_commas=sure, name=name)


def _by_content(sample: Sequence[str], delimiters: Sequence[str], begin: int, is_id: IsId) -> Layout:
    """By what the columns hold, where nothing names them."""
    delimiter = next(one for one in delimiters if len(_rows(sample[:1], one)[0]) > 1)
    rows = _rows(sample, delimiter)
    if not any(re.search(r"[0-9]", cell) for cell in rows[0]):
        names = [clipped(cell.strip(BLANKS)) for cell in rows[0]]
        raise NoList(NO_COLUMN.format(names=", ".join(f"“{name}”" for name in names[:SHOWN_NAMES])))
    if _is_listed(rows, is_id):
        return Layout(begin=begin, listed=True, sure_of_commas=False)
    plausible = [n for n in range(max(map(len, rows))) if _holds_ids([row[n] for row in rows if n < len(row)], is_id)]
    if not plausible:
        raise NoList(NO_NUMBERS)
    if len(plausible) > 1:
        *most, last = (str(n + 1) for n in plausible[:SHOWN_NAMES])
        raise NoList(SEVERAL.format(columns=f"{', '.join(most)} and {last}"))
    return Layout(delimiter, plausible[0], len(rows[0]), begin)


def _is_listed(rows: Sequence[Sequence[str]], is_id: IsId) -> bool:
    """Whether these are ids one after the other: all on one line, or on lines of different length."""
    cells = [cell for row in rows for cell in row if cell.strip(BLANKS)]
    ids = sum(all(map(is_id, several(cell))) for cell in cells)
    if len(rows) == 1:
        return ids * 2 > len(cells)
    return ids == len(cells) and len({len(row) for row in rows}) > 1


def _holds_ids(cells: Sequence[str], is_id: IsId) -> bool:
    filled = [cell for cell in cells if cell.strip(BLANKS)]
    return bool(filled) and sum(map(is_id, filled)) * 2 >= len(filled)


def _name(cell: str) -> str:
    return re.sub(r"[\s_-]+", "_", cell.strip(BLANKS).casefold()).strip("_#")


def _only(names: Sequence[str], wanted: frozenset[str] | set[str], what: str) -> int | None:
    """The one column with such a name; None where there is none."""
    found = [n for n, name in enumerate(names) if name in wanted]
    if len(found) > 1:
        raise NoList(TWICE.format(name=f"“{names[found[0]]}”", what=what))
    return found[0] if found else None
