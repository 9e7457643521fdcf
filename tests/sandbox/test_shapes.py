"""The answers' shapes, against Zendesk's own OpenAPI file and the keys of recorded objects."""

from __future__ import annotations

import re
from types import ModuleType
from typing import Any

import pytest

from app.sandbox.times import iso
from tests.openapi_file import checker
from tests.sandbox.desk import Desk

# Where the file itself is wrong about real answers (docs/zendesk.md, The OpenAPI file), as precisely as its messages
# allow.
FALSE_ALARMS = (
    r"tickets?/(\d+/)?(recipient|forum_topic_id): None is not of type '(string|integer)'",
    r"tickets?/(\d+/)?(custom_fields|fields)/\d+/value: None is not valid under any of the given schemas",
    r"views?/(\d+/)?(description|restriction): None is not of type '(string|object)'",
    r"ticket_fields/\d+/(creator_app_name|relationship_target_type): None is not of type 'string'",
    r"brands/\d+/logo: None is not of type 'object'",
    r"users?/(\d+/)?alias: None is not of type 'string'",
    r"macros/\d+/actions/\d+/value: \['channel:all', .*\] is not of type 'string'",
    r"result/ticket/fields: (None is not of type 'object'|\[\{'id': .*)",
    r"result/ticket/(assignee_id|group_id): None is not of type 'integer'",
    r"result/ticket/comment/public: None is not of type 'boolean'",
)

RECORDED_TICKET = {
    "url", "id", "external_id", "via", "created_at", "updated_at", "type", "subject", "raw_subject", "description",
    "priority", "status", "recipient", "requester_id", "submitter_id", "assignee_id", "organization_id", "group_id",
    "collaborator_ids", "follower_ids", "email_cc_ids", "forum_topic_id", "problem_id", "has_incidents",
    "is_public", "due_at", "tags", "custom_fields", "satisfaction_rating", "sharing_agreement_ids",
    "custom_status_id", "fields", "followup_ids", "ticket_form_id", "brand_id", "allow_channelback",
    "allow_attachments", "from_messaging_channel",
}  # fmt: skip
RECORDED_VIEW = {
    "id", "url", "title", "raw_title", "active", "default", "position", "description", "restriction", "created_at",
    "updated_at", "execution", "conditions",
}  # fmt: skip
RECORDED_MACRO = {
    "url", "id", "title", "raw_title", "active", "default", "position", "description", "actions", "restriction",
    "created_at", "updated_at",
}  # fmt: skip


@pytest.fixture(scope="module")
def oas() -> ModuleType:
    return checker()


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(rate_limit=10_000)


def complaints(oas: ModuleType, method: str, path: str, body: Any) -> list[str]:
    found = oas.check_response(method, f"/api/v2{path}", 200, body)
    return [message for message in found if not any(re.fullmatch(alarm, message) for alarm in FALSE_ALARMS)]


def paths(desk: Desk) -> list[str]:
    ticket, view = desk.open_ticket().id, desk.view_id("Carrier strike")
    macro, user = next(iter(desk.world.macros)), next(iter(desk.world.people.users))
    trigger = next(iter(desk.world.triggers))
    attached = next(each.id for each in desk.world.macros.values() if each.attachments)
    applied = [each.id for each in desk.world.macros.values() if each.active and not each.personal]
    return [
        "/account/settings",
        "/users/me",
        f"/users/{user}",
        f"/users/show_many?ids={user}",
        "/groups",
        "/brands",
        "/views?page[size]=100",
        "/views/active",
        "/views/compact",
        "/views/count",
        f"/views/{view}",
        f"/views/{view}/count",
        f"/views/count_many?ids={view}",
        f"/views/{view}/tickets?page[size]=100",
        f"/views/show_many?ids={view}",
        "/tickets?page[size]=100",
        "/tickets/count",
        f"/tickets/{ticket}",
        f"/tickets/show_many?ids={ticket}",
        f"/tickets/{ticket}/audits?page[size]=100",
        f"/tickets/{ticket}/comments",
        f"/tickets/{ticket}/tags",
        "/ticket_fields?page[size]=100",
        "/ticket_forms",
        "/ticket_forms?page[size]=100",
        "/custom_statuses",
        f"/macros/{attached}/attachments",
        f"/ticket_forms/{next(iter(desk.world.forms))}",
        f"/custom_statuses/{next(iter(desk.world.custom_statuses))}",
        "/tags?page[size]=100",
        "/autocomplete/tags?name=re",
        "/macros?page[size]=100",
        "/macros/active",
        f"/macros/{macro}",
        "/macros/search?query=a",
        "/macros/categories",
        "/macros/actions",
        "/macros/definitions",
        "/job_statuses?page[size]=100",
        "/triggers",
        "/triggers?page[size]=100",
        "/triggers/active",
        f"/triggers/{trigger}",
        f"/tickets/{ticket}/audits",
        *(f"/macros/{each}/apply" for each in applied),
        *(f"/tickets/{ticket}/macros/{each}/apply" for each in applied),
    ]


