"""Tickets before a job, as it left them, and as they are now."""

from __future__ import annotations

from typing import Any

from app.tickets.fields import TagFields
from app.tickets.undo.written import Written

FIELDS = TagFields.of(
    [
        {"id": 9, "title": "Reason", "type": "tagger", "custom_field_options": [{"value": v} for v in ("a", "b", "c")]},
        {"id": 10, "title": "Parts", "type": "multiselect", "custom_field_options": [{"value": v} for v in "xyz"]},
        {"id": 11, "title": "Gift", "type": "checkbox", "tag": "gift"},
    ]
)
UNKNOWN = TagFields(missing="Zendesk does not show its ticket fields.")

PLAIN: dict[str, Any] = {
    "status": "open",
    "custom_status_id": None,
    "type": None,
    "priority": "low",
    "group_id": 1,
    "assignee_id": 5,
    "brand_id": 7,
    "ticket_form_id": 8,
    "subject": "Where is my parcel?",
    "tags": [],
    "followers": [],
    "custom_fields": {},
}


def ticket(**values: Any) -> dict[str, Any]:
    """A ticket's values as an undo keeps them."""
    return {**PLAIN, **values}


def wrote(after: dict[str, Any], **before: Any) -> Written:
    """What a job wrote on a ticket that was like this before."""
    return Written.of_item(ticket(**before), after)
