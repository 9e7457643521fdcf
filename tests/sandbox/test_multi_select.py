"""Fields that hold several options, and what macros can do, as the account tells it."""

from __future__ import annotations

from typing import Any

import pytest

from app.sandbox.tickets import Ticket
from tests.sandbox.desk import Desk

ZIP, SEAM, SOLE = "repair_zip", "repair_seam", "repair_sole"


@pytest.fixture
def desk() -> Desk:
    return Desk()


def repairs(desk: Desk) -> int:
    return desk.world.fields.named("Repairs").id


def value(desk: Desk, ticket: dict[str, Any]) -> Any:
    return next(entry["value"] for entry in ticket["custom_fields"] if entry["id"] == repairs(desk))


def put(desk: Desk, ticket: Ticket, **change: Any) -> dict[str, Any]:
    return (desk.put(f"/tickets/{ticket.id}", {"ticket": change}).json or {})["ticket"]


def test_a_list_of_options_replaces_those_there_were_and_their_tags(desk: Desk):
    ticket, field = desk.open_ticket(), repairs(desk)
    for wanted, held in (([SEAM, ZIP], [ZIP, SEAM]), ([SOLE, "no_option"], [SOLE]), (ZIP, [ZIP]), ([], None)):
        shown = put(desk, ticket, custom_fields=[{"id": field, "value": wanted}])
        assert value(desk, shown) == held
        assert {tag for tag in shown["tags"] if tag.startswith("repair_")} == set(held or [])


def test_options_follow_tags_and_do_not_displace_each_other(desk: Desk):
    ticket = desk.open_ticket()
    desk.finished(desk.update_many([ticket.id], {"additional_tags": [SOLE, ZIP]}))
    assert ticket.fields[repairs(desk)] == [ZIP, SOLE]
    desk.finished(desk.update_many([ticket.id], {"remove_tags": [ZIP]}))
    assert ticket.fields[repairs(desk)] == [SOLE]


def test_a_list_for_a_field_of_one_option_leaves_the_last(desk: Desk):
    ticket, reason = desk.open_ticket(), desk.world.fields.named("Contact reason").id
    put(desk, ticket, custom_fields=[{"id": reason, "value": ["reason_late", "reason_refund"]}])
    assert ticket.fields[reason] == "reason_refund"


def test_two_actions_of_one_multi_select_are_both_meant(desk: Desk):
    ticket = desk.open_ticket()
    macro = next(each for each in desk.world.macros.values() if each.title.startswith("Internal::Zip and seam"))
    shown = desk.get(f"/tickets/{ticket.id}/macros/{macro.id}/apply")["result"]["ticket"]
    assert value(desk, shown) == [ZIP, SEAM]
    assert {ZIP, SEAM} <= set(shown["tags"])
    bare = desk.get(f"/macros/{macro.id}/apply")["result"]["ticket"]
    assert bare["fields"] == [{"id": repairs(desk), "value": [ZIP, SEAM]}]


@pytest.mark.parametrize(
    ("path", "name"), [("/macros/actions", "value"), ("/macros/definitions", "subject")], ids=["actions", "definitions"]
)
def test_the_account_tells_what_macros_can_do(desk: Desk, path: str, name: str):
    found = desk.get(path)
    actions = {each[name]: each for each in found.get("actions", found.get("definitions", {}).get("actions"))}
    assert actions["cc"]["title"] == "Add follower"
    assert {key for key, each in actions.items() if each["repeatable"]} == {"cc", f"custom_fields_{repairs(desk)}"}
    forms = actions["ticket_form_id"]["values"]
    forms = forms["list"] if isinstance(forms, dict) else forms
    assert forms[0]["value"] == "default_ticket_form"
    used = {key for macro in desk.world.macros.values() for key, _ in macro.actions}
    assert used - set(actions) == {"follower"}


def test_attachments_of_a_macro_are_listed(desk: Desk):
    macro = next(each for each in desk.world.macros.values() if each.attachments)
    found = desk.get(f"/macros/{macro.id}/attachments")
    assert [list(found), len(found["macro_attachments"])] == [["macro_attachments"], macro.attachments]
    other = next(each for each in desk.world.macros.values() if not each.attachments)
    assert desk.get(f"/macros/{other.id}/attachments") == {"macro_attachments": []}
    assert desk.call("GET", "/api/v2/macros/1/attachments").status_code == 404


def test_forms_and_statuses_are_listed_and_filtered(desk: Desk):
    forms = desk.get("/ticket_forms")
    assert (forms["count"], forms["next_page"], "meta" in forms) == (3, None, False)
    assert [form["default"] for form in forms["ticket_forms"]] == [True, False, False]
    assert desk.get("/ticket_forms", active="false")["count"] == 1
    statuses = desk.get("/custom_statuses")
    assert list(statuses) == ["custom_statuses"]
    assert len(desk.get("/custom_statuses", default="true")["custom_statuses"]) == 5
    held = desk.get("/custom_statuses", status_categories="hold,open", active="true")["custom_statuses"]
    assert [each["agent_label"] for each in held] == ["Open", "On-hold", "Waiting for the workshop"]
    for path in ("/ticket_forms/1", "/custom_statuses/1"):
        assert desk.call("GET", f"/api/v2{path}").status_code == 404


def test_a_status_of_the_companys_own_is_kept_until_the_status_changes(desk: Desk):
    ticket = desk.open_ticket()
    own = next(each for each in desk.world.custom_statuses.values() if each.label == "Waiting for the workshop")
    shown = put(desk, ticket, custom_status_id=own.id)
    assert (shown["status"], shown["custom_status_id"]) == ("hold", own.id)
    assert put(desk, ticket, priority="high")["custom_status_id"] == own.id
    assert put(desk, ticket, status="open")["custom_status_id"] != own.id
    retired = next(each for each in desk.world.custom_statuses.values() if not each.active)
    desk.put(f"/tickets/{ticket.id}", {"ticket": {"custom_status_id": retired.id}}, 422)


def test_objects_have_the_keys_that_were_missing(desk: Desk):
    me = desk.get("/users/me")["user"]
    assert {"authenticity_token", "chat_only", "shared_phone_number", "default_group_id"} <= set(me)
    assert "authenticity_token" not in desk.get(f"/users/{me['id']}")["user"]
    fields = {field["type"]: field for field in desk.get("/ticket_fields")["ticket_fields"]}
    assert {"agent_can_edit", "creator_user_id", "creator_app_name"} <= set(fields["tagger"])
    assert fields["status"]["system_field_options"][0] == {"name": "Open", "value": "open"}
    assert len(fields["multiselect"]["custom_field_options"]) == 4
    brand = desk.get("/brands")["brands"][0]
    assert (brand["logo"], brand["user_separation"]) == (None, "account")
    audit = desk.get(f"/tickets/{desk.open_ticket().id}/audits")["audits"][0]
    assert {"client", "ip_address", "location", "latitude", "longitude"} == set(audit["metadata"]["system"])


def test_a_conflict_is_told_in_the_recorded_words(desk: Desk):
    ticket = desk.open_ticket()
    stale = {"priority": "urgent", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
    (result,) = desk.finished(desk.update_each({"id": ticket.id, **stale}))["results"]
    assert result == {
        "index": 0,
        "id": ticket.id,
        "error": "UpdateConflict",
        "details": "Safe update timestamp prevented the update due to outdated ticket data. "
        "Please fetch the latest ticket data and try again.",
    }
