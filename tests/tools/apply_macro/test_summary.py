"""What a dry run of a macro shows: counts, groups, samples with the comment as it will be read, readers, triggers."""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs.protocol.operation import Plan, Planned
from app.tools.apply_macro.operation import MacroOperation
from app.zendesk import Forbidden, NotFound, RateLimited, ServerError, ZendeskError
from tests.tools.apply_macro.desk import FIELDS, STAMP, Desk, ticket

GREETING = ("comment_value", "Hi {{ticket.requester.first_name}}, bye {{ticket.requester.phone}}.")
PUBLIC = ("comment_mode_is_public", "true")


def planned(operation: MacroOperation, raw: dict[str, Any], plan: Plan | None = None) -> Planned:
    before = operation.keep(raw)
    made = plan or operation.plan(before)
    return Planned(raw["id"], made.outcome, before, made.after, made.error, STAMP)


def summary(desk: Desk, *tickets: dict[str, Any]) -> dict[str, Any]:
    return summary_of(desk, desk.operation(), *tickets)


def summary_of(desk: Desk, operation: MacroOperation, *tickets: dict[str, Any]) -> dict[str, Any]:
    numbered = ({**raw, "id": number} for number, raw in enumerate(tickets, 1))
    return operation.summarise(desk.client, (planned(operation, raw) for raw in numbered))


def reply(body: str) -> dict[str, Any]:
    return {"comment": {"body": body, "html_body": f"<p>{body}</p>"}}


def test_counts_what_changes_and_what_does_not():
    found = summary(
        Desk(("status", "solved")), ticket(), ticket(status="solved"), ticket(status="closed"), ticket(status="pending")
    )
    assert (found["change"], found["unchanged"], found["closed"], found["refused"]) == (2, 1, 1, [])
    assert found["statuses"] == {"open": 1, "solved": 1, "closed": 1, "pending": 1}
    assert found["brands"] == [{"name": "Outdoor", "count": 4}]
    assert found["mail"] is None


def test_says_why_tickets_are_refused():
    desk = Desk(GREETING)
    operation = desk.operation()
    refused = [planned(operation, ticket(number), Plan.refuse("empty_comment")) for number in (1, 2)]
    found = operation.summarise(desk.client, refused)
    assert [(each["code"], each["count"]) for each in found["refused"]] == [("empty_comment", 2)]
    assert "empty on this ticket" in found["refused"][0]["sentence"]


def test_groups_equal_changes_in_words():
    desk = Desk(("status", "solved"), ("current_tags", "late"), ("remove_tags", "vip"), ("comment_value", "Hi"), PUBLIC)
    found = summary(desk, ticket(), ticket(tags=["b"]), ticket(tags=["c"]), ticket(tags=["c"], status="solved"))
    assert found["groups"] == [
        {"words": ["Status → Solved", "+late", "public reply"], "count": 2},
        {"words": ["Status → Solved", "+late \N{MINUS SIGN}vip", "public reply"], "count": 1},
        {"words": ["+late", "public reply"], "count": 1},
    ]


def test_what_differs_from_ticket_to_ticket_makes_no_group_of_its_own():
    desk = Desk(("assignee_id", "requester_id"), ("set_tags", "a"))
    found = summary(desk, *[ticket(requester_id=number, tags=[f"t{number}"]) for number in range(200, 230)])
    assert found["groups"] == [{"words": ["Assignee → the ticket's requester", "only the tags a"], "count": 30}]


def test_shows_a_ticket_before_and_after_by_name():
    desk = Desk(("group_id", "2"), ("assignee_id", "900"), ("custom_fields_7", "reason_late"), ("priority", "high"))
    raw = ticket(tags=["reason_damaged"], custom_fields=[{"id": 7, "value": "reason_damaged"}])
    (shown,) = summary(desk, raw)["sample"]
    assert (shown["subject"], shown["status"], shown["brand"], shown["requester"]) == (
        "Where is my parcel?", "open", "Outdoor", "Rae Customer",
    )  # fmt: skip
    assert shown["changes"] == [
        {"label": "Group", "before": "Support", "after": "Billing"},
        {"label": "Assignee", "before": "Ana Agent", "after": "Giga Tools Service"},
        {"label": "Priority", "before": "nothing", "after": "High"},
        {"label": "Contact reason", "before": "Damaged", "after": "Late"},
        {"label": "Tags", "before": "reason_damaged", "after": "reason_late"},
    ]
    assert shown["comment"] is None