def test_answers_fit_zendesks_own_description(oas: ModuleType, desk: Desk):
    found = {path: complaints(oas, "GET", path, desk.call("GET", f"/api/v2{path}").json) for path in paths(desk)}
    assert {path: messages for path, messages in found.items() if messages} == {}


def test_a_malformed_answer_would_be_noticed(oas: ModuleType, desk: Desk):
    path = f"/tickets/{desk.open_ticket().id}"
    body = desk.get(path)
    body["ticket"]["created_at"] = 5
    assert complaints(oas, "GET", path, body)


def test_a_job_fits_until_it_has_failed_entries(oas: ModuleType, desk: Desk):
    fine, closed = desk.open_ticket().id, desk.tickets(status="closed")[0].id
    job = desk.update_many([fine], {"additional_tags": ["x"]})
    path = f"/job_statuses/{job['id']}"
    assert complaints(oas, "PUT", "/tickets/update_many", {"job_status": job}) == []
    assert complaints(oas, "GET", path, {"job_status": desk.finished(job)}) == []
    failed = desk.finished(desk.update_many([closed], {"additional_tags": ["x"]}))
    # The failed entry is as recorded, which the file takes for a created ticket (docs/zendesk.md, Zendesk jobs).
    assert set(failed["results"][0]) == {"index", "id", "error", "details"}
    assert complaints(oas, "GET", path, {"job_status": failed}) == []


def test_a_single_update_fits(oas: ModuleType, desk: Desk):
    ticket = desk.open_ticket()
    body = {"ticket": {"priority": "urgent", "updated_stamp": iso(ticket.updated_at), "safe_update": True}}
    answer = desk.put(f"/tickets/{ticket.id}", body)
    assert complaints(oas, "PUT", f"/tickets/{ticket.id}", answer.json) == []


def test_objects_have_the_keys_of_recorded_ones(desk: Desk):
    view = desk.view_id("Carrier strike")
    assert set(desk.get(f"/views/{view}/tickets", page__size=1)["tickets"][0]) >= RECORDED_TICKET
    assert set(desk.get(f"/views/{view}")["view"]) == RECORDED_VIEW
    assert set(desk.get("/macros", page__size=1)["macros"][0]) == RECORDED_MACRO


def test_values_are_as_recorded(desk: Desk):
    tickets = [ticket for page in desk.pages("/tickets", "tickets") for ticket in page]
    assert all(isinstance(ticket["subject"], str) and ticket["subject"] for ticket in tickets)
    values = [entry["value"] for ticket in tickets for entry in ticket["custom_fields"]]
    assert {type(value) for value in values} <= {type(None), str, bool}
    assert all(isinstance(ticket["brand_id"], int) for ticket in tickets)
    actions = [value for macro in desk.world.macros.values() for _, value in macro.actions]
    assert {type(value) for value in actions} == {str, list}


def test_ids_need_64_bits_and_fit_into_javascript(desk: Desk):
    ids = [*desk.world.people.users, *desk.world.views, *desk.world.macros, *(f.id for f in desk.world.fields.all)]
    assert all(2**31 < number < 2**53 for number in ids)
    assert len(set(ids)) == len(ids)
