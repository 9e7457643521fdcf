"""Which braces in a rendered text are placeholders of the macro that Zendesk did not fill in."""

from __future__ import annotations

import pytest

from app.macros.leftovers import left_over

HI = "Hi {{ticket.requester.name}}"


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        (HI, HI),
        (HI, "Hi {{ ticket.requester.name }}"),
        (HI, "Hi &#123;&#123;ticket.requester.name}}"),
        (HI, "<p>Hi {<b></b>{ticket.requester.name}}</p>"),
        ("a {{x}} b {{ticket.id}}", "a 1 b {{ticket.id}}"),
        ("a {{x}} b {{ticket.id}}", "a {{ b {{ticket.id}}"),
        ("{% if x %}a{% endif %}", "{% if x %}a{% endif %}"),
        ("{{ticket.ticket_field_{{x}}}}", "{{ticket.ticket_field_123}}"),
        ("Hi {{dc.greeting}}", "Hi Dear {{ticket.requester.name}}"),
        ("Hi {{dc.greeting}}", "Hi {% if ticket.id %}Rae{% endif %}"),
        ("Hi {{x}}", "Hi Liquid syntax error: unexpected token"),
        (r"\{{x}} {{x}}", "{{x}} {{x}}"),
        ("```\n{{x}}\n``` {{x}}", "```\n{{x}}\n``` {{x}}"),
        ("```\n{{x}}", "```\n{{x}}"),
        ("{{x}} {{ticket.title}}", "{{x}} {{x}}"),
    ],
)
def test_a_placeholder_of_the_macro_that_stayed_is_found(template: str, rendered: str) -> None:
    assert left_over(rendered, template, rich="<" in template, title="About {{x}}")


@pytest.mark.parametrize(
    ("template", "rendered"),
    [
        (HI, "Hi Rae"),
        (HI, "Hi }} there"),
        (HI, "Hi {{Rae}}"),
        (HI, "Hi {{ticket.requester.nickname}}"),
        (HI, "Hi {%"),
        ("{{ticket.title}}", "About {{x}}"),
        ("{{x}}: {{ticket.title}}", "1: About {{x}}"),
        ("{{dc.greeting}} {{ticket.title}}", "Dear Rae, About {{x}}"),
        ("{{dc.greeting}}", "Dear {{Rae}}"),
        (r"Write \{{x}} {{y}}", "Write {{x}} 1"),
        (r"Write \{{x}} {{y}}", r"Write \{{x}} 1"),
        ("{% raw %}{{x}}{% endraw %} {{y}}", "{{x}} 1"),
        ("```\n{{x}}\n```\n{{y}}", "```\n{{x}}\n```\n1"),
        ("a Liquid error: {{x}}", "a Liquid error: 1"),
        ("fixed", "fixed"),
    ],
)
def test_other_braces_are_no_fault(template: str, rendered: str) -> None:
    assert left_over(rendered, template, rich=False, title="About {{x}}") is None


@pytest.mark.parametrize("element", ["pre", "code", "PRE"])
def test_what_stands_in_code_stays(element: str) -> None:
    template = f"<p>Hi {{{{y}}}}</p><{element}><b>{{{{x}}}}</b> {{% if</{element}>"
    made = template.replace("{{y}}", "Rae")
    assert left_over(made, template, rich=True) is None
    assert left_over(template, template, rich=True)
    assert left_over(f"{made}<p>{{{{y}}}}</p>", template, rich=True)


def test_a_placeholder_in_an_address_counts() -> None:
    template = '<a href="https://x.example/{{ticket.id}}">here</a>'
    assert left_over(template, template, rich=True)
    assert left_over(template.replace("{{ticket.id}}", "7"), template, rich=True) is None


def test_shows_the_surroundings() -> None:
    template = "x" * 99 + " your order {{ticket.id}} is on its way " + "y" * 99
    left = left_over(template, template, rich=False) or ""
    assert "your order {{ticket.id}} is" in left
    assert len(left) < 70
