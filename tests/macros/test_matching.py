"""Searching in every mode: against a plain scan of the same texts, and against expressions made to hang."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from html import unescape

import pytest

from app.connection.macros import Library
from app.macros.index import Index, build
from app.macros.matching import BadQuery, compiled, matcher
from app.sandbox.macros import macro_json
from tests.macros.library import ACME, big_library, make_index, make_macro

QUERIES = (
    "30 days",
    "vip",
    "VIP",
    "strasse",
    "STRASSE",
    "café",
    "hard blank",
    "a+b",
    "[draft]",
    "{{ticket.id}}",
    "返品",
)
EXPRESSIONS = (r"\d+ days", r"\bvip\b", r"^Shelf \d+::", r"<b>\w+</b>", r"(?i:REFUND) \S+ policy", r"a&b|x\*y", "{{t")


@pytest.fixture(scope="module")
def index() -> Index:
    macros = [macro_json(macro, "https://acme.zendesk.com", time.time()) for macro in big_library(400).values()]
    return build(Library(ACME, 1, time.time(), macros, {}))


def texts(raw: dict) -> Iterator[str]:
    """What a reader of this macro could look in: written apart from the code that is tested."""
    yield raw["title"]
    for action in raw["actions"]:
        if action["field"] == "comment_mode_is_public":
            continue
        yield action["value"]
        if action["field"] == "comment_value_html":
            yield unescape(re.sub("<[^>]*>", "", re.sub("</p><p>", "\n", action["value"])))


def scanned(index: Index, fits: Callable[[str], bool]) -> set[int]:
    return {entry.id for entry in index.entries if any(map(fits, texts(entry.raw)))}


def found(index: Index, text: str, **switches: bool) -> set[int]:
    looks = matcher(text, **{"whole_word": False, "match_case": False, "expression": False, **switches})
    assert looks is not None
    return {entry.id for entry in index.entries if any(map(looks.has, entry.passages))}


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("text", QUERIES)
@pytest.mark.parametrize("match_case", [False, True])
@pytest.mark.parametrize("whole_word", [False, True])
def test_words_are_found_exactly_where_a_plain_scan_finds_them(
    index: Index, text: str, match_case: bool, whole_word: bool
) -> None:
    def same(words: str) -> str:
        return one_line(words) if match_case else one_line(words).casefold()

    def fits(words: str) -> bool:
        literal = re.escape(same(text))
        return re.search(rf"(?<!\w){literal}(?!\w)" if whole_word else literal, same(words)) is not None

    hits = found(index, text, whole_word=whole_word, match_case=match_case)
    assert hits == scanned(index, fits)
    assert hits or match_case or whole_word, "a query that finds nothing proves little"


@pytest.mark.parametrize("text", EXPRESSIONS)
@pytest.mark.parametrize("match_case", [False, True])
def test_expressions_find_what_python_finds(index: Index, text: str, match_case: bool) -> None:
    pattern = re.compile(text, 0 if match_case else re.IGNORECASE)
    hits = found(index, text, expression=True, match_case=match_case)
    assert hits == scanned(index, lambda words: pattern.search(words) is not None)
    assert hits


def test_decomposed_letters_and_unseen_characters_are_no_obstacle() -> None:
    index = make_index(make_macro("", ("comment_value", "cafe\u0301 re\u00adfund")))
    assert found(index, "café refund", match_case=True)


def test_hits_are_marked_where_they_stand() -> None:
    looks = matcher("STRASSE 5", whole_word=True, match_case=False, expression=False)
    assert looks is not None
    text = "Die Straße \n 5 und Straße 55"
    assert [text[begin:end] for begin, end in looks.spans(text)] == ["Straße \n 5"]


def test_nothing_to_look_for_is_no_matcher() -> None:
    for text in ("", "  ", "\u200b"):
        assert matcher(text, whole_word=False, match_case=False, expression=False) is None


@pytest.mark.parametrize(
    "text", ["(", "[a", "a**", "(?P<1>a)", "\\", "(?<=a+", "(" * 400 + ")" * 400, "a{99999999999}"]
)
def test_what_is_no_expression_gets_a_sentence(text: str) -> None:
    with pytest.raises(BadQuery, match="expression"):
        compiled(text, whole_word=False, match_case=False)


def test_too_long_a_text_gets_a_sentence() -> None:
    with pytest.raises(BadQuery, match=r"501 characters long; up to 500"):
        matcher("a" * 501, whole_word=False, match_case=False, expression=False)


BOMBS = ("(a+)+$", "(a|aa)+$", "^(([a-z])+.)+[A-Z]([a-z])+$", "(?:.*a){20}z", "(x+x+)+y")
COMPILING = ("((a?){900}){900}", "(((a{9}){9}){9}){99}", "(" * 90 + "a+" + ")+" * 90, "(?:" * 20 + "a?" + "){9}" * 20)


HANGS = 20.0  # seconds; without a limit each would take hours


@pytest.mark.parametrize("text", BOMBS)
def test_a_catastrophic_expression_is_given_up_after_a_second(text: str) -> None:
    index = make_index(*(make_macro("", ("comment_value", "a" * 4_000 + "x" * 4_000 + f"!{n}")) for n in range(40)))
    started = time.monotonic()
    with pytest.raises(BadQuery, match="longer than a second"):
        found(index, text, expression=True)
    assert time.monotonic() - started < HANGS


@pytest.mark.parametrize("text", COMPILING)
def test_an_expression_that_would_hang_the_compiler_is_refused(text: str) -> None:
    started = time.monotonic()
    with pytest.raises(BadQuery, match="multiply to more than"):
        compiled(text, whole_word=False, match_case=False)
    assert time.monotonic() - started < HANGS


def test_ten_bombs_at_once_hold_nobody_else_up() -> None:
    bombed = make_index(make_macro("", ("comment_value", "a" * 5_000 + "!")))
    small = make_index(make_macro("30 days"))
    ended: list[float] = []

    def bomb() -> None:
        started = time.monotonic()
        with pytest.raises(BadQuery):
            found(bombed, "(a+)+$", expression=True)
        ended.append(time.monotonic() - started)

    threads = [threading.Thread(target=bomb) for _ in range(10)]
    for thread in threads:
        thread.start()
    started = time.monotonic()
    assert found(small, r"\d+ days", expression=True)
    waited = time.monotonic() - started
    for thread in threads:
        thread.join()
    assert len(ended) == 10
    assert max(ended) < HANGS
    assert waited < HANGS / 2
