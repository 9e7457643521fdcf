"""What of a comment's HTML its reader may not see: elements that Zendesk may drop, and text that a style hides."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from app.macros.markup import Kind, Token, tokens
from app.macros.rich_text import SHOWN_AS, TAGS

ORDINARY = (TAGS | SHOWN_AS.keys() | frozenset(
    {
        "abbr", "acronym", "b", "bdi", "bdo", "big", "body", "cite", "col", "colgroup", "data", "dfn", "font", "head",
        "hgroup", "html", "img", "ins", "label", "mark", "output", "q", "rb", "rp", "rt", "rtc", "ruby", "search",
        "small", "time", "var", "wbr",
    }
)) - frozenset(
    {
        "button", "details", "dialog", "fieldset", "form", "legend", "listing", "optgroup", "option", "plaintext",
        "template", "textarea", "title", "xmp",
    }
)  # fmt: skip
"""Elements of texts as people write them; Zendesk has published no list of those that it keeps."""
VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
MOST_NAMED = 8
DEEPEST = 200  # of what hides is remembered; deeper, an element counts as inside the last one remembered
LONGEST_STYLE = 4_000
LONGEST_NAME = 40

DECLARATION = re.compile(r"[^;]+")
ZERO = re.compile(r"[+-]?(?:0+(?:\.0*)?|\.0+)(?:[a-z%]*)")
FAR = re.compile(r"-\d{3,}|-\d+(?:\.\d+)?(?:em|rem|vw|vh|in|cm)")
NUMBER = re.compile(r"\d{1,3}(?:\.\d+)?%?")
HEX = re.compile(r"#[0-9a-f]{3,8}")
COLOURS = {
    "white": (255, 255, 255), "snow": (255, 250, 250), "ivory": (255, 255, 240), "ghostwhite": (248, 248, 255),
    "floralwhite": (255, 250, 240), "whitesmoke": (245, 245, 245), "mintcream": (245, 255, 250),
    "azure": (240, 255, 255), "seashell": (255, 245, 238), "aliceblue": (240, 248, 255), "black": (0, 0, 0),
    "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255), "yellow": (255, 255, 0), "gray": (128, 128, 128),
    "grey": (128, 128, 128), "silver": (192, 192, 192), "navy": (0, 0, 128),
}  # fmt: skip
NEAR = 24  # a difference in each of red, green and blue that a reader does not see

Colour = tuple[int, int, int]
PAPER: Colour = (255, 255, 255)


def notes(html: str) -> list[str]:
    """A sentence for each kind of element that Zendesk may drop, for comments, and for each way of hiding text."""
    reader = _Reader()
    for token in tokens(html):
        reader.see(token)
    return list(reader.sentences())


def plain_notes(text: str) -> list[str]:
    """The same of a plain text: Zendesk strips HTML from it (developer.zendesk.com, Tickets, "Comment")."""
    tags = dict.fromkeys(f"<{token.name[:LONGEST_NAME]}>" for token in tokens(text) if token.kind is Kind.OPEN)
    if not tags:
        return []
    return [
        f"The comment is plain text with HTML tags in it ({', '.join([*tags][:MOST_NAMED])}): Zendesk may drop these."
    ]


@dataclass(frozen=True, slots=True)
class _Open:
    """An element that is open: how it hides its text, and on which ground in which colour it stands."""

    name: str
    hides: str | None
    ground: Colour
    ink: Colour | None


class _Reader:
    """Takes one token after the other, and counts."""

    def __init__(self) -> None:
        self._elements: Counter[str] = Counter()
        self._hidden: Counter[str] = Counter()
        self._comments = 0
        self._open: list[_Open] = [_Open("", None, PAPER, None)]
        self._told = False

    def see(self, token: Token) -> None:
        if token.kind is Kind.COMMENT:
            self._comments += bool(token.text.strip())
        elif token.kind is Kind.OPEN:
            self._start(token)
        elif token.kind is Kind.CLOSE:
            self._end(token.name)
        elif token.text.strip() and (how := self._hiding()) and not self._told:
            self._hidden[how] += 1
            self._told = True

    def sentences(self) -> Iterator[str]:
        named = self._elements.most_common()
        for name, count in named[:MOST_NAMED]:
            tag = f"<{name[:LONGEST_NAME]}>"
            yield f"The comment contains {count:,} {tag} that Zendesk may drop; its text is shown here."
        if len(named) > MOST_NAMED:
            count = sum(count for _, count in named[MOST_NAMED:])
            yield f"It contains {count:,} more such elements of other kinds."
        if self._comments:
            what = "1 comment" if self._comments == 1 else f"{self._comments:,} comments"
            yield f"Its source has {what} that no reader sees; shown here in brackets."
        for how, count in self._hidden.most_common():
            where = "1 place" if count == 1 else f"{count:,} places"
            yield f"In {where} a style may hide text from its reader ({how}); the text is sent, and is shown here."

    def _start(self, token: Token) -> None:
        if token.name not in ORDINARY:
            self._elements[token.name] += 1
        if token.name in VOID or len(self._open) > DEEPEST:
            return
        around = self._open[-1]
        style = _declared(token)
        ground = _colour(style.get("background-color") or style.get("background") or "") or around.ground
        ink = _colour(style.get("color", "")) or around.ink
        hides = _hides(style) or ("hidden" if "hidden" in token.attributes else None)
        self._open.append(_Open(token.name, hides or around.hides, ground, ink))
        self._told = self._told and hides is None

    def _end(self, name: str) -> None:
        if any(each.name == name for each in self._open[1:]):
            while self._open.pop().name != name:
                pass
        self._told = self._told and self._hiding() is not None

    def _hiding(self) -> str | None:
        last = self._open[-1]
        if last.hides:
            return last.hides
        alike = last.ink and all(abs(one - other) <= NEAR for one, other in zip(last.ink, last.ground, strict=True))
        return "its colour is that of the paper" if alike else None


def _declared(token: Token) -> dict[str, str]:
    """An element's own declarations, and what its older attributes say."""
    attributes = token.attributes
    found = {"color": attributes["color"].lower()} if "color" in attributes else {}
    if "bgcolor" in attributes:
        found["background-color"] = attributes["bgcolor"].lower()
    for each in DECLARATION.findall(attributes.get("style", "")[:LONGEST_STYLE].lower()):
        name, _, value = each.partition(":")
        found[name.strip()] = value.replace("!important", "").strip()
    return found


