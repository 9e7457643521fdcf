"""The two apply endpoints: what a macro would make of a ticket, told and not done."""

from typing import Any

import pytest

from app.sandbox.macros import Macro
from app.sandbox.tickets import Ticket, ticket_json
from app.sandbox.times import iso
from tests.sandbox.desk import Desk

MACRO_ID = 77


@pytest.fixture
def desk() -> Desk:
    return Desk()


def macro_of(desk: Desk, *actions: tuple[str, Any], **more: Any) -> None:
    """Put a macro of these actions into the account."""
    desk.world.macros[MACRO_ID] = Macro(MACRO_ID, "On trial", actions, 1, **more)


def on_ticket(desk: Desk, ticket: Ticket, number: int = MACRO_ID) -> dict[str, Any]:
    return desk.get(f"/tickets/{ticket.id}/macros/{number}/apply")["result"]["ticket"]


def bare(desk: Desk) -> dict[str, Any]:
    return desk.get(f"/macros/{MACRO_ID}/apply")["result"]["ticket"]


def named(desk: Desk, title: str) -> int:
    return next(macro.id for macro in desk.world.macros.values() if macro.title == title)


def as_it_is(desk: Desk, ticket: Ticket) -> dict[str, Any]:
    return ticket_json(ticket, desk.world.fields, "http://localhost")


def test_the_bare_preview_has_what_changes_and_fields_null(desk: Desk):
    macro_of(desk, ("status", "solved"))
    assert desk.get(f"/macros/{MACRO_ID}/apply") == {"result": {"ticket": {"status": "solved", "fields": None}}}


def test_the_bare_preview_leaves_placeholders_raw(desk: Desk):
    macro_of(desk, ("comment_value", "Hi {{ticket.requester.name}}"), ("subject", "{{ticket.id}}"))
    found = bare(desk)
    assert found["subject"] == "{{ticket.id}}"
    assert found["comment"] == {
        "body": "Hi {{ticket.requester.name}}",
        "html_body": "<p>Hi {{ticket.requester.name}}</p>",
        "scoped_body": [["channel:all", "Hi {{ticket.requester.name}}"]],
    }


def test_the_bare_preview_names_the_caller_and_turns_ids_into_numbers(desk: Desk):
    service = desk.world.people.by_email[desk.config.email]
    reason = desk.world.fields.named("Contact reason").id
    macro_of(
        desk,
        ("assignee_id", "current_user"),
        ("group_id", "current_groups"),
        ("brand_id", ""),
        ("current_tags", "b a"),
        (f"custom_fields_{reason}", "returns"),
        ("comment_mode_is_public", "false"),
    )
    found = bare(desk)
    assert (found["assignee_id"], found["group_id"], found["brand_id"]) == (service.id, service.groups[0], None)
    assert (found["tags"], found["fields"]) == (["a", "b"], [{"id": reason, "value": "returns"}])
    assert found["comment"]["public"] is False


def test_the_tickets_preview_is_the_whole_ticket_and_saves_nothing(desk: Desk):
    ticket = desk.open_ticket()
    before = as_it_is(desk, ticket)
    macro_of(desk, ("status", "pending"), ("comment_value", "Hello"))
    found = on_ticket(desk, ticket)
    comment = found.pop("comment")
    assert found == {**before, "status": "pending", "custom_status_id": found["custom_status_id"]}
    assert comment["public"] is None
    assert as_it_is(desk, ticket) == before
    assert ticket.history == []
    assert desk.world.ledger.changes_seen == 0


def test_every_plain_action_shows_as_the_ticket_would_be(desk: Desk):
    people, ticket = desk.world.people, desk.open_ticket()
    agent, group = desk.world.busy_agent, desk.world.busy_agent.groups[0]
    brand = next(number for number in people.brands if number != ticket.brand_id)
    actions = {
        "type": "incident",
        "priority": "urgent",
        "group_id": str(group),
        "assignee_id": str(agent.id),
        "brand_id": str(brand),
        "ticket_form_id": "360000000809",
        "subject": "{{ticket.id}}: seen",
    }
    macro_of(desk, *actions.items())
    found = on_ticket(desk, ticket)
    wanted = {**actions, "group_id": group, "assignee_id": agent.id, "brand_id": brand}
    wanted |= {"ticket_form_id": 360_000_000_809, "subject": f"{ticket.id}: seen"}
    assert {name: found[name] for name in wanted} == wanted
    assert "comment" not in found