def test_shows_one_ticket_of_each_kind_first():
    kinds = [ticket() for _ in range(20)] + [ticket(status="pending"), ticket(brand_id=31)]
    found = summary(Desk(("type", "task")), *kinds)
    assert [(each["status"], each["brand"]) for each in found["sample"][:3]] == [
        ("open", "Outdoor"),
        ("pending", "Outdoor"),
        ("open", "Rentals"),
    ]
    assert len(found["sample"]) == 10


def test_renders_the_sample_and_tells_the_longest_the_emptiest_and_what_is_empty():
    desk = Desk(GREETING, PUBLIC)
    desk.previews = {1: reply("Hi Rae, bye 555."), 2: reply("Hi , bye ."), 3: reply("Hi Maximilian, bye .")}
    found = summary(desk, ticket(), ticket(), ticket())
    assert [each["comment"]["text"] for each in found["sample"]] == [
        "Hi Rae, bye 555.",
        "Hi , bye .",
        "Hi Maximilian, bye .",
    ]
    assert (found["longest"]["ticket_id"], found["emptiest"]["ticket_id"], found["rendered"]) == (3, 2, 3)
    assert found["empty_placeholders"] == [
        {"placeholder": "{{ticket.requester.phone}}", "count": 2},
        {"placeholder": "{{ticket.requester.first_name}}", "count": 1},
    ]
    assert found["sample"][0]["comment"]["public"] is True
    assert found["sample"][0]["comment"]["author"] == "Giga Tools Service"


def test_what_was_rendered_before_is_not_asked_for_again():
    desk = Desk(GREETING)
    operation = desk.operation()
    done = [
        planned(operation, ticket(number), Plan.change({"comment": {"body": "x" * number, "public": False}}))
        for number in range(1, 31)
    ]
    found = operation.summarise(desk.client, done)
    assert desk.asked == []
    assert (found["rendered"], found["longest"]["ticket_id"], found["emptiest"]["ticket_id"]) == (30, 30, 1)


def test_at_most_ten_tickets_are_rendered():
    desk = Desk(GREETING)
    desk.previews = {0: reply("Hi Rae, bye 5.")}
    summary(desk, *[ticket() for _ in range(40)])
    assert len(desk.asked) == 10


def test_a_sample_that_cannot_be_rendered_says_why_and_the_rest_is_shown():
    desk = Desk(GREETING, ("status", "solved"))
    desk.previews = {
        1: ServerError("GET: 500", status=500),
        2: reply("Hi {{ticket.requester.first_name}}"),
        3: {**reply("Hi Rae"), "updated_at": "2026-11-02T15:00:00Z"},
        4: RateLimited("GET: 429", retry_after=5),
        5: reply("Hi Rae"),
    }
    found = summary(desk, *[ticket() for _ in range(5)])
    problems = [each["problem"] for each in found["sample"]]
    assert "did not answer" in problems[0]
    assert "{{ticket.requester.first_name}}" in problems[1]
    assert "has changed" in problems[2]
    assert "rate limit" in problems[3]
    assert "rate limit" in problems[4]
    assert desk.asked == [1, 2, 3, 4]
    assert found["sample"][0]["changes"] == [{"label": "Status", "before": "Open", "after": "Solved"}]
    assert found["sample"][0]["comment"] is None


def test_a_comment_is_shown_harmless():
    (rich,) = summary(Desk(("comment_value_html", "<p onclick='x'>Hi<script>alert(1)</script></p>")), ticket())[
        "sample"
    ]
    assert rich["comment"]["html"] == "<p>Hi <em>[alert(1)]</em> </p>"
    assert "1 <script> that Zendesk may drop" in rich["comment"]["notes"][0]
    (plain,) = summary(Desk(("comment_value", "a < b\n\n<i>c</i>\nd")), ticket())["sample"]
    assert plain["comment"]["html"] == "<p>a &lt; b</p><p>&lt;i&gt;c&lt;/i&gt;<br>d</p>"


def test_counts_each_reader_once():
    found = summary(
        Desk(("comment_value", "Hi"), PUBLIC, ("cc", "100")),
        ticket(requester_id=1, email_cc_ids=[5, 6]),
        ticket(requester_id=1, email_cc_ids=[5]),
        ticket(requester_id=2),
        ticket(requester_id=3, status="closed", email_cc_ids=[7]),
    )
    assert (found["mail"]["tickets"], found["mail"]["requesters"], found["mail"]["ccs"]) == (3, 2, 2)
    assert found["mail"]["sentence"].startswith("Up to 2 customers and 2 CCs get an e-mail")
    assert "Followers" in {change["label"] for change in found["sample"][0]["changes"]}


