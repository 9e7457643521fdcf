"""A Zendesk account in miniature for macro jobs: plain dicts behind the client's method names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from app.jobs.protocol.operation import Item, Plan, Snapshot
from app.tools.apply_macro.operation import MacroOperation
from app.tools.apply_macro.snapshot import read_snapshot
from app.zendesk import Client, NotFound

ME = {"id": 900, "name": "Giga Tools Service", "role": "admin"}
STAMP = "2026-11-02T14:03:12Z"
REASONS = [{"name": "Late", "value": "reason_late"}, {"name": "Damaged", "value": "reason_damaged"}]
FIELDS: list[dict[str, Any]] = [
    {"id": 7, "title": "Contact reason", "type": "tagger", "active": True, "custom_field_options": REASONS},
    {"id": 8, "title": "Gift", "type": "checkbox", "active": True, "tag": "gift"},
    {"id": 9, "title": "Order", "type": "text", "active": True},
    {"id": 10, "title": "Due", "type": "date", "active": True},
    {
        "id": 11,
        "title": "Parts",
        "type": "multiselect",
        "active": True,
        "custom_field_options": [{"name": "Pole", "value": "part_pole"}, {"name": "Peg", "value": "part_peg"}],
    },
    {"id": 12, "title": "Old field", "type": "text", "active": False},
]


class Desk:
    """Answers like `app.zendesk.Client`; counts what is asked for each ticket."""

    def __init__(self, *actions: tuple[str, Any], **macro: Any) -> None:
        listed = [{"field": field, "value": value} for field, value in actions]
        self.raw = {
            "id": 25,
            "title": "Billing::Close",
            "active": True,
            "actions": listed,
            "restriction": None,
            **macro,
        }
        self.previews: dict[int, Any] = {}
        self.files: list[dict[str, Any]] = []
        self.rules: Any = []
        self.member_of = [1]
        self.forms: list[dict[str, Any]] = [{"id": 40, "name": "Default", "active": True, "default": True}]
        self.asked: list[int] = []
        self.read: list[str] = []

    @property
    def client(self) -> Client:
        return cast(Client, self)

    def me(self) -> dict[str, Any]:
        return ME

    background = False

    def for_extras(self) -> Client:
        return self.client

    def macro(self, macro_id: int) -> dict[str, Any]:
        if macro_id != self.raw["id"]:
            raise NotFound("GET /macros: 404")
        return self.raw

    def macro_attachments(self, _macro_id: int) -> list[dict[str, Any]]:
        return self.files

    def groups_of(self, _user_id: int) -> list[int]:
        return self.member_of

    def ticket_fields(self) -> list[dict[str, Any]]:
        self.read.append("ticket_fields")
        return FIELDS

    def groups(self) -> list[dict[str, Any]]:
        return [{"id": 1, "name": "Support"}, {"id": 2, "name": "Billing"}]

    def brands(self) -> list[dict[str, Any]]:
        return [{"id": 30, "name": "Outdoor", "active": True}, {"id": 31, "name": "Rentals", "active": True}]

    def ticket_forms(self) -> list[dict[str, Any]]:
        return self.forms

    def custom_statuses(self) -> list[dict[str, Any]]:
        return [
            {"id": 50, "agent_label": "Awaiting parts", "status_category": "hold", "active": True},
            {"id": 51, "agent_label": "Brand new", "status_category": "new", "active": True},
        ]

    def users(self, ids: Sequence[int]) -> list[dict[str, Any]]:
        known = {
            900: ME,
            100: {"id": 100, "name": "Ana Agent", "role": "agent"},
            101: {"id": 101, "name": "Gone Gil", "role": "agent", "active": False},
            200: {"id": 200, "name": "Rae Customer", "role": "end-user"},
        }
        return [known[number] for number in ids if number in known]

    def triggers(self) -> list[dict[str, Any]]:
        if isinstance(self.rules, Exception):
            raise self.rules
        return self.rules

    def apply_macro(self, ticket_id: int, _macro_id: int) -> dict[str, Any]:
        self.asked.append(ticket_id)
        answer = self.previews.get(ticket_id, self.previews.get(0))
        if isinstance(answer, Exception):
            raise answer
        return {"id": ticket_id, **answer}

    def snapshot(self) -> Snapshot:
        return read_snapshot(self.client, {"macro_id": self.raw["id"]})

    def operation(self) -> MacroOperation:
        return MacroOperation.of({"macro_id": self.raw["id"]}, self.snapshot().values)


def ticket(number: int = 1, **values: Any) -> dict[str, Any]:
    """A ticket as Zendesk lists it."""
    return {
        "id": number,
        "status": "open",
        "custom_status_id": 49,
        "subject": "Where is my parcel?",
        "type": None,
        "priority": None,
        "group_id": 1,
        "assignee_id": 100,
        "brand_id": 30,
        "ticket_form_id": 40,
        "requester_id": 200,
        "tags": ["vip"],
        "custom_fields": [{"id": 7, "value": None}, {"id": 8, "value": None}, {"id": 9, "value": None}],
        "email_cc_ids": [],
        "follower_ids": [],
        "description": "A long text that nobody needs here.",
        "updated_at": STAMP,
        **values,
    }


def plan(*actions: tuple[str, Any], **values: Any) -> Plan:
    """What a macro of these actions plans for a ticket with these values."""
    operation = Desk(*actions).operation()
    return operation.plan(operation.keep(ticket(**values)))


def item(operation: MacroOperation, raw: dict[str, Any], plan: Plan | None = None) -> Item:
    """A ticket with its plan, as the engine hands it over."""
    before = operation.keep(raw)
    planned = plan or operation.plan(before)
    return Item(raw["id"], before, planned.after, raw["updated_at"])
