"""A small Liquid, as far as macros need it: placeholders with a few filters, `if`, `unless`, `case` (api.md §8)."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

Lookup = Callable[[str], object]

TOKENS = re.compile(r"(\{\{-?[^{}]*?-?\}\}|\{%-?.*?-?%\})", re.DOTALL)
QUOTED = r"'[^']*'|\"[^\"]*\""
OPERAND = rf"(?:{QUOTED}|-?[\w.]+)"
OUTPUT = re.compile(rf"({OPERAND})((?:\s*\|\s*\w+\s*(?::\s*{OPERAND}(?:\s*,\s*{OPERAND})*)?)*)")
FILTER = re.compile(rf"\|\s*(\w+)\s*(?::\s*({OPERAND}(?:\s*,\s*{OPERAND})*))?")
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
    that is what reaches a customer when nobody looks.
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
        # Every second part is what the pattern found; the others are plain text.
        self._tokens = deque((number % 2 == 1, token) for number, token in enumerate(TOKENS.split(text)))

    def block(self, *ends: str) -> tuple[tuple[Piece, ...], str, str]:
        """What comes before the tag that is one of `ends`; its name, and what stands behind the name."""
        pieces: list[Piece] = []
        while self._tokens:
            found, token = self._tokens.popleft()
            if not found:
                pieces.append(_text(token))
            elif token.startswith("{{"):
                pieces.append(_output(token))
            else:
                name, _, rest = token.strip("{%-} \n").partition(" ")
                if name in ends:
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


def _text(text: str) -> Piece:
    return lambda scope: text


def _choice(branches: list[tuple[Test, tuple[Piece, ...]]]) -> Piece:
    """The first branch whose test holds."""

    def piece(scope: Scope) -> str:
        pieces = next((pieces for test, pieces in branches if test(scope)), ())
        return "".join(each(scope) for each in pieces)

    return piece


def _output(token: str) -> Piece:
    found = OUTPUT.fullmatch(token.strip("{}").strip("- \n"))
    if found is None:
        return _text(token)
    value = _operand(found[1])
    filters = [
        (name, [_operand(each) for each in re.findall(OPERAND, arguments)])
        for name, arguments in FILTER.findall(found[2])
    ]

    def piece(scope: Scope) -> str:
        text = shown(value(scope))
        for name, arguments in filters:
            number, change = FILTERS.get(name, (-1, str))
            if len(arguments) == number:
                text = change(text, *(shown(each(scope)) for each in arguments))
        return scope.quote(text)

    return piece


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
    found = TEST.fullmatch(text)
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
