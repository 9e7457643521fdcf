"""What is worth a look in a library of macros."""

from __future__ import annotations

from typing import Any

import pytest

from app.macros.findings import find_all
from app.macros.placeholders import unknown_in
from tests.macros.library import make_index, make_macro


def found(finding: str, *macros: dict[str, Any], **names: Any) -> dict[str, list[str]]:
    index = make_index(*macros, **names)
    by_id = {entry.id: entry.title for entry in index.entries}
    return {by_id[macro]: why for macro, why in find_all(index.entries, index.names)[finding].items()}


def comment(title: str, text: str, **changes: Any) -> dict[str, Any]:
    return make_macro(title, ("comment_value", text), **changes)


def test_the_same_text_in_other_tags_is_the_same() -> None:
    rich = make_macro("B", ("comment_value_html", "<p>You can <b>return</b> it\nnow</p>"))
    twins = found("same-text", comment("A", "You can RETURN it now"), rich, comment("C", "You can return it later"))
    assert twins == {"A": ["Says the same as “B”."], "B": ["Says the same as “A”."]}


def test_two_macros_with_one_title() -> None:
    assert set(found("same-title", make_macro("Late "), make_macro("late"), make_macro("Later"))) == {"Late ", "late"}


def test_unused_means_active_and_counted() -> None:
    macros = (make_macro("A", usage_30d=0), make_macro("B", usage_30d=0, active=False), make_macro("C"))
    assert set(found("unused", *macros, make_macro("D", usage_30d=2))) == {"A"}


def test_links_to_old_hosts() -> None:
    old, new = "2019-01-01T00:00:00Z", "2026-01-01T00:00:00Z"
    dead = found(
        "old-links",
        comment("Named", "See https://help-old.acme.example/x."),
        comment("Left", "See http://docs.shop.example/y", updated_at=old),
        make_macro("Rich", ("comment_value_html", '<a href="https://goo.gl/abc">here</a>')),
        comment("Present", "See https://help.shop.example/y and https://gold.example", updated_at=new),
    )
    assert dead == {
        "Named": ["Links to help-old.acme.example: its name says that it is old."],
        "Left": ["Links to docs.shop.example: newer macros link to help.shop.example instead."],
        "Rich": ["Links to goo.gl: Google has switched this shortener off."],
    }


@pytest.mark.parametrize(
    "text",
    ["{{ticket.requester.first_name}}", "{{ ticket.id }}", "{{dc.greeting}}", "{{ticket.ticket_field_360001}}",
     "{{ticket.ticket_field_option_title_360001}}", "{{current_user.name | upcase}}", "{{ticket.ccs[0].name}}",
     "{{'now' | date: '%Y'}}", "{% assign x = ticket.title %}{{x}}", "{{ticket.requester.custom_fields.plan}}",
     "{% for comment in ticket.comments %}{{comment.value}}{% endfor %}", "{{ticket.organization.name}}",
     "{{ticket.status_category}}", "{{ticket.organization.is_shared}}", "{{ticket.organization.is_shared_comments}}",
     "{{ticket.requester.organization.is_shared}}", "{{current_user.organization.is_shared_comments}}",
     "{{organization.is_shared}}", "{{custom_objects.car.name}}", "{{agent.signature}}", r"\{{ticket.nope}}",
     "{% raw %}{{nope}}{% endraw %}", "```\n{{nope}}\n```", "}} {nope}"],
)  # fmt: skip
def test_known_placeholders(text: str) -> None:
    assert unknown_in(text) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{{ticket.requester.frist_name}}", "ticket.requester.frist_name"),
        ("{{ticket.requestor.name}}", "ticket.requestor.name"),
        ("{{customer name}}", "customer name"),
        ("{{tiket.id}}", "tiket.id"),
        ("{{ticket}}", "ticket"),
        ("{{ticket.ticket_field_x}}", "ticket.ticket_field_x"),
    ],
)
def test_unknown_placeholders(text: str, name: str) -> None:
    assert unknown_in(text) == [name]
    (sentence,) = found("placeholders", comment("A", text))["A"]
    assert sentence.startswith(f"{{{{{name}}}}} is not in Zendesk's list of placeholders: we do not know")


def test_placeholders_that_work_elsewhere_only_are_named() -> None:
    said = found("placeholders", comment("A", "{{agent.signature}} {{custom_objects.car.name}}"))["A"]
    assert said[0].startswith("{{agent.signature}} works in agents' signatures only")
    assert said[1].startswith("{{custom_objects.car.name}} works in triggers of custom objects only")


def test_a_name_in_another_case_is_another_name() -> None:
    assert unknown_in("{{Ticket.id}} {{ticket.ID}}") == ["Ticket.id", "ticket.ID"]


def test_placeholders_in_code_are_text() -> None:
    assert unknown_in("<pre>{{nope}}</pre><p>{{<b>no</b>}}</p>", rich=True) == ["no"]


def test_actions_that_name_what_is_gone() -> None:
    names = {
        "group": {"7": {"name": "Shipping"}, "8": {"name": "Old team", "inactive": True}},
        "user": {
            "21": {"name": "Ana", "email": "a@x.example"},
            "22": {"name": "Ben", "email": "", "inactive": True},
            "23": {"name": "Cy", "email": "c@x.example", "end_user": True},
        },
        "field": {"5": {"name": "Reason", "options": {}}, "6": {"name": "Old", "options": {}, "inactive": True}},
    }
    gone = found(
        "inactive",
        make_macro("Fine", ("group_id", "7"), ("assignee_id", "21"), ("custom_fields_5", "x"), ("group_id", "")),
        make_macro("Group", ("group_id", "8")),
        make_macro("Missing group", ("group_id", "99")),
        make_macro("Agent", ("assignee_id", "22")),
        make_macro("Customer in copy", ("cc", "23")),
        make_macro("No agent", ("assignee_id", "23")),
        make_macro("Field", ("custom_fields_6", "x")),
        comment("Placeholder", "{{ticket.ticket_field_77}}"),
        **names,
    )
    assert gone == {
        "Group": ["The group Old team is not active any more."],
        "Missing group": ["The group 99 does not exist any more."],
        "Agent": ["The agent Ben is not active any more."],
        "Customer in copy": ["Cy is an end user and cannot be added: only agents can follow a ticket."],
        "No agent": ["Cy is not an agent any more."],
        "Field": ["The field Old is not active."],
        "Placeholder": ["A placeholder names the field 77, which does not exist any more."],
    }


def test_what_could_not_be_read_is_not_called_gone() -> None:
    macro = make_macro("A", ("group_id", "99"), ("custom_fields_6", "x"))
    assert found("inactive", macro) == {}