def _hides(style: dict[str, str]) -> str | None:
    """How a style hides the text of its element, in CSS's own words; None where it does not."""
    for name, values in (("display", ("none",)), ("visibility", ("hidden", "collapse")), ("mso-hide", ("all",))):
        if style.get(name) in values:
            return f"{name}: {style[name]}"
    sizes = ["font-size", "opacity"]
    if style.get("overflow", "").startswith(("hidden", "clip")):
        sizes += ["height", "width", "max-height", "max-width"]
    for name in sizes:
        if ZERO.fullmatch(style.get(name, "")):
            return f"{name}: {style[name]}"
    moved = ["text-indent", "margin-left", "margin-top"]
    if style.get("position") in ("absolute", "fixed", "relative"):
        moved += ["left", "top", "right", "bottom"]
    for name in moved:
        if FAR.match(style.get(name, "")):
            return f"{name}: {style[name][:LONGEST_NAME]}"
    if "rect(0" in style.get("clip", "") or "inset(50%" in style.get("clip-path", ""):
        return "clip"
    return "scale(0)" if "scale(0)" in style.get("transform", "") else _see_through(style)


def _see_through(style: dict[str, str]) -> str | None:
    colour = style.get("color", "").replace(" ", "")
    is_clear = colour == "transparent" or (colour.startswith(("rgba(", "hsla(")) and colour.endswith((",0)", "/0)")))
    return "color: transparent" if is_clear else None


def _colour(value: str) -> Colour | None:
    """Red, green and blue of a colour as people write it; None where it is written in another way."""
    if value in COLOURS:
        return COLOURS[value]
    if found := HEX.search(value):
        digits = found[0][1:]
        wide = digits if len(digits) >= 6 else "".join(each * 2 for each in digits)  # noqa: PLR2004 - two for each colour
        return int(wide[0:2], 16), int(wide[2:4], 16), int(wide[4:6], 16)
    if value.startswith(("rgb(", "rgba(")):
        numbers = [_part(each) for each in NUMBER.findall(value)[:3]]
        return (numbers[0], numbers[1], numbers[2]) if len(numbers) == 3 else None  # noqa: PLR2004 - red, green, blue
    return next((COLOURS[word] for word in value.split() if word in COLOURS), None)


def _part(number: str) -> int:
    return round(float(number[:-1]) * 2.55) if number.endswith("%") else round(float(number))