def test_one_reader_gets_and_nobody_gets():
    desk = Desk(("comment_value", "Hi"), PUBLIC)
    assert summary(desk, ticket())["mail"]["sentence"] == "Up to 1 customer gets an e-mail."
    assert summary(desk, ticket(status="closed"))["mail"]["sentence"].startswith("Nobody")


def test_an_internal_note_counts_no_readers():
    assert summary(Desk(("comment_value", "Hi")), ticket())["mail"] is None


def test_tells_which_fields_are_set_displaced_and_emptied():
    desk = Desk(("custom_fields_7", "reason_late"))
    found = summary(desk, ticket(tags=["reason_damaged"], custom_fields=[{"id": 7, "value": "reason_damaged"}]))
    effects = [(each["effect"], each["field"], each["displaced"]) for each in found["fields"]]
    assert effects == [("set", "Contact reason", None), ("displaced", "Contact reason", "reason_damaged")]
    for action in (("custom_fields_7", ""), ("remove_tags", "reason_damaged"), ("set_tags", "x")):
        raw = ticket(tags=["reason_damaged"], custom_fields=[{"id": 7, "value": "reason_damaged"}])
        found = summary(Desk(action), raw)
        assert [(each["effect"], each["tag"]) for each in found["fields"]] == [("emptied", "reason_damaged")]


def test_a_tag_that_displaces_is_told_the_same_way():
    found = summary(Desk(("current_tags", "reason_late")), ticket(tags=["reason_damaged"]))
    assert [each["effect"] for each in found["fields"]] == ["set", "displaced"]
    assert found["sample"][0]["changes"] == [{"label": "Tags", "before": "reason_damaged", "after": "reason_late"}]


def test_foretells_that_nobody_is_assigned():
    found = summary(Desk(("status", "solved")), ticket(), ticket(assignee_id=None), ticket(assignee_id=None))
    assert [(each["code"], each["count"]) for each in found["may_refuse"]] == [("no_assignee", 2)]
    assigned = Desk(("status", "solved"), ("assignee_id", "100"))
    assert summary(assigned, ticket(assignee_id=None))["may_refuse"] == []


def trigger(title: str, *conditions: tuple[str, Any], do: str = "status", **values: Any) -> dict[str, Any]:
    listed = [{"field": field, "operator": "is", "value": value} for field, value in conditions]
    actions = [{"field": do, "value": "x"}]
    return {"title": title, "active": True, "conditions": {"all": listed, "any": []}, "actions": actions, **values}


TRIGGERS = [
    trigger("On create", ("update_type", "Create"), do="notification_user"),
    trigger("Off", ("status", "solved"), active=False),
    trigger("Survey", ("status", "solved"), do="notification_user"),
    trigger("ERP sync", ("update_type", "Change"), do="notification_webhook"),
    trigger("Notify requester", ("comment_is_public", "true"), do="notification_user"),
    trigger("Note to group", ("comment_is_public", "false"), do="notification_group"),
    trigger("Urgent", ("priority", "urgent")),
]


def titles(found: dict[str, Any]) -> dict[str, list[str]]:
    return {group["kind"]: [each["title"] for each in group["triggers"]] for group in found["triggers"]["groups"]}


@pytest.mark.parametrize(
    ("actions", "expected"),
    [
        ([("status", "solved")], {"named": ["Survey"], "any": ["ERP sync", "Urgent"]}),
        ([("priority", "high")], {"named": ["Urgent"], "any": ["Survey", "ERP sync"]}),
        (
            [("status", "solved"), ("comment_value", "Hi"), PUBLIC],
            {"named": ["Survey"], "any": ["ERP sync", "Urgent"], "comment": ["Notify requester"]},
        ),
        (
            [("comment_value", "Hi")],
            {"any": ["Survey", "ERP sync", "Urgent"], "comment": ["Note to group"]},
        ),
    ],
)
def test_sorts_triggers_by_what_sets_them_off(actions: list[tuple[str, Any]], expected: dict[str, list[str]]):
    desk = Desk(*actions)
    desk.rules = TRIGGERS
    assert titles(summary(desk, ticket())) == expected


