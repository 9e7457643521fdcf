"""HTML read as a browser's tokenizer reads it, in one pass: texts, tags and comments, and nothing left out.

No tree is built, so that no text can get lost in one: what a browser would drop at the end of a broken text comes as
text. The time grows with the length alone, whatever opens and never closes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

MARKUP = re.compile(r"<[A-Za-z!?]|</[A-Za-z]|</(?=.)", re.DOTALL)  # a `<` before anything else is text
BLANKS = re.compile(r"[ \t\n\f\r/]*")
NAME = re.compile(r"[^ \t\n\f\r/>]+")
ATTRIBUTE = re.compile(r"=?[^ \t\n\f\r/>=]*")
EQUALS = re.compile(r"[ \t\n\f\r]*=[ \t\n\f\r]*")
UNQUOTED = re.compile(r"[^ \t\n\f\r>]*")
LONG_NUMBER = re.compile(r"&#(?:[xX]0*([0-9a-fA-F]*)|0*([0-9]*));?")
MOST_DIGITS = 7
COMMENT_END = re.compile(r"--!?>")
EMPTY_COMMENT = re.compile(r"-?>")

RAW = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes"})
"""Elements in which everything up to their end tag is text, entities included."""
WORDS_ONLY = frozenset({"title", "textarea"})
"""The same, but entities are read."""
ENDS = {name: re.compile(rf"</{name}(?=[ \t\n\f\r/>])", re.IGNORECASE) for name in RAW | WORDS_ONLY}


class Kind(StrEnum):
    TEXT = "text"
    OPEN = "open"
    CLOSE = "close"
    COMMENT = "comment"


@dataclass(frozen=True, slots=True)
class Token:
    """`text` is what a reader would see (of a comment, what is in it); `start` and `end` are places in the source."""

    kind: Kind
    start: int
    end: int
    text: str = ""
    name: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


def tokens(source: str) -> Iterator[Token]:
    """The parts of the source, in its order; together they cover it."""
    at = 0
    while at < len(source):
        found = MARKUP.search(source, at)
        start = found.start() if found else len(source)
        if start > at:
            yield _text(source, at, start)
        if not found:
            return
        token = _markup(source, start)
        yield token
        at = token.end
        if token.kind is Kind.OPEN and (inside := _raw_text(source, token)):
            yield inside
            at = inside.end


def unescaped(text: str) -> str:
    """The text with its entities read; a number too long to be a character becomes the sign for one that is lost."""
    return html.unescape(LONG_NUMBER.sub(_character, text) if "&#" in text else text)


def has_tags(source: str) -> bool:
    return "<" in source and any(token.kind in (Kind.OPEN, Kind.CLOSE) for token in tokens(source))


def _character(number: re.Match[str]) -> str:
    digits = number[1] if number[1] is not None else number[2]
    return number[0] if len(digits) <= MOST_DIGITS and len(number[0]) <= 2 * MOST_DIGITS else _shortened(number, digits)


def _shortened(number: re.Match[str], digits: str) -> str:
    """Zeros in front are legal; Python refuses to read thousands of digits."""
    if len(digits) > MOST_DIGITS:
        return "\N{REPLACEMENT CHARACTER}"
    return f"&#{'x' if number[1] is not None else ''}{digits or 0};"


def _text(source: str, start: int, end: int, *, raw: bool = False) -> Token:
    text = source[start:end]
    return Token(Kind.TEXT, start, end, text if raw else unescaped(text))


def _markup(source: str, at: int) -> Token:
    """What begins at a place that MARKUP found."""
    if source[at + 1] == "/":
        is_tag = source[at + 2].isascii() and source[at + 2].isalpha()
        return _tag(source, at, at + 2, Kind.CLOSE) if is_tag else _until(source, at, at + 2, ">")
    if source.startswith("<!--", at):
        return _comment(source, at)
    return _until(source, at, at + 2, ">") if source[at + 1] in "!?" else _tag(source, at, at + 1, Kind.OPEN)


def _comment(source: str, at: int) -> Token:
    if empty := EMPTY_COMMENT.match(source, at + 4):
        return Token(Kind.COMMENT, at, empty.end())
    found = COMMENT_END.search(source, at + 4)
    end, after = (found.start(), found.end()) if found else (len(source), len(source))
    return Token(Kind.COMMENT, at, after, source[at + 4 : end])


def _until(source: str, start: int, inside: int, sign: str) -> Token:
    """What a browser takes for a comment: `<!…>`, `<?…>` and the like."""
    end = source.find(sign, inside)
    if end < 0:
        return Token(Kind.COMMENT, start, len(source), source[inside:])
    return Token(Kind.COMMENT, start, end + 1, source[inside:end])


def _tag(source: str, start: int, at: int, kind: Kind) -> Token:
    """A tag with its attributes, of which the first of each name counts; as text where the source ends inside it."""
    name = NAME.match(source, at)
    attributes: dict[str, str] = {}
    at = name.end() if name else at
    while True:
        at = _end(BLANKS, source, at)
        if at >= len(source):
            return _text(source, start, len(source))
        if source[at] == ">":
            return Token(kind, start, at + 1, "", (name[0] if name else "").lower(), attributes)
        here, at = at, _end(ATTRIBUTE, source, at)
        key, value = source[here:at].lower(), ""
        if equals := EQUALS.match(source, at):
            found = _value(source, equals.end())
            if found is None:
                return _text(source, start, len(source))
            value, at = found
        attributes.setdefault(key, unescaped(value))


def _value(source: str, at: int) -> tuple[str, int] | None:
    """An attribute's value and the place behind it; None where its quote never closes."""
    quote = source[at : at + 1]
    if quote not in ('"', "'") or not quote:
        end = _end(UNQUOTED, source, at)
        return source[at:end], end
    end = source.find(quote, at + 1)
    return (source[at + 1 : end], end + 1) if end >= 0 else None


def _end(pattern: re.Pattern[str], source: str, at: int) -> int:
    found = pattern.match(source, at)
    return found.end() if found else at


def _raw_text(source: str, opened: Token) -> Token | None:
    """The text of an element in which there are no tags; None of any other, and where it is empty."""
    if opened.name == "plaintext":
        end = len(source)
    elif opened.name in ENDS:
        found = ENDS[opened.name].search(source, opened.end)
        end = found.start() if found else len(source)
    else:
        return None
    raw = opened.name not in WORDS_ONLY
    return _text(source, opened.end, end, raw=raw) if end > opened.end else None
