"""Files: in which encodings they are read, what is no list at all, and how much is too much."""

from __future__ import annotations

import io
import tracemalloc
import zipfile

import pytest

from app.ticket_ids.reading import MOST_BYTES, MOST_REJECTED
from tests.ticket_ids.lists import ids, read_list, refusal

ENCODINGS = {
    "utf-8": "UTF-8", "utf-8-sig": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16",
    "latin-1": "Latin-1", "cp1252": "Latin-1", "utf-32": "UTF-32",
}  # fmt: skip
ROWS = "Ticket ID;Subject\r\n" + "".join(f"{n};Größe für ßäöü\r\n" for n in range(1, 400))


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_known_by_its_bytes(encoding: str) -> None:
    found = read_list(ROWS.encode(encoding))
    assert (list(found.tickets), found.rejected) == (list(range(1, 400)), [])
    assert found.encoding == ENCODINGS[encoding]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_known_among_foreign_letters(encoding: str) -> None:
    assert ids("".join(f"{n},配送の遅れ　です\n" for n in range(1, 9)).encode(encoding)) == [*range(1, 9)]


def test_the_letters_that_windows_adds_to_latin_1_are_read() -> None:
    found = read_list("id;add\n5;košík\n".encode("cp1252"))
    assert [own and own.add for own in found.tickets.values()] == [("košík",)]


def test_utf_8_is_not_given_up_for_a_letter_at_the_edge_of_a_piece() -> None:
    text = "id;x\n1;" + "a" * (64 * 1024 - 8) + "ü\n2;ü\n"
    assert text.encode()[64 * 1024 - 1] == "ü".encode()[0]
    found = read_list(text.encode())
    assert (found.encoding, list(found.tickets)) == ("UTF-8", [1, 2])


def _zip(name: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(name, "x")
    return file.getvalue()


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        (_zip("xl/workbook.xml"), ".xlsx"), (_zip("[Content_Types].xml"), ".xlsx"), (_zip("a.csv"), "a ZIP archive"),
        (_zip("word/document.xml"), ".docx"), (b"PK\x05\x06" + b"\0" * 18, "a ZIP archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 99, ".xls"), (b"%PDF-1.7\n1\n2", "a PDF"),
        (b"\x1f\x8b\x08\0", "gzip"), (b"\x89PNG\r\n", "PNG"), (b"<!DOCTYPE html>\n<p>1", "HTML"),
        (b"\n  <html><p>5", "HTML"), ("<table><tr><td>1".encode("utf-16"), "HTML"), (b"<?xml version='1.0'?>", "XML"),
        (b'{"tickets": [1]}', "JSON"), (b"[1, 2]", "JSON"), (b"\xef\xbb\xbf[1]", "JSON"), (b"{\\rtf1 5}", "RTF"),
    ],
)  # fmt: skip
def test_what_is_no_list_is_known_by_how_it_begins(file: bytes, kind: str) -> None:
    sentence = refusal(file)
    assert kind in sentence
    assert "no list of tickets" in sentence


@pytest.mark.parametrize("file", [b"\0\1\2\3" * 50, b"12\0\0\0\0\0\0", bytes(range(256)) * 4])
def test_bytes_that_are_no_text_are_refused(file: bytes) -> None:
    assert "neither text nor CSV" in refusal(file)


def test_a_file_over_16_mb_is_refused() -> None:
    assert "16 MB" in refusal(b"1" * (MOST_BYTES + 1))


def test_too_many_tickets_are_refused_and_duplicates_do_not_count() -> None:
    assert len(read_list("1\n2\n3\n3\n2\n1", most=3).tickets) == 3
    assert "more than 3 tickets" in refusal("1\n2\n3\n4", most=3)


def test_a_file_full_of_something_else_is_given_up() -> None:
    sentence = refusal(b"id\n" + b"x\n" * (MOST_REJECTED + 1))
    assert "Line 2, for example, “x”" in sentence


def test_a_large_file_is_never_held_whole() -> None:
    file = b"id,subject\n" + b"".join(b"%d,%s\n" % (n, b"x" * 250) for n in range(1, 50_001))
    tracemalloc.start()
    try:
        assert len(read_list(file).tickets) == 50_000
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < len(file) / 2


def test_long_values_are_cut_and_unkeepable_ones_replaced() -> None:
    found = read_list("id\n" + "x" * 5_000 + "\na\0b\n")
    assert [len(one.value) for one in found.rejected] == [120, 3]
    assert "\0" not in found.rejected[1].value
