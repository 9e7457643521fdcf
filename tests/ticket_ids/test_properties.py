"""What holds for every list, whatever stands in it."""

from __future__ import annotations

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st

from app.ticket_ids.rejected import NoList
from tests.ticket_ids.lists import ids, read_list

IDS = st.integers(1, 10**14 - 1)
TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=20)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])


@given(st.lists(IDS, min_size=1, unique=True), ENCODINGS, st.sampled_from(["\n", "\r\n", "\r"]))
def test_one_id_a_line_comes_back_as_it_is(numbers: list[int], encoding: str, end: str) -> None:
    assert ids(end.join(map(str, numbers)).encode(encoding)) == numbers


@given(st.lists(st.tuples(IDS, TEXT), min_size=1, unique_by=lambda row: row[0]), ENCODINGS, st.sampled_from(",;\t"))
def test_what_a_csv_writer_writes_comes_back(rows: list[tuple[int, str]], encoding: str, delimiter: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(
        [("subject", "id"), *((b, a) for a, b in rows)]
    )
    assert ids(file.getvalue().encode(encoding)) == [number for number, _ in rows]


@settings(max_examples=300)
@given(st.text(st.sampled_from("0123456789,.;\t \n\r\"'#=Ee+-/:aid_é\u00a0"), max_size=60))
def test_a_text_is_read_named_or_refused_and_never_breaks(text: str) -> None:
    try:
        found = read_list(text)
    except NoList:
        return
    lines = text.count("\n") + text.count("\r") + 1
    assert all(1 <= one.row <= lines and one.why for one in found.rejected)
    digits = "".join(filter(str.isdigit, text))
    assert all(set(str(ticket)) <= set(digits) for ticket in found.tickets)


@given(st.binary(max_size=200))
def test_bytes_are_read_named_or_refused_and_never_break(file: bytes) -> None:
    try:
        found = read_list(file)
    except NoList:
        return
    assert all(one.why for one in found.rejected)
