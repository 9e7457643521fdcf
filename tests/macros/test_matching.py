"""Searching in every mode: against a plain scan of the same texts, and against expressions made to hang."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from html import unescape

import pytest

from app.account.cache.macros import Library
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


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("don't", "don\u2019t"), ("don\u2019t", "don't"), ("don`t", "don\u02bct"), ('"quoted"', "\u201cquoted\u201d"),
        ('"quoted"', "\u00abquoted\u00bb"), ("2024-2025", "2024\u20132025"), ("non-stop", "non\u2011stop"),
        ("a - b", "a \u2014 b"), ("30 days", "30\u00a0days"), ("30 days", "30\u202fdays"), ("refund", "re\u00adfund"),
        ("refund", "re\u200bfund"), ("vip 24/7!", "\uff56\uff49\uff50\u3000\uff12\uff14\uff0f\uff17\uff01"),
        ("wait...", "wait\u2026"), ("\u2026", "..."), ("fine", "\ufb01ne"),
    ],
)  # fmt: skip
def test_signs_of_a_word_processor_are_those_of_a_keyboard(typed: str, written: str) -> None:
    text = f"so, {written} \u2013 yes"
    index = make_index(make_macro("A", ("comment_value", text)))
    looks = matcher(typed, whole_word=False, match_case=False, expression=False)
    assert looks
    assert any(looks.has(passage) for passage in index.entries[0].passages)
    (span,) = looks.spans(text)
    assert text[span[0] : span[1]] == written


@pytest.mark.parametrize(
    "typed", ["topic=7&lang=en", "https://help.acme.example/a?topic=7&lang=en", "topic=7&amp;lang=en"]
)
def test_an_address_in_the_source_is_found_as_it_is_pasted(typed: str) -> None:
    html = '<p>See <a href="https://help.acme.example/a?topic=7&amp;lang=en">this</a></p>'
    entry = make_index(make_macro("A", ("comment_value_html", html))).entries[0]
    looks = matcher(typed, whole_word=False, match_case=False, expression=False)
    assert looks
    hit = next(passage for passage in entry.passages if looks.has(passage))
    begin, end = looks.spans(hit.exact)[0]
    assert hit.exact[begin:end] == typed
