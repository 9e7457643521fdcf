"""What people type, turned into tags, and what is refused with which words."""

import pytest

from app.tools.tag_manager import tags
from app.tools.tag_manager.parameters import TagParameters
from app.tools.tool import InvalidParameters


def refused(**parameters: object) -> dict[str, str]:
    with pytest.raises(InvalidParameters) as caught:
        TagParameters.read(parameters)
    return caught.value.fields


def test_splits_at_blanks_commas_and_semicolons_and_keeps_the_order():
    assert tags.split(" VIP,late_refund; b2b\nvip ") == ["vip", "late_refund", "b2b"]


def test_keeps_lower_case_tags_once():
    assert check_of(add=["VIP", "vip", "b/2:b-c_d"]) == {"add": ["vip", "b/2:b-c_d"], "remove": []}


def test_says_what_a_tag_with_a_blank_would_become():
    message = refused(add=["Late Refund"])["add"]
    assert "2 tags" in message
    assert "“late” and “refund”" in message
    assert "late_refund" in message


def test_refuses_a_tag_that_is_in_both_lists():
    assert "“vip”" in refused(add=["VIP"], remove=["vip"])["remove"]


def test_wants_at_least_one_tag():
    assert "at least one" in refused(add=[], remove=[])["add"]


@pytest.mark.parametrize("wrong", ["vip", 7, None, [1], ["a", None], [["a"]], {"a": 1}])
def test_wants_a_list_of_texts(wrong: object):
    assert "list" in refused(add=wrong)["add"]


@pytest.mark.parametrize("tag", ["", "  ", "a\u0000b", "<b>", 'a"b', "a\u200bb", "x" * 256])
def test_refuses_tags_that_zendesk_would_change_or_refuse(tag: str):
    assert refused(add=[tag])["add"]


def test_refuses_more_tags_than_a_mistake_of_copying_explains():
    assert "51" in refused(add=[f"t{n}" for n in range(51)])["add"]


def test_refuses_parameters_it_does_not_know():
    assert "tags" in refused(add=["a"], tags=["b"])


@pytest.mark.parametrize("parameter", ["add", "remove"])
@pytest.mark.parametrize(
    ("tag", "character", "instead"),
    [
        ("#vip", "“#” (U+0023 NUMBER SIGN)", "vip"),
        ("50%-off", "“%” (U+0025 PERCENT SIGN)", "50-off"),
        ("v2.1", "“.” (U+002E FULL STOP)", "v21"),
        ("vip\u200b", "U+200B ZERO WIDTH SPACE", "vip"),
        ("\U0001f525hot", "“\U0001f525” (U+1F525 FIRE)", "hot"),
        ("\ud800x", "U+D800 half a character", "x"),
    ],
)
def test_a_tag_that_zendesk_drops_is_refused_by_the_character(parameter: str, tag: str, character: str, instead: str):
    sentence = refused(**{parameter: [tag]})[parameter]
    assert character in sentence
    assert f"write “{instead}”" in sentence
    assert "drops any other without an error" in sentence
    assert ("no ticket should have it" in sentence) is (parameter == "remove")
    sentence.encode()


def test_each_wrong_tag_of_a_list_is_told():
    sentence = refused(add=["#a", "fine", "b+"])["add"]
    assert "“#a”" in sentence
    assert "“b+”" in sentence
    assert "fine" not in sentence
    assert "So have 3 more." in refused(add=[f"#{n}" for n in range(8)])["add"]


def test_more_than_a_ticket_holds_is_refused_at_once():
    tags = [f"{number:02}" + "x" * 253 for number in range(20)]
    assert "5,119 characters; a ticket holds 5,096 at most" in refused(add=tags)["add"]
    assert tags == check_of(remove=tags)["remove"]


def check_of(**parameters: object) -> dict[str, object]:
    return TagParameters.read(parameters).kept()


@pytest.mark.parametrize("given", [{}, {"closed": "skip"}])
def test_closed_tickets_are_left_out_unless_somebody_has_them_tried(given: dict[str, str]):
    assert check_of(add=["vip"], **given) == {"add": ["vip"], "remove": []}
    assert check_of(add=["vip"], closed="try") == {"add": ["vip"], "remove": [], "closed": "try"}


@pytest.mark.parametrize("wrong", ["yes", "TRY", True, None, ["try"], 1])
def test_says_what_may_become_of_closed_tickets(wrong: object):
    assert "skip" in refused(add=["vip"], closed=wrong)["closed"]
