"""The company's ticket forms and its statuses."""

from __future__ import annotations

from ..fields import Fields
from ..forms import CUSTOM_STATUSES, TICKET_FORM, CustomStatus, TicketForm
from ..people import People

LABELS = {"new": "New", "open": "Open", "pending": "Pending", "hold": "On-hold", "solved": "Solved"}
OWN = (("hold", "Waiting for the workshop", True), ("pending", "Waiting for a photo", True), ("open", "Recall", False))
FIRST_OWN = 26_155_588_910_001
STEP = 32


def build_forms(people: People, fields: Fields) -> dict[int, TicketForm]:
    """By id: the default one, one for rentals with fewer fields, and one that is no longer used."""
    everything = tuple(each.id for each in fields.all)
    rentals = tuple(each.id for each in people.brands.values() if each.name.endswith("Rentals"))
    few = tuple(each.id for each in fields.all if each.system or each.title == "Order number")
    forms = (
        TicketForm(TICKET_FORM, "Default ticket form", 1, everything),
        TicketForm(TICKET_FORM + STEP, "Rentals", 2, few, rentals),
        TicketForm(TICKET_FORM + 2 * STEP, "Summer sale 2024", 3, few, active=False),
    )
    return {form.id: form for form in forms}


def build_statuses() -> dict[int, CustomStatus]:
    """By id: the default of each category that can be listed, and the company's own."""
    defaults = [CustomStatus(CUSTOM_STATUSES[category], category, label) for category, label in LABELS.items()]
    own = [
        CustomStatus(FIRST_OWN + number * STEP, category, label, active)
        for number, (category, label, active) in enumerate(OWN)
    ]
    return {status.id: status for status in (*defaults, *own)}
