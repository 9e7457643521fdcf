"""A small Liquid, as far as macros need it: placeholders with a few filters, `if`, `unless`, `case`.

See docs/zendesk.md, Applying a macro.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

Lookup = Callable[[str], object]

OPENING = re.compile(r"\{\{[^{}]*\}\}|\{%")
QUOTED = r"'[^']*'|\"[^\"]*\""
OPERAND = rf"(?:{QUOTED}|-?[\w.]+)"
PIPED = re.compile(rf"{QUOTED}|[^'\"|,]+|.", re.DOTALL)
LONGEST_TEST, DEEPEST = 2_000, 50
TEST = re.compile(rf"({OPERAND})(?:\s*(==|!=|<=|>=|<|>|\bcontains\b)\s*({OPERAND}))?(?:\s+(and|or)\s+(.+))?", re.DOTALL)
LITERALS: dict[str, object] = {"true": True, "false": False, "nil": None, "null": None, "empty": "", "blank": ""}
FILTERS: dict[str, tuple[int, Callable[..., str]]] = {
    "upcase": (0, str.upper),
    "downcase": (0, str.lower),
    "capitalize": (0, str.capitalize),
    "strip": (0, str.strip),
    "newline_to_br": (0, lambda text: text.replace("\n", "<br />\n")),
    "default": (1, lambda text, other: text or other),
    "append": (1, lambda text, other: text + other),
    "prepend": (1, lambda text, other: other + text),
    "replace": (2, lambda text, old, new: text.replace(old, new)),
}
"""Name to number of arguments and function; what is not here leaves its value as it is, as in Liquid."""


class MalformedError(ValueError):
    """The text is no Liquid that is known here."""


@dataclass(frozen=True)
class Scope:
    """Where values come from, and how they are quoted for the text that they get into."""

    lookup: Lookup
    quote: Callable[[str], str]


Piece = Callable[[Scope], str]
Value = Callable[[Scope], object]
Test = Callable[[Scope], bool]


def render(text: str, lookup: Lookup, quote: Callable[[str], str] = str) -> str:
    """The text with its placeholders filled in; what `lookup` gives None for is empty.

    A placeholder that is malformed stays as it was written, and so does a whole text whose blocks do not close:
    that is what reaches a customer when no agent looks.
    """
    scope = Scope(lookup, quote)
    return "".join(piece(scope) for piece in _compiled(text))


@lru_cache(maxsize=2_000)
def _compiled(text: str) -> tuple[Piece, ...]:
    try:
        return _Parser(text).block()[0]
    except MalformedError:
        return (_text(text),)


class _Parser:
    """Reads a text once, from left to right."""

    def __init__(self, text: str) -> None:
        self._tokens = deque(_tokens(text))
        self._depth = 0

    def block(self, *ends: str) -> tuple[tuple[Piece, ...], str, str]:
        """What comes before the tag that is one of `ends`; its name, and what stands behind the name."""
        pieces: list[Piece] = []
        self._depth += len(ends) > 0
        if self._depth > DEEPEST:
            raise MalformedError(ends[-1])
        while self._tokens:
            found, token = self._tokens.popleft()
            if not found:
                pieces.append(_text(token))
            elif token.startswith("{{"):
                pieces.append(_output(token))
            else:
                name, _, rest = token.strip("{%-} \n").partition(" ")
                if name in ends:
                    self._depth -= 1
                    return tuple(pieces), name, rest.strip()
                pieces.append(self._tag(name, rest.strip()))
        if ends:
            raise MalformedError(ends[-1])
        return tuple(pieces), "", ""

    def _tag(self, name: str, rest: str) -> Piece:
        if name == "comment":
            self.block("endcomment")
            return _text("")
        if name == "case":
            return self._case(_operand(rest))
        if name in ("if", "unless"):
            test = _test(rest)
            return self._if(test if name == "if" else lambda scope: not test(scope), f"end{name}")
        raise MalformedError(name)

    def _if(self, test: Test, end: str) -> Piece:
        branches: list[tuple[Test, tuple[Piece, ...]]] = []
        while True:
            pieces, name, rest = self.block("elsif", "else", end)
            branches.append((test, pieces))
            if name == end:
                return _choice(branches)
            test = _test(rest) if name == "elsif" else _always

    def _case(self, value: Value) -> Piece:
        branches: list[tuple[Test, tuple[Piece, ...]]] = []
        _, name, rest = self.block("when", "else", "endcase")
        while name != "endcase":
            test = _any_of(value, rest) if name == "when" else _always
            pieces, name, rest = self.block("when", "else", "endcase")
            branches.append((test, pieces))
        return _choice(branches)


def _tokens(text: str) -> Iterator[tuple[bool, str]]:
    """The parts of a text, each with whether it is a placeholder or a tag; in one pass, whatever never closes."""
    at = behind = 0
    tagless = False
    for found in OPENING.finditer(text):
        if found.start() < behind or (tagless and found[0] == "{%"):
            continue
        end = found.end()
        if found[0] == "{%":
            end = text.find("%}", end) + 2
            if end == 1:  # none closes any more; placeholders still may
                tagless = True
                continue
        yield False, text[at : found.start()]
        yield True, text[found.start() : end]
        at = behind = end
    yield False, text[at:]


def _text(text: str) -> Piece:
    return lambda scope: text


def _choice(branches: list[tuple[Test, tuple[Piece, ...]]]) -> Piece:
    """The first branch whose test holds."""

    def piece(scope: Scope) -> str:
        pieces = next((pieces for test, pieces in branches if test(scope)), ())
        return "".join(each(scope) for each in pieces)

    return piece


def _output(token: str) -> Piece:
    named, *piped = _split(token.strip("{}").strip("- \n"), "|")
    try:
        value = _operand(named)
        filters = [_filter(each) for each in piped]
    except MalformedError:
        return _text(token)

    def piece(scope: Scope) -> str:
        text = shown(value(scope))
        for name, arguments in filters:
            number, change = FILTERS.get(name, (-1, str))
            if len(arguments) == number:
                text = change(text, *(shown(each(scope)) for each in arguments))
        return scope.quote(text)

    return piece


def _filter(text: str) -> tuple[str, list[Value]]:
    name, colon, arguments = text.partition(":")
    if not re.fullmatch(r"\w+", name.strip()):
        raise MalformedError(text)
    return name.strip(), [_operand(each) for each in _split(arguments, ",")] if colon else []


def _split(text: str, sign: str) -> list[str]:
    """The parts between these signs, of which those in quotes do not count."""
    parts: list[list[str]] = [[]]
    for found in PIPED.finditer(text):
        if found[0] == sign:
            parts.append([])
        else:
            parts[-1].append(found[0])
    return ["".join(part).strip() for part in parts]


def _operand(text: str) -> Value:
    if not re.fullmatch(OPERAND, text):
        raise MalformedError(text)
    if text[0] in "'\"" or re.fullmatch(r"-?\d+(\.\d+)?", text):
        literal = text.strip("'\"")
        return lambda scope: literal
    if text in LITERALS:
        return lambda scope: LITERALS[text]
    return lambda scope: scope.lookup(text)


def _test(text: str) -> Test:
    """A comparison, or several joined by `and` and `or`, which Liquid reads from the right."""
    found = TEST.fullmatch(text) if len(text) <= LONGEST_TEST else None
    if found is None:
        raise MalformedError(text)
    left, operator = _operand(found[1]), found[2]
    right = _operand(found[3]) if operator else None
    more = _test(found[5]) if found[4] else None

    def one(scope: Scope) -> bool:
        if right is None:
            return left(scope) not in (None, False)
        return _compare(left(scope), operator, right(scope))

    if more is None:
        return one
    if found[4] == "and":
        return lambda scope: one(scope) and more(scope)
    return lambda scope: one(scope) or more(scope)


def _compare(left: object, operator: str, right: object) -> bool:
    if operator in ("==", "!="):
        return (operator == "==") is _same(left, right)
    if operator == "contains":
        return shown(right) in (left if isinstance(left, (list, tuple)) else shown(left))
    try:
        one, other = float(shown(left)), float(shown(right))
    except ValueError:
        return False
    return {"<": one < other, ">": one > other, "<=": one <= other, ">=": one >= other}[operator]


def _any_of(value: Value, text: str) -> Test:
    wanted = [_operand(each) for each in re.findall(OPERAND, text) if each != "or"]
    return lambda scope: any(_same(value(scope), each(scope)) for each in wanted)


def _always(scope: Scope) -> bool:
    return True


def _same(left: object, right: object) -> bool:
    return left is right if None in (left, right) else shown(left) == shown(right)


def shown(value: object) -> str:
    """A value as text: nothing for None, words for a list."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return " ".join(map(str, value))
    return "" if value is None else str(value)
