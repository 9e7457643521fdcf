"""Ticket forms and custom ticket statuses, with their JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .times import iso

TICKET_FORM = 360_000_000_777
DEFAULT_FORM = "default_ticket_form"
"""What a macro may say in place of a form's id: the form with `default: true`. Its id is `TICKET_FORM` here."""

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
CUSTOM_STATUSES = {status: 26_155_588_900_001 + rank * 32 for rank, status in enumerate(STATUSES)}
"""The default status of each category, by category."""


@dataclass(frozen=True)
class TicketForm:
    """A form: `fields` are ids in their order, `brands` those that it is restricted to, if it is."""

    id: int
    name: str
    position: int
    fields: tuple[int, ...]
    brands: tuple[int, ...] = ()
    active: bool = True


@dataclass(frozen=True)
class CustomStatus:
    """A status that the company made, or the default one of its category."""

    id: int
    category: str
    label: str
    active: bool = True

    @property
    def default(self) -> bool:
        return CUSTOM_STATUSES[self.category] == self.id


def form_json(form: TicketForm, base: str, born: float) -> dict[str, Any]:
    return {
        "url": f"{base}/api/v2/ticket_forms/{form.id}.json",
        "id": form.id,
        "name": form.name,
        "raw_name": form.name,
        "display_name": form.name,
        "raw_display_name": form.name,
        "end_user_visible": form.active,
        "position": form.position,
        "ticket_field_ids": list(form.fields),
        "active": form.active,
        "default": form.id == TICKET_FORM,
        "in_all_brands": not form.brands,
        "restricted_brand_ids": list(form.brands),
        "end_user_conditions": [],
        "agent_conditions": [],
        "created_at": iso(born - 90_000_000),
        "updated_at": iso(born - 9_000_000),
    }


def status_json(status: CustomStatus, born: float) -> dict[str, Any]:
    return {
        "id": status.id,
        "status_category": status.category,
        "agent_label": status.label,
        "raw_agent_label": status.label,
        "end_user_label": status.label,
        "raw_end_user_label": status.label,
        "description": "",
        "raw_description": "",
        "end_user_description": "",
        "raw_end_user_description": "",
        "active": status.active,
        "default": status.default,
        "created_at": iso(born - 90_000_000),
        "updated_at": iso(born - 9_000_000),
    }
