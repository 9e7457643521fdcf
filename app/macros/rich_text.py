"""The HTML of comments: made harmless with all its text, turned into text, and shown with marks where something was
found.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

import nh3
from markupsafe import Markup, escape

from app.macros.markup import Kind, Token, tokens, unescaped

Span = tuple[int, int]

TAGS = frozenset(
    {
        "a", "b", "blockquote", "br", "code", "del", "div", "em", "hr", "i", "ins", "li", "ol", "p", "pre",
        "s", "span", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
    }
)  # fmt: skip
SHOWN_AS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "p"),
    **dict.fromkeys(
        (
            "address", "article", "aside", "button", "caption", "center", "dd", "details", "dialog", "dl", "dt",
            "fieldset", "figcaption", "figure", "footer", "form", "header", "legend", "main", "nav", "optgroup",
            "option", "section", "summary", "template", "textarea", "title",
        ),
        "div",
    ),
    **dict.fromkeys(("listing", "plaintext", "xmp"), "pre"),
    **dict.fromkeys(("kbd", "samp", "tt"), "code"),
    "strike": "s",
    "tfoot": "tbody",
}  # fmt: skip
"""Elements shown as another one; those that are neither here nor in TAGS leave their text only."""

NEVER_READ = frozenset({"script", "style"})
"""Elements whose text no mail program shows; a cleaner that takes tags away may leave it behind."""
VOID = frozenset({"br", "hr"})
CLOSE_THEIR_LIKE = frozenset({"p", "li", "td", "th", "tr"})
DEEPEST = 50  # tags inside each other that are kept: a tree of any depth takes a parser quadratic time

ATTRIBUTES = {"a": {"href"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
SCHEMES = ("http://", "https://", "mailto:", "tel:")
BREAKS = frozenset({"blockquote", "br", "div", "hr", "li", "ol", "p", "pre", "table", "td", "th", "tr", "ul"})
WORDED = {
    "img": ("image", ("alt", "title")),
    "area": ("image", ("alt",)),
    "input": ("field", ("value", "placeholder")),
    "iframe": ("frame", ("srcdoc",)),
    "optgroup": ("list", ("label",)),
    "option": ("choice", ("label",)),
}
"""Elements that a reader knows by an attribute: what it is called, and which attributes have words."""
ALWAYS_WORDED = "img"

BLANK = " \t\n\r\f"
BEGIN, END = "\ue000", "\ue001"  # of a text's number; in a text itself they mean nothing, and attributes lose them
NUMBERED = re.compile(f"{BEGIN}([0-9]+){END}")
NO_NUMBERS = dict.fromkeys(map(ord, BEGIN + END))
TOKEN = re.compile(r"""<(/?)([a-z][a-z0-9]*)(?:[^>"]|"[^"]*")*>|[^<]+|<""")  # over what `harmless` made only


def harmless(raw: str) -> str:
    """The HTML with all its text, and nothing in it that runs, restyles, loads or stands for a part of our page.

    Also text is there that few would see: of scripts, style sheets, comments, titles that a mouse
    brings up, and what a style hides. Images become
    their description: showing one would tell its server who looks. Headings become paragraphs, and links lead to other
    addresses than ours only, in a window of their own.
    """
    return _clean(raw, everything=True)


def text_of(raw: str) -> str:
    """What a reader may see of HTML: the text without tags, a line for each block; no script, style or comment."""
    return _text_of(raw, everything=False)


def all_text_of(raw: str) -> str:
    """The text of `harmless`: also that of scripts, style sheets, comments and titles."""
    return _text_of(raw, everything=True)


def marked_html(raw: str, spans_in: Callable[[str], list[Span]]) -> Markup:
    """Harmless HTML with `<mark>` round what `spans_in` finds in its `text_of`, also where a tag interrupts it."""
    flow = _flow(_clean(raw, everything=False))
    spans = spans_in(flow.text)
    return Markup("").join(  # the tags come from `_clean`, every text is escaped here
        Markup(piece.tag) if piece.tag else _marked_part(piece.text, piece.start, spans)  # noqa: S704
        for piece in flow.pieces
    )


def marked(text: str, spans: list[Span]) -> Markup:
    """Plain text, escaped, with `<mark>` round the spans."""
    return _marked_part(text, 0, spans)


def _text_of(raw: str, *, everything: bool) -> str:
    """Text needs no cleaning, which costs more than all the rest."""
    if "<" not in raw:
        return unescaped(_storable(raw))
    writer = _Writer(everything=everything)
    return _flow(NUMBERED.sub(lambda number: writer.texts[int(number[1])], writer.write(_storable(raw)))).text


def _clean(raw: str, *, everything: bool) -> str:
    """The parser sees tags only, with a number for each text: thousands of entities take it quadratic time as well."""
    writer = _Writer(everything=everything)
    skeleton = nh3.clean(
        writer.write(_storable(raw)),
        tags=set(TAGS),
        clean_content_tags=set(),
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )
    return NUMBERED.sub(lambda number: writer.texts[int(number[1])], skeleton)


def _storable(raw: str) -> str:
    """Without NUL and halves of characters, which no page can bear."""
    return raw.replace("\0", "\ufffd").encode("utf-8", "replace").decode()


class _Writer:
    """Writes HTML anew with our few tags, each closed and none nested too deeply; `texts` are escaped, by number."""

    def __init__(self, *, everything: bool) -> None:
        self.texts: list[str] = []
        self._everything = everything
        self._parts: list[str] = []
        self._open: list[str] = []
        self._never_read = False

    def write(self, raw: str) -> str:
        for token in tokens(raw):
            if token.kind is Kind.TEXT:
                self._text(token.text)
            elif token.kind is Kind.COMMENT:
                self._aside("comment", token.text)
            elif token.kind is Kind.OPEN:
                self._start(token)
            else:
                self._end(SHOWN_AS.get(token.name, token.name))
            self._never_read = token.kind is Kind.OPEN and token.name in NEVER_READ
        while self._open:
            self._parts.append(f"</{self._open.pop()}>")
        return "".join(self._parts)

    def _text(self, text: str) -> None:
        if self._never_read:
            self._aside("", text)
        else:
            self._put(text)

    def _put(self, text: str) -> None:
        if text.strip(BLANK):
            self._parts.append(f"{BEGIN}{len(self.texts)}{END}")
            self.texts.append(html.escape(text))
        else:
            self._parts.append(text)

    def _aside(self, word: str, text: str) -> None:
        """Text that is no part of what is read."""
        words = " ".join(text.split())
        if self._everything and words:
            self._parts.append(" <em>")
            self._put(f"[{word}: {words}]" if word else f"[{words}]")
            self._parts.append("</em> ")

    def _start(self, token: Token) -> None:
        name = SHOWN_AS.get(token.name, token.name)
        if name in TAGS:
            if name in CLOSE_THEIR_LIKE and self._open[-1:] == [name]:
                self._end(name)
            if name in VOID:
                self._parts.append(f"<{name}>")
            elif len(self._open) < DEEPEST:
                self._parts.append(f"<{name}{_attributes(name, token)}>")
                self._open.append(name)
        if token.name in WORDED:
            self._worded(token)
        elif "title" in token.attributes:
            self._aside("title", token.attributes["title"])

    def _end(self, name: str) -> None:
        if name == "br":
            self._parts.append("<br>")
        elif name in self._open:
            while self._open:
                last = self._open.pop()
                self._parts.append(f"</{last}>")
                if last == name:
                    return

    def _worded(self, token: Token) -> None:
        what, names = WORDED[token.name]
        words = next((token.attributes[name].strip() for name in names if token.attributes.get(name, "").strip()), "")
        if words or token.name == ALWAYS_WORDED:
            self._put(f"[{what}: {words}]" if words else f"[{what}]")


def _attributes(name: str, token: Token) -> str:
    kept = {key: token.attributes[key] for key in sorted(ATTRIBUTES.get(name, ())) if key in token.attributes}
    return "".join(f' {key}="{html.escape(value.translate(NO_NUMBERS))}"' for key, value in kept.items())


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
    shown: list[Markup] = []
    at = 0
    for begin, end in spans:
        left, right = max(begin - start, at), min(end - start, len(text))
        if left < right:
            shown += [escape(text[at:left]), Markup("<mark>"), escape(text[left:right]), Markup("</mark>")]
            at = right
    return Markup("").join([*shown, escape(text[at:])])


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "href" and not value.strip().lower().startswith(SCHEMES):
        return None
    return value
