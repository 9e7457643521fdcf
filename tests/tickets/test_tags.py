"""Which tags Zendesk keeps, and how a person hears of those that it does not."""
# ruff: noqa: RUF001 - letters that look alike are what it is about

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.tickets import tags


@pytest.mark.parametrize(
    "tag",
    [
        "vip",
        "b2b/eu:vip-2_x",
        "größe",
        "rückerstattung",
        "возврат",
        "返品",
        "キャンセル",
        "환불",
        "עברית",
        "العربية",
        "हिन्दी",
        "ภาษาไทยที่นี่",
        "σ",
        "１２３",
        "٣",
        "::nested::",
        "-",
    ],
)
def test_letters_of_any_script_and_digits_are_kept(tag: str):
    assert tags.strange(tag) == []
    assert tags.complaint([tag]) is None
    assert tags.without(tag) == tag


@pytest.mark.parametrize(
    ("tag", "named", "instead"),
    [
        ("c++", "“+” (U+002B PLUS SIGN)", "c"),
        ("jo@example.org", "“@” (U+0040 COMMERCIAL AT) and “.” (U+002E FULL STOP)", "joexampleorg"),
        ("rock&roll", "“&” (U+0026 AMPERSAND)", "rockroll"),
        ("a\u00adb", "U+00AD SOFT HYPHEN", "ab"),
        ("a\u202eb", "U+202E RIGHT-TO-LEFT OVERRIDE", "ab"),
        ("می\u200cخواهم", "U+200C ZERO WIDTH NON-JOINER", "میخواهم"),
        ("\ufeffvip", "U+FEFF ZERO WIDTH NO-BREAK SPACE", "vip"),
        ("cafe\u0301", "U+0301 COMBINING ACUTE ACCENT", "café"),
        ("か\u3099", "U+3099 COMBINING KATAKANA-HIRAGANA VOICED SOUND MARK", "が"),
        ("x\u0301", "U+0301 COMBINING ACUTE ACCENT", "x"),
        ("ＶＩＰ＃１", "“＃” (U+FF03 FULLWIDTH NUMBER SIGN)", "ｖｉｐ１"),
        ("ｖｉｐ－１", "“－” (U+FF0D FULLWIDTH HYPHEN-MINUS)", "ｖｉｐ-１"),
        ("m²", "“²” (U+00B2 SUPERSCRIPT TWO)", "m2"),
        ("Ⅷ", "“Ⅷ” (U+2167 ROMAN NUMERAL EIGHT)", "viii"),
        ("İstanbul", "“İ” (U+0130 LATIN CAPITAL LETTER I WITH DOT ABOVE)", "istanbul"),
        ("a\x00b", "U+0000 a control character", "ab"),
        ("a\ue000b", "U+E000 a character without a name", "ab"),
        ("don\u2019t", "“\u2019” (U+2019 RIGHT SINGLE QUOTATION MARK)", "dont"),
    ],
)
def test_the_sentence_names_the_character_and_offers_the_tag_without_it(tag: str, named: str, instead: str):
    sentence = tags.complaint([tag]) or ""
    assert f"has {named}: write “{instead}”." in sentence
    assert tags.strange(instead) == []


def test_what_has_nothing_left_is_to_be_left_out():
    assert "leave it out" in (tags.complaint(["\U0001f525\ufe0f"]) or "")
    assert tags.without("\u200b") is None


@given(st.text(st.characters(codec=None, categories=None), min_size=1, max_size=12))
def test_whatever_is_typed_has_a_sentence_that_can_be_written(text: str):
    (tags.complaint([text]) or "").encode()
    offered = tags.without(text)
    assert offered is None or tags.strange(offered) == []


@given(st.characters())
def test_a_letter_and_a_digit_are_kept_and_a_symbol_is_not(character: str):
    category = unicodedata.category(tags.lowered(character)[0])
    if category[0] == "L" and len(tags.lowered(character)) == 1:
        assert tags.strange(character) == []
    if category == "Cn":  # a newer Unicode than Python's may know it
        return
    if category[0] in "CSZ" or (category in ("Po", "Ps", "Pe", "Pi", "Pf", "No", "Nl") and character not in "-_:/"):
        assert tags.strange(character) == [character]


def test_case_is_folded_letter_by_letter():
    assert tags.lowered("ÄRGER ΟΔΟΣ") == "ärger οδοσ"


def test_the_tags_of_a_ticket_count_with_the_blanks_between_them():
    assert tags.characters(["ab", "c"]) == 4
    full = ["x" * 4_999, "y" * 96]
    assert not tags.too_long([], full)
    assert tags.too_long([], [*full, "z"])
    assert not tags.too_long([*full, "zz"], [*full, "z"]), "it only gets shorter"
