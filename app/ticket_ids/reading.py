"""Reads a list of tickets from a file or a pasted text, line by line: never more of it in memory than its ids."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import BinaryIO

from app.presentation import plural
from app.ticket_ids import own_tags, wrong_files
from app.ticket_ids.cells import BLANKS, IN_BLANKS, ONE_OR_SEVERAL, ticket_id
from app.ticket_ids.encodings import Encoding, NotText, encoding_of, size_of
from app.ticket_ids.layout import THOUSANDS, Layout, layout_of, several
from app.ticket_ids.own_tags import OwnTags, ReadTags
from app.ticket_ids.rejected import NoList, NoTicket, Rejected

MB = 1024 * 1024
MOST_BYTES = 16 * MB
MOST_ROWS = 1_048_576  # a sheet of Excel has no more
MOST_REJECTED = 100_000
HEAD = 64 * 1024  # bytes by which a file is known, and characters by which its layout is
LINE_ENDS = re.compile("\r\n|\r|\n")
BROKEN_OFF = ("unexpected end of data", "field larger than field limit")  # what csv says of a quote without an end

SAVE_AS_CSV = "Save the sheet with the ticket ids as CSV, or paste the ids."
TOO_LARGE = f"It is larger than {MOST_BYTES // MB} MB. Leave out all columns but the ticket ids, or split it."
WRONG_FILE = f"This is {{kind}}, no list of tickets. {SAVE_AS_CSV}"
NOT_TEXT = f"This is neither text nor CSV, so no ticket ids can be read from it. {SAVE_AS_CSV}"
TOO_MANY = "It names more than {most}, which is the most for one job. Split it."
TOO_MANY_ROWS = f"It has more than {MOST_ROWS:,} lines. Split it."
NOT_A_LIST = (
    f"More than {MOST_REJECTED:,} of its lines hold no ticket id, so it can hardly be a list of tickets. "
    "Line {first.row}, for example, “{first.value}”: {first.why}"
)
OPEN_QUOTE = "A quotation mark opens in line {row} and never closes, so what follows cannot be read. Close it there."
BAD_QUOTES = "The quotation marks in this row do not go together."
BAD_WIDTH = "This row has {cells} and the first one {width}. Put text that holds a separator in quotes."
NEEDS_TAG_MANAGER = (
    "It has columns add and remove, with tags for each ticket, which only Tag Manager changes. Take these columns out."
)


@dataclass
class TicketIds:
    """What was read: the tickets in their order, with tags of their own where there are any, and what is none."""

    tickets: dict[int, OwnTags | None] = field(default_factory=dict[int, OwnTags | None])
    duplicates: int = 0  # how often a ticket stood there once more
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    column: str | None = None  # the name of the column that they were read from
    encoding: str = "UTF-8"
    own_tags: bool = False

    def take(self, ticket: int, own: OwnTags | None, most: int) -> None:
        """Note a ticket. Raises NoList with a sentence when there are more than `most` now."""
        self.duplicates += ticket in self.tickets
        self.tickets[ticket] = own
        if len(self.tickets) > most:
            raise NoList(TOO_MANY.format(most=plural(most, "ticket")))


def read_text(text: str, hosts: Collection[str], most: int, tags: ReadTags | None = None) -> TicketIds:
    """The tickets of a pasted text; see `read`."""
    return read(io.BytesIO(text.encode("utf-8", "replace")), hosts, most, tags)


def read(file: BinaryIO, hosts: Collection[str], most: int, tags: ReadTags | None = None) -> TicketIds:
    """The tickets that a file names, which must be able to go back to its beginning.

    :param hosts: of the account whose ticket URLs are understood, as `urls.named_ticket` has them.
    :param most: how many different tickets there may be.
    :param tags: reads a row's own tags; None where there may be none.
    :raises NoList: with a sentence, when it is no list, or too large.
    """
    encoding = _encoding(file)
    is_id = partial(_is_id, hosts=hosts)
    with _text(file, encoding) as text:
        head = text.read(HEAD)
        _refuse_wrong_text(head)
        lines = LINE_ENDS.split(head)
        layout = layout_of(lines[:-1] if text.read(1) and len(lines) > 1 else lines, is_id)
    if layout.has_tags and tags is None:
        raise NoList(NEEDS_TAG_MANAGER)
    with _text(file, encoding) as text:
        reader = _Reader(layout, hosts, most, tags)
        reader.found.encoding = encoding.name
        reader.read(text)
    return reader.found


class _Reader:
    """Goes through the lines of one list."""

    def __init__(self, layout: Layout, hosts: Collection[str], most: int, tags: ReadTags | None) -> None:
        self.layout = layout
        self.hosts = hosts
        self.most = most
        self.tags = tags if layout.has_tags else None
        self.found = TicketIds(column=layout.name, own_tags=layout.has_tags)

    def read(self, text: io.TextIOBase) -> None:
        """:raises NoList: with a sentence."""
        if self.layout.listed:
            for row, line in enumerate(text, 1):
                if row > self.layout.begin:
                    self._listed(row, line)
            return
        for row, cells in _records(text, self.layout.delimiter):
            if row > self.layout.begin and cells is None:
                self._reject(row, "", BAD_QUOTES)
            elif row > self.layout.begin and any(cell.strip(BLANKS) for cell in cells or ()):
                self._row(row, cells or [])

    def _row(self, row: int, cells: list[str]) -> None:
        layout = self.layout
        while cells and not cells[-1].strip(BLANKS):
            cells.pop()
        line = layout.delimiter.join(cells)
        if layout.width == 1 and layout.delimiter == "," and len(cells) > 1 and THOUSANDS.fullmatch(line):
            self._reject(row, line, ONE_OR_SEVERAL)
        elif layout.width == 1:
            for value in chain.from_iterable(map(self._values, cells)):
                self._take(row, value)
        elif len(cells) > layout.width:
            self._reject(row, line, BAD_WIDTH.format(cells=plural(len(cells), "cell"), width=layout.width))
        else:
            self._take(row, *(_cell(cells, column) for column in (layout.column, layout.add, layout.remove)))

    def _values(self, cell: str) -> list[str]:
        """What a cell holds where it may be several ids."""
        one = cell.isdigit() or cell.startswith("=") or IN_BLANKS.fullmatch(cell) or _is_id(cell, self.hosts)
        return [cell] if one else several(cell)

    def _listed(self, row: int, line: str) -> None:
        if THOUSANDS.fullmatch(line.strip()) or IN_BLANKS.fullmatch(line.strip()):
            self._reject(row, line.strip(), ONE_OR_SEVERAL)
            return
        for value in several(line):
            self._take(row, value)

    def _take(self, row: int, value: str, add: str = "", remove: str = "") -> None:
        found = self.found
        try:
            if not self.layout.sure_of_commas and THOUSANDS.fullmatch(value.strip(BLANKS)):
                raise NoTicket(ONE_OR_SEVERAL)
            ticket = ticket_id(value, self.hosts)
            own = own_tags.of_row(self.tags, add, remove) if self.tags else None
            if self.tags and own and (before := found.tickets.get(ticket)):
                own = own_tags.together(self.tags, before, own)
        except NoTicket as why:
            self._reject(row, value, str(why))
            return
        found.take(ticket, own, self.most)

    def _reject(self, row: int, value: str, why: str) -> None:
        rejected = self.found.rejected
        rejected.append(Rejected.of(row, value.strip(), why))
        if len(rejected) > MOST_REJECTED:
            raise NoList(NOT_A_LIST.format(first=rejected[0]))


def _encoding(file: BinaryIO) -> Encoding:
    """:raises NoList: the file is too large, or no text at all."""
    if size_of(file, MOST_BYTES) > MOST_BYTES:
        raise NoList(TOO_LARGE)
    head = file.read(HEAD)
    file.seek(0)
    if kind := wrong_files.named_by_bytes(head):
        raise NoList(WRONG_FILE.format(kind=kind))
    try:
        return encoding_of(file)
    except NotText:
        raise NoList(NOT_TEXT) from None


class _text:  # noqa: N801 - a context, used like a function
    """The file's text from its beginning; the file stays open."""

    def __init__(self, file: BinaryIO, encoding: Encoding) -> None:
        file.seek(0)
        self.text = io.TextIOWrapper(file, encoding.codec, errors="replace", newline="")

    def __enter__(self) -> io.TextIOWrapper:
        return self.text

    def __exit__(self, *_: object) -> None:
        self.text.detach()


def _refuse_wrong_text(head: str) -> None:
    if kind := wrong_files.named_by_text(head):
        raise NoList(WRONG_FILE.format(kind=kind))


def _records(text: io.TextIOBase, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each row with the line in which it begins; None for one whose quotes do not go together."""
    rows = csv.reader(text, delimiter=delimiter, skipinitialspace=True, strict=True)
    while True:
        begin = rows.line_num + 1
        if begin > MOST_ROWS:
            raise NoList(TOO_MANY_ROWS)
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            if str(error).startswith(BROKEN_OFF):
                raise NoList(OPEN_QUOTE.format(row=begin)) from error
            row = None
        yield begin, row


def _cell(cells: list[str], column: int | None) -> str:
    return "" if column is None or column >= len(cells) else cells[column]


def _is_id(value: str, hosts: Collection[str]) -> bool:
    try:
        ticket_id(value, hosts)
    except NoTicket:
        return False
    return True