def test_the_default_ticket_form_is_the_one_that_says_so(desk: Desk):
    ticket = desk.open_ticket()
    (default,) = [form["id"] for form in desk.get("/ticket_forms")["ticket_forms"] if form["default"]]
    ticket.ticket_form_id = default + 32
    macro_of(desk, ("ticket_form_id", "default_ticket_form"))
    assert on_ticket(desk, ticket)["ticket_form_id"] == default
    assert bare(desk)["ticket_form_id"] == default
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"ticket_form_id": "default_ticket_form"}}, 422)


def test_current_groups_are_the_tickets_own_the_agents_default_or_the_first(desk: Desk):
    people, ticket = desk.world.people, desk.open_ticket()
    macro_of(desk, ("group_id", "current_groups"))
    support, billing = people.group_named("Support").id, people.group_named("Billing").id
    for name, of_ticket, wanted in (
        ("Idris Campbell", support, support),
        ("Idris Campbell", people.group_named("Rentals").id, billing),
        ("Idris Campbell", None, billing),
        ("Maren Holt", people.group_named("Rentals").id, support),
    ):
        desk.sign_in(next(user.email for user in people.users.values() if user.name == name))
        ticket.group_id = of_ticket
        assert on_ticket(desk, ticket)["group_id"] == wanted
    assert desk.get("/users/me")["user"]["default_group_id"] == support


def test_a_custom_status_brings_its_category(desk: Desk):
    macro_of(desk, ("custom_status_id", "26155588900097"))
    assert on_ticket(desk, desk.open_ticket())["status"] == "hold"


def test_what_is_empty_unassigns_and_even_takes_the_priority(desk: Desk):
    ticket = next(each for each in desk.tickets(status="open") if each.priority and each.assignee_id)
    macro_of(desk, ("priority", ""), ("assignee_id", ""), ("group_id", ""))
    found = on_ticket(desk, ticket)
    assert (found["priority"], found["assignee_id"], found["group_id"]) == (None, None, None)


def test_what_the_ticket_could_not_bear_changes_nothing(desk: Desk):
    ticket = desk.open_ticket()
    macro_of(desk, ("assignee_id", "1"), ("type", "riddle"), ("status", "pending"))
    found = on_ticket(desk, ticket)
    assert (found["assignee_id"], found["type"], found["status"]) == (ticket.assignee_id, ticket.type, "pending")


def test_tags_are_those_after_setting_adding_and_removing(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    macro_of(desk, ("current_tags", "zz_new"), ("remove_tags", "returns"))
    kept = [tag for tag in ticket.tags if tag != "returns"]
    assert on_ticket(desk, ticket)["tags"] == sorted([*kept, "zz_new"])
    macro_of(desk, ("set_tags", "only these"))
    assert on_ticket(desk, ticket)["tags"] == ["only", "these"]


def test_fields_are_arrays_and_go_with_their_tags(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    reason, order = desk.world.fields.named("Contact reason").id, desk.world.fields.named("Order number").id
    macro_of(desk, (f"custom_fields_{reason}", "reason_damaged"), (f"custom_fields_{order}", ""))
    found = on_ticket(desk, ticket)
    values = {entry["id"]: entry["value"] for entry in found["custom_fields"]}
    assert found["fields"] == found["custom_fields"]
    assert (values[reason], values[order]) == ("reason_damaged", None)
    assert "reason_damaged" in found["tags"]
    assert "returns" not in found["tags"]


def test_current_user_and_groups_are_the_callers(desk: Desk):
    agent = desk.world.busy_agent
    desk.sign_in(agent.email)
    macro_of(desk, ("assignee_id", "current_user"), ("group_id", "current_groups"))
    found = on_ticket(desk, desk.open_ticket())
    assert (found["assignee_id"], found["group_id"]) == (agent.id, agent.groups[0])


def test_the_comment_is_filled_in_for_ticket_and_caller(desk: Desk):
    ticket = next(each for each in desk.tickets(status="open") if each.assignee_id and each.organization_id)
    people, order = desk.world.people, desk.world.fields.named("Order number").id
    text = (
        "{{ticket.id}}|{{ticket.title}}|{{ticket.requester.name}}|{{ticket.requester.first_name}}|{{ticket.status}}|"
        "{{ticket.assignee.name}}|{{current_user.name}}|{{ticket.organization.name}}|{{ticket.tags}}|"
        f"{{{{ticket.ticket_field_{order}}}}}|{{{{ticket.group.name}}}}|{{{{ticket.unheard_of}}}}"
    )
    macro_of(desk, ("comment_value", text))
    requester, assignee = people.users[ticket.requester_id], people.users[ticket.assignee_id or 0]
    assert on_ticket(desk, ticket)["comment"]["body"].split("|") == [
        str(ticket.id),
        ticket.subject,
        requester.name,
        requester.name.split()[0],
        "Open",
        assignee.name,
        "Giga Tools Service",
        people.organizations[ticket.organization_id or 0].name,
        " ".join(ticket.tags),
        str(ticket.fields[order]),
        people.groups[ticket.group_id or 0].name,
        "",
    ]


def test_an_options_name_is_another_placeholder_than_its_tag(desk: Desk):
    ticket = desk.tickets(status="open", tag="returns")[0]
    number = desk.world.fields.named("Contact reason").id
    both = f"{{{{ticket.ticket_field_{number}}}}} {{{{ticket.ticket_field_option_title_{number}}}}}"
    macro_of(desk, ("comment_value", f"{both} {{{{ticket.ticket_field_1}}}}"))
    assert on_ticket(desk, ticket)["comment"]["body"] == "returns Return "


def test_the_latest_comment_can_be_quoted(desk: Desk):
    ticket = desk.open_ticket()
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"comment": {"body": "For us", "public": False}}})
    macro_of(desk, ("comment_value", "{{ticket.latest_comment}}|{{ticket.latest_public_comment}}"))
    assert on_ticket(desk, ticket)["comment"]["body"] == f"For us|{ticket.description}"


