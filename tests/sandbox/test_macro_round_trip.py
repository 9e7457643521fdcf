"""What a macro's preview says is what an update with its difference does, for every macro of the demo."""

from typing import Any

import pytest

from app.sandbox.tickets import Ticket
from tests.sandbox.desk import Desk

SENT = (
    "status",
    "type",
    "priority",
    "group_id",
    "assignee_id",
    "brand_id",
    "subject",
    "tags",
    "custom_fields",
    "ticket_form_id",
)


@pytest.fixture(scope="module")
def desk() -> Desk:
    desk = Desk(rate_limit=100_000, ticket_update_limit=100_000)
    desk.world.update_triggers = ()
    return desk


def untouched(desk: Desk) -> Ticket:
    """A ticket that may be solved, and whose priority nobody can take away."""
    reason = desk.world.fields.named("Contact reason").id
    found = (each for each in desk.tickets(status="open") if each.assignee_id and each.fields[reason] and each.priority)
    return next(each for each in found if not each.history)


def difference(ticket: dict[str, Any], preview: dict[str, Any]) -> dict[str, Any]:
    changes = {name: preview[name] for name in SENT if preview[name] != ticket[name]}
    comment = preview.get("comment")
    if comment and comment["body"]:
        changes["comment"] = {"html_body": comment["html_body"], "public": comment["public"] is True}
    return changes


def test_the_difference_makes_the_ticket_what_was_previewed(desk: Desk):
    macros = [each for each in desk.world.macros.values() if each.active and not each.personal]
    refused = []
    for macro in macros[::2] + [each for each in macros if each.title.startswith(("Internal::", "B2B::"))]:
        ticket = untouched(desk)
        before = desk.get(f"/tickets/{ticket.id}")["ticket"]
        preview = desk.get(f"/tickets/{ticket.id}/macros/{macro.id}/apply")["result"]["ticket"]
        answer = desk.call("PUT", f"/api/v2/tickets/{ticket.id}", json={"ticket": difference(before, preview)})
        if answer.status_code != 200:
            refused.append((macro.title, answer.json))
            continue
        after = desk.get(f"/tickets/{ticket.id}")["ticket"]
        assert {name: after[name] for name in SENT} == {name: preview[name] for name in SENT}, macro.title
    assert {title for title, _ in refused} == {"Internal::Forget the urgency"}, refused
