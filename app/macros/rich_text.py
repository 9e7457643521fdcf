"""The HTML of comments: made harmless, turned into text, and shown with marks where something was found."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from markupsafe import Markup, escape

Span = tuple[int, int]

TAGS = frozenset(
    {
        "a", "b", "blockquote", "br", "code", "del", "div", "em", "hr", "i", "ins", "li", "ol", "p", "pre",
        "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    }
)  # fmt: skip
GONE = frozenset(
    {
        "script", "style", "title", "textarea", "noscript", "template", "iframe", "object", "svg", "math",
        "select", "option", "head", "xmp", "noembed",
    }
)  # fmt: skip
"""Elements whose text nobody would read either."""

ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = ("http://", "https://", "mailto:", "tel:")
BREAKS = frozenset({"blockquote", "br", "div", "hr", "li", "ol", "p", "pre", "table", "td", "th", "tr", "ul"})

IMAGE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
ALT = re.compile(r"""\balt\s*=\s*(?:"([^"]*)"|'([^']*)')""", re.IGNORECASE)
HEADING = re.compile(r"<(/?)h[1-6]\b[^>]*>", re.IGNORECASE)
TOKEN = re.compile(r"""<(/?)([a-z][a-z0-9]*)(?:[^>"]|"[^"]*")*>|[^<]+|<""")


def harmless(raw: str) -> str:
    """The HTML with nothing in it that runs, restyles, loads or stands for a part of our page.

    Images become their description: showing one would tell its server who looks. Headings become paragraphs, and
    links lead to other addresses than ours only, in a window of their own.
    """
    worded = HEADING.sub(r"<\1p>", IMAGE.sub(_described, raw))
    return nh3.clean(
        worded,
        tags=set(TAGS),
        clean_content_tags=set(GONE),
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )


def text_of(raw: str) -> str:
    """What a reader sees of HTML: the text without tags, a line for each block."""
    return _flow(harmless(raw)).text


def marked_html(raw: str, spans_in: Callable[[str], list[Span]]) -> Markup:
    """Harmless HTML with `<mark>` round the places that `spans_in` finds in its text, also where a tag interrupts."""
    flow = _flow(harmless(raw))
    spans = spans_in(flow.text)
    return Markup("").join(  # the tags come from `harmless`, every text is escaped here
        Markup(piece.tag) if piece.tag else _marked_part(piece.text, piece.start, spans)  # noqa: S704
        for piece in flow.pieces
    )


def marked(text: str, spans: list[Span]) -> Markup:
    """Plain text, escaped, with `<mark>` round the spans."""
    return _marked_part(text, 0, spans)


@dataclass(frozen=True)
class Piece:
    """A tag (or what counts as little), or a text with its place in the whole text."""

    tag: str = ""
    text: str = ""
    start: int = 0


@dataclass(frozen=True)
class Flow:
    pieces: list[Piece]
    text: str


def _flow(safe: str) -> Flow:
    pieces: list[Piece] = []
    parts: list[str] = []
    length = 0
    broken = False
    for token in TOKEN.finditer(safe):
        if token[2]:
            broken = broken or token[2] in BREAKS
            pieces.append(Piece(tag=token[0]))
            continue
        text = html.unescape(token[0])
        if broken and not text.strip():
            pieces.append(Piece(tag=token[0]))  # white space between blocks is no text
            continue
        if broken and length:
            parts.append("\n")
            length += 1
        broken = False
        pieces.append(Piece(text=text, start=length))
        parts.append(text)
        length += len(text)
    return Flow(pieces, "".join(parts))


def _marked_part(text: str, start: int, spans: list[Span]) -> Markup:
    shown = Markup("")
    at = 0
    for begin, end in spans:
        left, right = max(begin - start, at), min(end - start, len(text))
        if left < right:
            shown += escape(text[at:left]) + Markup("<mark>") + escape(text[left:right]) + Markup("</mark>")
            at = right
    return shown + escape(text[at:])


def _described(image: re.Match[str]) -> str:
    alt = ALT.search(image[0])
    words = html.unescape((alt[1] or alt[2] or "") if alt else "").strip()
    return html.escape(f"[image: {words}]" if words else "[image]")


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not value.strip().lower().startswith(SCHEMES):
        return None
    return value
