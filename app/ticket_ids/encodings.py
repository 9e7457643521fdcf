"""Which encoding a file is in: by its mark, UTF-16 by its zeros, UTF-8 if all of it is, else Latin-1 as Windows has it.

The answer depends on the bytes alone, never on a guess about the language.
"""

from __future__ import annotations

import codecs
import re
from typing import BinaryIO, NamedTuple

CHUNK = 64 * 1024
MARKS = (  # longest first: UTF-32's begins like UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


NO_TEXT = re.compile("[\x01-\x08\x0e-\x1f\ufffe\uffff]")


class Encoding(NamedTuple):
    """An encoding as Python and as people name it."""

    codec: str
    name: str


LATIN_1 = Encoding("cp1252", "Latin-1")  # as Windows has it: the same letters, and those that Latin-1 lacks
UTF_8 = Encoding("utf-8", "UTF-8")
UTF_16_LE, UTF_16_BE = Encoding("utf-16-le", "UTF-16"), Encoding("utf-16-be", "UTF-16")


class NotText(ValueError):  # noqa: N818 - said of a file
    """The bytes are no text in any encoding that is read here."""


def size_of(file: BinaryIO, most: int) -> int:
    """How many bytes a file has from here on, looking at one more than `most` at the most; it stands there again."""
    begin, size = file.tell(), 0
    while size <= most and (chunk := file.read(CHUNK)):
        size += len(chunk)
    file.seek(begin)
    return size


def encoding_of(file: BinaryIO) -> Encoding:
    """The encoding of a file from here on; it stands there again afterwards.

    :raises NotText: it has zeros where no text has any.
    """
    begin = file.tell()
    try:
        head = file.read(CHUNK)
        for mark, codec, name in MARKS:
            if head.startswith(mark):
                return Encoding(codec, name)
        if b"\0" in head:
            return _by_zeros(head)
        file.seek(begin)
        return UTF_8 if _is_utf_8(file) else LATIN_1
    finally:
        file.seek(begin)


def _by_zeros(head: bytes) -> Encoding:
    """Digits, separators and Latin letters have a zero in UTF-16: behind the character, or in front of it."""
    pairs = len(head) // 2
    before, behind = head[0::2].count(0), head[1::2].count(0)
    found = UTF_16_LE if behind > before else UTF_16_BE
    many = max(before, behind) * 4 >= pairs
    if min(before, behind) * 2 <= max(before, behind) and (many or not _fits(head, UTF_8)) and _fits(head, found):
        return found
    if (before + behind) * 100 < pairs and _fits(head, UTF_8):
        return UTF_8  # a stray zero
    raise NotText


def _fits(head: bytes, encoding: Encoding) -> bool:
    """Whether a file that begins so can be text in this encoding."""
    try:
        text = codecs.getincrementaldecoder(encoding.codec)().decode(head)
    except UnicodeDecodeError:
        return False
    return not NO_TEXT.search(text)


def _is_utf_8(file: BinaryIO) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
