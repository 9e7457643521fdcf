"""The small Liquid of macros: what is filled in, what is empty, and what stays as it was written."""

import html

import pytest

from app.sandbox.liquid import render

VALUES = {
    "ticket.id": 35,
    "ticket.title": "Tent & poles",
    "ticket.priority": "Urgent",
    "ticket.via": "email",
    "ticket.tags": ("late", "vip"),
    "ticket.ticket_field_7": True,
    "empty": "",
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Number {{ticket.id}}, {{ ticket.title }}", "Number 35, Tent & poles"),
        ("{{-ticket.id-}} {{ticket.tags}} {{ticket.ticket_field_7}}", "35 late vip true"),
        ("[{{ticket.unheard_of}}]", "[]"),
        ("{{ticket.title | upcase}} {{ticket.title|downcase|capitalize}}", "TENT & POLES Tent & poles"),
        ("{{ticket.nobody | default: 'dear customer'}}", "dear customer"),
        ("{{ticket.id | default: 'x' | prepend: '#' | append: '!'}}", "#35!"),
        ("{{ticket.title | replace: '&', 'and'}}", "Tent and poles"),
        ("{{ticket.title | unheard_of}} {{ticket.title | replace: 'a'}}", "Tent & poles Tent & poles"),
        ("{{'text'}} {{5}} {{nil}} {{true}}", "text 5  true"),
        ("{% comment %}for us{% endcomment %}Hello", "Hello"),
    ],
)
def test_placeholders_and_filters(text: str, wanted: str):
    assert render(text, VALUES.get) == wanted


@pytest.mark.parametrize(
    ("test", "holds"),
    [
        ("ticket.priority", True),
        ("ticket.nobody", False),
        ("empty", True),
        ("empty == blank", True),
        ("ticket.priority == 'Urgent'", True),
        ("ticket.priority != 'Urgent'", False),
        ("ticket.nobody == nil", True),
        ("ticket.nobody == ''", False),
        ("ticket.tags contains 'vip'", True),
        ("ticket.title contains 'pole'", True),
        ("ticket.tags contains 'vi'", False),
        ("ticket.id > 9", True),
        ("ticket.id <= 9", False),
        ("ticket.title > 9", False),
        ("ticket.nobody or ticket.id == 35", True),
        ("ticket.id == 35 and ticket.nobody", False),
        ("true or false and false", True),
    ],
)
def test_conditions(test: str, holds: bool):
    text = f"{{% if {test} %}}yes{{% else %}}no{{% endif %}}"
    assert render(text, VALUES.get) == ("yes" if holds else "no")
    assert render(text.replace("if", "unless"), VALUES.get) == ("no" if holds else "yes")


def test_the_first_branch_that_holds_is_taken_also_within_another():
    text = "{% if nil %}a{% elsif ticket.id == 35 %}{% if ticket.nobody %}b{% else %}c{% endif %}{% else %}d{% endif %}"
    assert render(text, VALUES.get) == "c"


@pytest.mark.parametrize(("via", "wanted"), [("voice", "called"), ("email", "wrote"), ("web", "wrote"), ("x", "asked")])
def test_cases(via: str, wanted: str):
    text = "{% case via %}{% when 'voice' %}called{% when 'email' or 'web' %}wrote{% else %}asked{% endcase %}"
    assert render(text, {"via": via}.get) == wanted


@pytest.mark.parametrize(
    "text", ["Hi {{ticket.id}, hello", "Hi {{ticket id}}", "{{}}", "{{ticket.id |}}", "{{ {{", "}}"]
)
def test_a_malformed_placeholder_stays_as_written_and_spoils_no_other(text: str):
    assert render(f"{text} and {{{{ticket.id}}}}", VALUES.get) == f"{text} and 35"


@pytest.mark.parametrize(
    "text",
    [
        "{% if ticket.id %}open",
        "{% for x in ticket.tags %}{% endfor %}",
        "{% endif %}",
        "{% if %}x{% endif %}",
        "{% %}",
    ],
)
def test_blocks_that_do_not_close_leave_the_whole_text_as_written(text: str):
    whole = f"{text} {{{{ticket.id}}}}"
    assert render(whole, VALUES.get) == whole


def test_values_are_quoted_where_they_get_into_markup():
    text = "<b>{{ticket.title}}</b>{% if ticket.title contains '&' %}!{% endif %}"
    assert render(text, VALUES.get, html.escape) == "<b>Tent &amp; poles</b>!"
