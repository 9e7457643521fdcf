"""What people type, turned into tags, and what is refused with which words."""

import pytest

from app.tools.registry import InvalidParameters
from app.tools.tag_manager import tags


def refused(**parameters: object) -> dict[str, str]:
    with pytest.raises(InvalidParameters) as caught:
        tags.check(parameters)
    return caught.value.fields


def test_splits_at_blanks_commas_and_semicolons_and_keeps_the_order():
    assert tags.split(" VIP,late_refund; b2b\nvip ") == ["vip", "late_refund", "b2b"]


def test_keeps_lower_case_tags_once():
    assert tags.check({"add": ["VIP", "vip", "b/2:b-c_d"]}) == {"add": ["vip", "b/2:b-c_d"], "remove": []}


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
