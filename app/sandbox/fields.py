"""Ticket fields, and how drop-downs and checkboxes live off tags (docs/zendesk.md, Tags and fields)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .times import iso

Value = str | bool | list[str] | None


@dataclass(frozen=True)
class TicketField:
    """A ticket field: `options` are (name, tag) of a drop-down or a multi-select, `tag` is a checkbox's own."""

    id: int
    title: str
    type: str
    options: tuple[tuple[str, str], ...] = ()
    tag: str | None = None
    required: bool = False
    system: bool = False

    @property
    def several(self) -> bool:
        """Whether a ticket may have several of the options, as a list."""
        return self.type == "multiselect"

    @property
    def tags(self) -> frozenset[str]:
        """The tags that the field owns."""
        return frozenset({tag for _, tag in self.options} | ({self.tag} if self.tag else set()))


def _options(words: str) -> list[dict[str, str]]:
    return [{"name": word.capitalize(), "value": word} for word in words.split()]


@dataclass(frozen=True)
class Fields:
    """All fields; the custom ones carry a value on each ticket."""

    all: tuple[TicketField, ...]

    @property
    def custom(self) -> tuple[TicketField, ...]:
        return tuple(field for field in self.all if not field.system)

    def by_id(self, field_id: object) -> TicketField | None:
        return next((field for field in self.custom if str(field.id) == str(field_id)), None)

    def named(self, title: str) -> TicketField:
        return next(field for field in self.all if field.title == title)


CREATOR = 25_155_588_900_340
EXTRA: dict[str, dict[str, Any]] = {
    "status": {"sub_type_id": 1, "system_field_options": _options("open pending hold solved")},
    "priority": {"sub_type_id": 0, "system_field_options": _options("low normal high urgent")},
    "tickettype": {"system_field_options": _options("question incident problem task")},
}
"""Keys that only fields of a type bear."""


def reconciled(
    fields: Fields, values: dict[int, Value], tags: set[str], added: Iterable[str]
) -> tuple[dict[int, Value], set[str]]:
    """Field values and tags that agree after a change of tags.

    :param values: the field values before the change, by field id; not modified.
    :param tags: all tags after the change, still with the siblings of an added option.
    :param added: the tags that the change brought, in its order: of two siblings the later one wins.
    """
    values, tags = dict(values), set(tags)
    for field in fields.custom:
        if field.tag:
            values[field.id] = field.tag in tags
        elif field.several:
            values[field.id] = _in_order(field, tags)
        elif field.options:
            chosen = [tag for tag in added if tag in field.tags and tag in tags]
            kept = values.get(field.id)
            value = chosen[-1] if chosen else kept if kept in tags else None
            tags -= field.tags - {value}
            values[field.id] = value
    return values, tags


def with_value(
    field: TicketField, value: Any, values: dict[int, Value], tags: set[str]
) -> tuple[dict[int, Value], set[str]]:
    """Values and tags after `field` got `value`; what is no option changes nothing, without a word.

    See docs/zendesk.md, Tags and fields.
    """
    if field.tag:
        checked = value in (True, "true", 1, "1")
        return {**values, field.id: checked}, (tags | {field.tag}) if checked else (tags - {field.tag})
    if isinstance(value, list) or field.several:
        return _with_several(field, value if isinstance(value, list) else [value], values, tags)
    if field.options:
        if value not in (None, "") and value not in field.tags:
            return values, tags
        value = value or None
        return {**values, field.id: value}, (tags - field.tags) | ({value} if value else set())
    return {**values, field.id: None if value in (None, "") else str(value)}, tags


def _with_several(
    field: TicketField, wanted: list[Any], values: dict[int, Value], tags: set[str]
) -> tuple[dict[int, Value], set[str]]:
    """All the options that are wanted, in place of those there were; of a field that holds one, the last of them."""
    known = {each for each in wanted if isinstance(each, str) and each in field.tags}
    if not field.several:
        last = next((each for each in reversed(wanted) if each in known or not field.options), None)
        return with_value(field, last, values, tags)
    tags = (tags - field.tags) | known
    return {**values, field.id: _in_order(field, tags)}, tags


def _in_order(field: TicketField, tags: set[str]) -> list[str] | None:
    """The options that a ticket has by its tags; null when there are none."""
    return [tag for _, tag in field.options if tag in tags] or None


def field_json(field: TicketField, position: int, base: str, born: float) -> dict[str, Any]:
    found: dict[str, Any] = {
        "url": f"{base}/api/v2/ticket_fields/{field.id}.json",
        "id": field.id,
        "type": field.type,
        "title": field.title,
        "raw_title": field.title,
        "description": field.title,
        "raw_description": field.title,
        "position": position,
        "active": True,
        "required": field.required,
        "collapsed_for_agents": False,
        "regexp_for_validation": None,
        "title_in_portal": field.title,
        "raw_title_in_portal": field.title,
        "visible_in_portal": field.system,
        "editable_in_portal": field.system,
        "required_in_portal": False,
        "tag": field.tag,
        "created_at": iso(born - 80_000_000),
        "updated_at": iso(born - 8_000_000),
        "removable": not field.system,
        "agent_description": "",
        "agent_can_edit": True,
        "creator_user_id": -1 if field.system else CREATOR,
        "creator_app_name": None,
        "relationship_target_type": None,
        **EXTRA.get(field.type, {}),
    }
    if field.options:
        found["custom_field_options"] = [
            {"id": field.id + 1 + number, "name": name, "raw_name": name, "value": tag, "default": False}
            for number, (name, tag) in enumerate(field.options)
        ]
    return found