@pytest.mark.parametrize(("language", "team"), [("de", "Ihr Team von"), ("en", "Your"), ("ja", "Your")])
def test_dynamic_content_is_in_the_customers_language_where_there_is_one(desk: Desk, language: str, team: str):
    ticket = desk.tickets(language=language)[0]
    body = on_ticket(desk, ticket, named(desk, "Account::Signature"))["comment"]["body"]
    assert body.startswith(f"Thank you!\n\n{team} Nordfell")
    assert body.endswith(", Giga")


@pytest.mark.parametrize(("value", "public"), [("true", True), ("false", False)])
def test_the_mode_is_the_macros_own(desk: Desk, value: str, public: bool):
    macro_of(desk, ("comment_value", "Hello"), ("comment_mode_is_public", value))
    assert on_ticket(desk, desk.open_ticket())["comment"]["public"] is public


def test_rich_text_is_the_body_too_unless_there_is_a_plain_one(desk: Desk):
    ticket = desk.open_ticket()
    ticket.subject = "Tent & poles"
    rich = "<p><b>{{ticket.title}}</b></p>"
    macro_of(desk, ("comment_value_html", rich))
    only = on_ticket(desk, ticket)["comment"]
    assert only["body"] == only["html_body"] == "<p><b>Tent &amp; poles</b></p>"
    assert only["scoped_body"] == []
    macro_of(desk, ("comment_value", ["channel:chat", "Plain {{ticket.title}}"]), ("comment_value_html", rich))
    both = on_ticket(desk, ticket)["comment"]
    assert (both["body"], both["html_body"]) == ("Plain Tent & poles", only["html_body"])
    assert both["scoped_body"] == [["channel:chat", "Plain Tent & poles"]]


def test_the_text_for_every_channel_is_the_body(desk: Desk):
    texts = [("comment_value", ["channel:chat", "Short"]), ("comment_value", ["channel:all", "Long\n\nand\nlonger"])]
    macro_of(desk, *texts)
    comment = on_ticket(desk, desk.open_ticket())["comment"]
    assert (comment["body"], comment["html_body"]) == ("Long\n\nand\nlonger", "<p>Long</p><p>and<br>longer</p>")
    assert comment["scoped_body"] == [["channel:chat", "Short"], ["channel:all", "Long\n\nand\nlonger"]]


def test_a_mode_without_a_text_is_a_comment_without_one(desk: Desk):
    macro_of(desk, ("comment_mode_is_public", "false"))
    comment = on_ticket(desk, desk.open_ticket())["comment"]
    assert comment == {"body": "", "html_body": "", "public": False, "scoped_body": []}


@pytest.mark.parametrize("name", ["follower", "cc"])
def test_cc_adds_a_follower_as_follower_does_and_never_a_cc(desk: Desk, name: str):
    ticket, agent = desk.open_ticket(), desk.world.busy_agent
    customer = desk.world.people.by_email[desk.user("end-user")]
    macro_of(desk, (name, str(agent.id)), (name, str(customer.id)), (name, "current_user"))
    service = desk.world.people.by_email[desk.config.email]
    assert on_ticket(desk, ticket) == {**as_it_is(desk, ticket), "follower_ids": [agent.id, service.id]}
    assert bare(desk) == {"fields": None}


