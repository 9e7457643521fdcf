"""Fields of a macro that are not on a ticket's form: in Zendesk's interface they are left out, by API set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from app.account.connection.optional import Part, optional
from app.jobs.protocol.operation import Values
from app.tools.apply_macro import wording
from app.tools.apply_macro.effects import Effects
from app.zendesk import Client, InvalidEndpoint, NotFound

ON_FORMS = {"priority": "priority", "tickettype": "type"}
"""Fields on a form that are keys of a ticket, by their type."""


def ticket_forms(client: Client, effects: Effects) -> Part[list[dict[str, Any]]]:
    """The account's forms, where the macro sets fields that stand on one: a single request."""
    if not effects.field_ids and effects.values.keys().isdisjoint(ON_FORMS.values()):
        return Part([])
    return optional(client, _forms, [], "The ticket forms")


def _forms(client: Client) -> list[dict[str, Any]]:
    try:
        return list(client.ticket_forms())
    except (NotFound, InvalidEndpoint):
        return []  # this plan has none


class OffForm:
    """Counts tickets on whose form a field of the macro is not."""

    def __init__(self, effects: Effects, fields: Mapping[str, Any], forms: list[dict[str, Any]]) -> None:
        self._fields = fields
        self._rendered = effects.field_ids & effects.rendered
        keys = {number: ON_FORMS.get(str(known.get("type")), "") for number, known in fields.items()}
        self._keys = {number: key for number, key in keys.items() if key in effects.values}
        self._forms = {each.get("id"): _fields_on(each) for each in forms if isinstance(each, dict)}
        self._counts: Counter[str] = Counter()

    def see(self, before: Values, change: Values) -> None:
        """Take one ticket into account, with what changes on it."""
        form = self._forms.get(change.get("ticket_form_id", before["ticket_form_id"]))
        if form is None:
            return
        touched = {number for number, key in self._keys.items() if key in change}
        touched |= change.get("custom_fields", {}).keys() | self._rendered
        self._counts.update(sorted(touched - form, key=lambda number: (len(number), number)))

    def found(self) -> list[dict[str, Any]]:
        """`[{field, count}]`, the most frequent first."""
        return [
            {"field": wording.label(number, self._fields), "count": count}
            for number, count in self._counts.most_common()
        ]


def _fields_on(form: dict[str, Any]) -> frozenset[str] | None:
    listed = form.get("ticket_field_ids")
    return frozenset(map(str, listed)) if isinstance(listed, list) else None
