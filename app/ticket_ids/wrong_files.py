"""Files that are no lists of tickets, known by how they begin and named as people know them."""

from __future__ import annotations

OFFICE = (  # what stands near the beginning of a ZIP file, and what the file then is
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"),
    (b"Index/", "a Numbers file of Apple"),
    (b"word/", "a Word document (.docx)"),
    (b"xl/", "an Excel workbook (.xlsx)"),
    (b"[Content_Types].xml", "an Excel workbook (.xlsx)"),
)
BEGINNINGS = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel or Word file (.xls, .doc)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file (gzip)"),
    (b"BZh", "a compressed file (bzip2)"),
    (b"\xfd7zXZ", "a compressed file (xz)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
)
TEXTS = (
    ("{\\rtf", "a document in RTF"),
    ("<!doctype html", "a web page (HTML)"),
    ("<html", "a web page (HTML)"),
    ("<table", "a web page (HTML)"),
    ("<?xml", "XML"),
    ("<", "HTML or XML"),
    ("{", "JSON"),
    ("[", "JSON"),
)


def named_by_bytes(head: bytes) -> str | None:
    """What a file is that begins with these bytes, such as "a PDF"; None where it may be text."""
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")):
        return next((name for mark, name in OFFICE if mark in head), "a ZIP archive")
    return next((name for mark, name in BEGINNINGS if head.startswith(mark)), None)


def named_by_text(head: str) -> str | None:
    """What a text is that begins so, such as "JSON"; None where it may be a list."""
    start = head.lstrip().lower()
    return next((name for mark, name in TEXTS if start.startswith(mark)), None)