def test_side_conversations_are_not_shown(desk: Desk):
    ticket = desk.open_ticket()
    macro_of(desk, ("side_conversation", "Hello"), ("side_conversation_slack", ["x", "Hello"]))
    assert on_ticket(desk, ticket) == as_it_is(desk, ticket)
    assert bare(desk) == {"fields": None}


def test_tags_that_zendesk_drops_are_not_in_a_preview(desk: Desk):
    ticket = desk.open_ticket()
    macro_of(desk, ("current_tags", "#vip größe c++"), ("remove_tags", ticket.tags[0]))
    assert on_ticket(desk, ticket)["tags"] == sorted({*ticket.tags, "größe"} - {ticket.tags[0]})
    assert bare(desk)["tags"] == ["größe"]


def test_who_may_not_use_a_macro_gets_no_preview_of_it(desk: Desk):
    ticket, other = desk.open_ticket(), desk.world.busy_agent
    for restriction, active, status in ((("User", other.id), True, 403), (None, False, 404)):
        macro_of(desk, ("status", "open"), restriction=restriction, active=active)
        for path in (f"/macros/{MACRO_ID}/apply", f"/tickets/{ticket.id}/macros/{MACRO_ID}/apply"):
            assert desk.call("GET", f"/api/v2{path}").status_code == status
    macro_of(desk, ("status", "open"), restriction=("User", other.id))
    desk.sign_in(desk.user("agent"))
    assert desk.call("GET", f"/api/v2/macros/{MACRO_ID}/apply").status_code == 404
    desk.sign_in(other.email)
    assert desk.call("GET", f"/api/v2/macros/{MACRO_ID}/apply").status_code == 200


@pytest.mark.parametrize(
    "path", ["/macros/1/apply", "/tickets/{ticket}/macros/1/apply", "/tickets/1/macros/{macro}/apply"]
)
def test_what_is_unknown_is_not_found(desk: Desk, path: str):
    path = path.format(ticket=desk.open_ticket().id, macro=named(desk, "Returns::Label sent"))
    answer = desk.call("GET", f"/api/v2{path}")
    assert (answer.status_code, answer.json) == (404, {"error": "RecordNotFound", "description": "Not found"})


def test_previews_count_against_the_rate_limit():
    desk = Desk(rate_limit=3)
    path = f"/api/v2/tickets/{desk.open_ticket().id}/macros/{named(desk, 'Returns::Label sent')}/apply.json"
    assert [desk.call("GET", path).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_one_demo_macro_leaves_a_placeholder_as_it_was_written(desk: Desk):
    ticket = desk.open_ticket()
    usable = [macro for macro in desk.world.macros.values() if macro.active and not macro.personal]
    desk.world.limits.account_limit = 10_000
    bodies = {macro.title: (on_ticket(desk, ticket, macro.id).get("comment") or {}).get("body", "") for macro in usable}
    assert [title for title, body in bodies.items() if "{{" in body or "{%" in body] == ["Shipping::Parcel found"]


def test_a_preview_is_stale_for_a_while_after_a_change(desk: Desk):
    ticket = desk.open_ticket()
    before = iso(ticket.updated_at)
    desk.world.faults.add("stale-previews", seconds=10)
    macro_of(desk, ("comment_value", "{{ticket.status}} {{ticket.latest_comment}}"))
    untouched = on_ticket(desk, ticket)
    assert untouched["comment"]["body"] == f"Open {ticket.description}"
    change = {"status": "pending", "tags": ["zz_new"], "comment": {"body": "Later", "public": False}}
    desk.put(f"/tickets/{ticket.id}", {"ticket": change})
    desk.clock.forward(9)
    stale = on_ticket(desk, ticket)
    assert stale == untouched
    assert stale["updated_at"] == before
    desk.clock.forward(1)
    fresh = on_ticket(desk, ticket)
    assert (fresh["comment"]["body"], fresh["status"], fresh["tags"]) == ("Pending Later", "pending", ["zz_new"])


def test_a_preview_can_be_slow(desk: Desk):
    desk.world.faults.add("slow", path="/tickets/*/macros/*/apply", seconds=3)
    on_ticket(desk, desk.open_ticket(), named(desk, "Returns::Label sent"))
    desk.get("/tickets")
    assert desk.clock.slept == [3.0]
