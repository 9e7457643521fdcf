"""What a ticket holds once tags or fields that live off them have changed."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.tickets.fields import TagFields, added

A, B, MANY = ["a1", "a2", "a3"], ["b1", "b2"], ["m1", "m2"]
RAW: list[Any] = [
    {"id": 1, "title": "A", "type": "tagger", "custom_field_options": [{"value": value} for value in A]},
    {"id": 2, "title": "B", "type": "tagger", "custom_field_options": [{"value": value} for value in B]},
    {"id": 3, "title": "Many", "type": "multiselect", "custom_field_options": [{"value": value} for value in MANY]},
    {"id": 4, "title": "Box", "type": "checkbox", "tag": "box"},
]
FIELDS = TagFields.of(RAW)
ANY = st.sampled_from([*A, *B, *MANY, "box", "x", "y"])
VALUES = {
    "1": st.sampled_from([*A, None]),
    "2": st.sampled_from([*B, None]),
    "3": st.lists(st.sampled_from(MANY), unique=True),
    "4": st.booleans(),
}


@given(st.lists(ANY, unique=True), st.fixed_dictionaries({}, optional=VALUES))
def test_tags_that_are_named_beside_fields_say_the_same(tags: list[str], values: dict[str, Any]):
    after = set(FIELDS.agreed(tags, [], values, ()))
    for number, value in values.items():
        field = FIELDS.field(number)
        assert field
        assert after & field.tags == field.chosen(value)
        after -= field.tags
    others = {tag for tag in tags if not any(tag in FIELDS.field(number).tags for number in values)}  # type: ignore[union-attr]
    assert after == others


@given(st.lists(ANY, unique=True), ANY)
def test_a_drop_down_has_one_option_and_other_tags_stay(tags: list[str], new: str):
    after = added(new, tags, FIELDS.rivals)
    assert new in after
    for options in (A, B):
        if new in options and new not in tags:
            assert [tag for tag in after if tag in options] == [new]
    untouched = [tag for tag in tags if new not in A + B or tag not in (A if new in A else B)]
    assert [tag for tag in after if tag in untouched and tag != new] == [tag for tag in untouched if tag != new]


def test_a_field_that_has_its_value_keeps_its_tags_whatever_the_tag_actions_say():
    assert FIELDS.agreed(["x"], ["A1", "x"], {}, ["1"]) == ["x", "A1"]


def test_what_was_frozen_is_the_same_again():
    assert TagFields.thawed(FIELDS.frozen()) == FIELDS
    assert TagFields.thawed(None).missing


def test_fields_that_cannot_be_read_are_no_fields():
    odd = [None, "x", {}, {"id": None, "tag": 7}, {"id": "9", "custom_field_options": [None, {"value": None}, "x"]}]
    assert TagFields.of(odd).fields == ()
    (field,) = TagFields.of([{"id": "9", "type": "tagger", "custom_field_options": [{"value": "Q"}]}]).fields
    assert (field.id, field.title, field.tags) == ("9", "9", frozenset({"q"}))


def test_a_tag_of_two_drop_downs_displaces_in_both():
    both = TagFields.of([
        {"id": 1, "type": "tagger", "custom_field_options": [{"value": "shared"}, {"value": "a"}]},
        {"id": 2, "type": "tagger", "custom_field_options": [{"value": "shared"}, {"value": "b"}]},
    ])  # fmt: skip
    assert added("shared", ["a", "b", "c"], both.rivals) == ["c", "shared"]
