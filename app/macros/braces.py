r"""Where a macro's text has placeholders: one pass over it, whatever opens and never closes.

Only an opening `{{` or `{%` begins a placeholder, and `}}` alone is text. An opening after a backslash, inside a code
block, or between `{% raw %}` and `{% endraw %}` stays as it is (help articles 4408886858138 and 4408887218330).
"""

from __future__ import annotations

import re
import sys
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from app.macros.markup import Kind, tokens, unescaped

OPENING = re.compile(r"\{[{%]")
CLOSING = {"{{": "}}", "{%": "%}"}
FENCE = re.compile(r"^ {0,3}(?:```|~~~)", re.MULTILINE)
RAW_TAG = re.compile(r"\{%-?\s*(end)?raw\s*-?%\}")
HAS_CODE = re.compile(r"<(?:pre|code)", re.IGNORECASE)
CODE = frozenset({"pre", "code"})
INNER_TAG = re.compile(r"<[^<>]*>")
BLOCKS = frozenset({"if", "unless", "case", "for", "capture", "comment", "raw", "tablerow"})
LONGEST_INSIDE = 1_000  # characters of a placeholder that are looked at
AROUND = 30  # characters shown on each side of one

Ranges = list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """One opening. `end` is behind its closing, None where it has none; `kept` where Zendesk leaves it as it is."""

    start: int
    end: int | None
    sign: str
    kept: bool

    def inside(self, text: str) -> str:
        """What stands in it, as far as the search for its end goes; nothing where it does not end."""
        if self.end is None:
            return ""
        return words_of(text[self.start + 2 : min(self.end - 2, self.start + LONGEST_INSIDE)]).strip("-").strip()


@dataclass(frozen=True)
class View:
    """A text in which placeholders are looked for, and where in it they stay as they are."""

    text: str
    kept: Ranges


def has_opening(text: str) -> bool:
    return OPENING.search(text) is not None


def found_in(text: str, *, rich: bool) -> list[Placeholder]:
    """The placeholders of a text as it stands in the macro; none begins inside another one."""
    return list(outermost(source_view(text, rich=rich)))


def problems(text: str, *, rich: bool) -> list[str]:
    """Why Zendesk would surely leave a placeholder of this text as it is; each completes "The comment …"."""
    view = source_view(text, rich=rich)
    live = [each for each in outermost(view) if not each.kept]
    unclosed = next((each for each in live if each.end is None), None)
    found = [f"has a placeholder that does not end: “{around(view.text, unclosed.start)}”"] if unclosed else []
    found += _unclosed_blocks(text, live)
    read = read_view(text) if rich else View("", [])
    seen = [each for each in openings(read) if not each.kept]
    if len(seen) > len([each for each in openings(view) if not each.kept]):
        found.append(
            "has braces with formatting in them, which Zendesk does not take for a placeholder: "
            f"“{around(read.text, seen[0].start)}”"
        )
    return found


def openings(view: View) -> Iterator[Placeholder]:
    """Every opening from left to right, also those inside another one."""
    text = view.text
    ends = dict.fromkeys(CLOSING, 0)  # the next closing of each kind: looked for once, not once for every opening
    for found in OPENING.finditer(text):
        start, sign = found.start(), found[0]
        if 0 <= ends[sign] < start + 2:
            ends[sign] = text.find(CLOSING[sign], start + 2)
        kept = text[max(0, start - 1) : start] == "\\" or _is_in(view.kept, start)
        yield Placeholder(start, ends[sign] + 2 if ends[sign] >= 0 else None, sign, kept)


def outermost(view: View) -> Iterator[Placeholder]:
    """The same without those inside another one that Zendesk fills in."""
    behind = 0
    for each in openings(view):
        if each.start >= behind:
            yield each
            behind = behind if each.kept else each.end or each.start + 2


def source_view(text: str, *, rich: bool) -> View:
    """A text as it is written."""
    code = _code_of_html(text) if rich else _code_of_markdown(text)
    return View(text, sorted([*code, *_raw_parts(text)]))


def read_view(text: str) -> View:
    """The text of HTML as it is read, without any break."""
    parts: list[str] = []
    code: Ranges = []
    length = depth = 0
    for token in tokens(text):
        if token.name in CODE:
            depth = max(0, depth + (1 if token.kind is Kind.OPEN else -1))
        elif token.kind is Kind.TEXT and token.text:
            parts.append(token.text)
            code += [(length, length + len(token.text))] if depth else []
            length += len(token.text)
    seen = "".join(parts)
    return View(seen, sorted([*code, *_raw_parts(seen)]))


def words_of(inside: str) -> str:
    """What stands in a placeholder, without the tags and entities that an editor put there."""
    return " ".join(unescaped(INNER_TAG.sub("", inside)).split()) if inside else ""


def around(text: str, place: int) -> str:
    """A few words round an opening."""
    return " ".join(text[max(0, place - AROUND) : place + 2 + AROUND].split())


def _code_of_html(text: str) -> Ranges:
    ranges: Ranges = []
    depth = begin = 0
    for token in tokens(text) if HAS_CODE.search(text) and has_opening(text) else ():
        if token.name in CODE and token.kind is Kind.OPEN:
            begin, depth = (token.end if depth == 0 else begin), depth + 1
        elif token.name in CODE and token.kind is Kind.CLOSE and depth:
            depth -= 1
            if depth == 0:
                ranges.append((begin, token.start))
    return [*ranges, (begin, len(text))] if depth else ranges


def _code_of_markdown(text: str) -> Ranges:
    """Between fences. One that never closes begins nothing here, though Markdown says otherwise: rather refused."""
    fences = [found.start() for found in FENCE.finditer(text)]
    return list(zip(fences[::2], fences[1::2], strict=False))


def _raw_parts(text: str) -> Ranges:
    """From the end of `{% raw %}` to the beginning of the next `{% endraw %}`."""
    ranges: Ranges = []
    begin = None
    for tag in RAW_TAG.finditer(text):
        if tag[1] and begin is not None:
            ranges.append((begin, tag.start()))
            begin = None
        elif not tag[1] and begin is None:
            begin = tag.end()
    return ranges


def _is_in(ranges: Ranges, place: int) -> bool:
    at = bisect_right(ranges, (place, sys.maxsize)) - 1
    return at >= 0 and place < ranges[at][1]


def _unclosed_blocks(text: str, listed: list[Placeholder]) -> list[str]:
    """The block that does not end, or ends without a beginning: such a text Zendesk leaves as it is, whole."""
    expected: list[str] = []
    for each in listed:
        words = each.inside(text).split() if each.sign == "{%" else []
        name = words[0] if words else ""
        if name in BLOCKS:
            expected.append(name)
        elif name.startswith("end") and name[3:] in BLOCKS and (not expected or expected.pop() != name[3:]):
            return [f"has an {{% {name} %}} without a beginning"]
    return [f"has an {{% {expected[-1]} %}} without an end"] if expected else []
