"""What tag actions make of a ticket's tags."""

from hypothesis import given
from hypothesis import strategies as st

from app.tickets.tags import same_tags
from app.tools.apply_macro.tags import TagStep, wanted

RIVALS = {"late": ["damaged", "wrong"], "damaged": ["late", "wrong"]}
ANY = st.sampled_from(["a", "b", "c", "d", "late", "damaged", "wrong"])
PLACES = st.lists(ANY, unique=True, max_size=7)
RELATIVE = st.builds(TagStep, st.sampled_from(["current_tags", "remove_tags"]), PLACES.map(tuple))
STEPS = st.lists(st.one_of(RELATIVE, st.builds(TagStep, st.just("set_tags"), PLACES.map(tuple))), max_size=5)


@given(PLACES, st.lists(RELATIVE, max_size=5))
def test_relative_steps_keep_the_tags_of_other_people_in_their_order(tags: list[str], steps: list[TagStep]):
    named = {tag for step in steps for tag in step.tags}
    touched = named | {rival for tag in named for rival in RIVALS.get(tag, ())}
    others = [tag for tag in tags if tag not in touched]
    assert [tag for tag in wanted(steps, tags, RIVALS) if tag in others] == others


@given(PLACES, STEPS)
def test_the_last_step_has_its_way_and_no_tag_is_there_twice(tags: list[str], steps: list[TagStep]):
    after = wanted(steps, tags, {})
    assert len(after) == len(set(after))
    if steps:
        last = steps[-1]
        assert set(after).isdisjoint(last.tags) if last.verb == "remove_tags" else set(after) >= set(last.tags)
        if last.verb == "set_tags":
            assert set(after) == set(last.tags)


@given(PLACES, RELATIVE)
def test_a_step_that_was_taken_has_nothing_left_to_do(tags: list[str], step: TagStep):
    once = wanted([step], tags, {})
    assert same_tags(wanted([step], once, {}), once)


def test_steps_go_in_their_order():
    steps = [TagStep("current_tags", ("x",)), TagStep("set_tags", ("a", "b")), TagStep("remove_tags", ("a",))]
    assert wanted(steps, ["old"], {}) == ["b"]


def test_an_option_displaces_the_other_of_its_drop_down_and_keeps_it_when_nothing_is_new():
    assert wanted([TagStep("current_tags", ("late",))], ["damaged", "vip"], RIVALS) == ["vip", "late"]
    assert wanted([TagStep("current_tags", ("late",))], ["damaged", "late"], RIVALS) == ["damaged", "late"]


def test_case_makes_no_other_tag():
    assert wanted([TagStep("current_tags", ("vip",))], ["VIP"], {}) == ["VIP"]
    assert wanted([TagStep("remove_tags", ("vip",))], ["VIP"], {}) == []