def test_names_the_triggers_that_mail_or_call():
    desk = Desk(("status", "solved"))
    desk.rules = TRIGGERS
    assert summary(desk, ticket())["triggers"]["sentence"] == (
        "3 triggers may run: 1 sends e-mail (Survey), 1 calls a webhook (ERP sync)."
    )
    desk.rules = TRIGGERS[-1:]
    assert "none sends e-mail" in summary(desk, ticket())["triggers"]["sentence"]


def test_says_that_nobody_could_look_at_the_triggers():
    desk = Desk(("status", "solved"))
    desk.rules = Forbidden("GET: 403")
    found = summary(desk, ticket())["triggers"]
    assert (found["known"], found["groups"]) == (False, [])
    assert "could not be read" in found["sentence"]


@pytest.mark.parametrize("error", [Forbidden("403"), ServerError("500"), RateLimited("429", retry_after=600)])
def test_lists_that_fail_cost_their_part_only_and_that_is_said(error: ZendeskError, monkeypatch: pytest.MonkeyPatch):
    desk = Desk(("brand_id", "31"))
    operation = desk.operation()

    def fail(*_: object) -> None:
        raise error

    desk.rules = error
    for name in ("brands", "users", "groups"):
        monkeypatch.setattr(desk, name, fail)
    planned = [Planned(1, "pending", operation.keep(ticket()), {"brand_id": 31})]
    found = operation.summarise(desk.client, planned)
    assert found["change"] == 1
    assert "The triggers could not be read" in found["triggers"]["sentence"]
    assert bool(found["missing"]) is isinstance(error, RateLimited), "else they stay numbers, which is seen"


def test_groups_name_the_option_that_a_tag_displaces():
    desk = Desk(("current_tags", "reason_late"))
    (group,) = summary(desk, ticket(tags=["reason_damaged", "x"]))["groups"]
    assert group["words"] == ["+reason_late \N{MINUS SIGN}reason_damaged"]


def test_counts_tickets_on_whose_form_a_field_of_the_macro_is_not():
    desk = Desk(("custom_fields_8", "true"), ("custom_fields_9", "A-1"), ("priority", "high"))
    desk.forms = [
        {"id": 40, "name": "Default", "ticket_field_ids": [8, 9, 70]},
        {"id": 41, "name": "Short", "ticket_field_ids": [9]},
    ]
    priority = [*FIELDS, {"id": 70, "title": "Priority", "type": "priority"}]
    desk.ticket_fields = lambda: priority  # type: ignore[method-assign]
    listed = [ticket(1), ticket(2, ticket_form_id=41), ticket(3, ticket_form_id=41), ticket(4, ticket_form_id=99)]
    assert summary(desk, *listed)["off_form"] == [{"field": "Gift", "count": 2}, {"field": "Priority", "count": 2}]


def test_the_form_that_the_macro_sets_counts():
    desk = Desk(("custom_fields_8", "true"), ("ticket_form_id", "40"))
    desk.forms = [
        {"id": 40, "name": "Default", "active": True, "ticket_field_ids": []},
        {"id": 41, "name": "Other", "active": True, "ticket_field_ids": [8]},
    ]
    assert summary(desk, ticket(ticket_form_id=41))["off_form"] == [{"field": "Gift", "count": 1}]


def test_forms_that_cannot_be_read_cost_their_part_only():
    desk = Desk(("custom_fields_8", "true"))
    operation = desk.operation()

    def refuse() -> list[dict[str, Any]]:
        raise error

    desk.ticket_forms = refuse  # type: ignore[method-assign]
    error: ZendeskError = ServerError("GET: 503")
    found = summary_of(desk, operation, ticket())
    assert (found["change"], found["off_form"]) == (1, [])
    assert "The ticket forms could not be read" in found["missing"][0]
    error = NotFound("GET: 404")
    assert summary_of(desk, operation, ticket())["missing"] == []


def test_refusals_in_the_sample_are_told_before_the_run():
    desk = Desk(("comment_value", "Hi {{ticket.id}}"), PUBLIC)
    desk.previews[1] = {"comment": {"body": "Hi 1"}}
    desk.previews[2] = {"comment": {"body": "Hi {{ticket.id}}"}}
    (refused,) = summary(desk, ticket(1), ticket(2))["sample_refused"]
    assert (refused["code"], refused["count"], refused["of"]) == ("unrendered", 1, 2)
