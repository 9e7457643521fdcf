"""What a macro can do in this account, as `/macros/actions` and `/macros/definitions` tell it.

See docs/zendesk.md, Macros.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .actions import CUSTOM_FIELD
from .fields import TicketField
from .forms import DEFAULT_FORM
from .tickets import PRIORITIES, TYPES

if TYPE_CHECKING:
    from .world import World

Choice = tuple[str, str]
"""Title and value."""


@dataclass(frozen=True)
class PossibleAction:
    """An action by its field; `repeatable` may stand in a macro several times, all of them meant."""

    field: str
    title: str
    type: str
    values: tuple[Choice, ...] = ()
    repeatable: bool = False
    nullable: bool = False


TEXTS = (
    PossibleAction("subject", "Set subject", "text"),
    PossibleAction("comment_value", "Comment/description", "textarea"),
    PossibleAction("comment_value_html", "Comment/description", "rich_text"),
    PossibleAction("comment_mode_is_public", "Comment mode", "list", (("Private", "false"), ("Public", "true"))),
    PossibleAction("set_tags", "Set tags", "tags"),
    PossibleAction("current_tags", "Add tags", "tags"),
    PossibleAction("remove_tags", "Remove tags", "tags"),
    PossibleAction("side_conversation", "Side conversation", "side_conversation"),
)


def possible_actions(world: World) -> list[PossibleAction]:
    """All of them: `cc` adds a follower and is titled so, and an option of a multi-select may be set beside another."""
    people = world.people
    agents = [("(current user)", "current_user")]
    agents += [(user.name, str(user.id)) for user in people.users.values() if user.staff]
    groups = [("(current user's groups)", "current_groups"), *_named(people.groups.values())]
    forms = [("Default ticket form", DEFAULT_FORM), *_named(form for form in world.forms.values() if form.active)]
    statuses = [(each.label, str(each.id)) for each in world.custom_statuses.values() if each.category != "new"]
    return [
        PossibleAction("status", "Status", "list", _words(("open", "pending", "hold", "solved"))),
        PossibleAction("custom_status_id", "Ticket status", "list", tuple(statuses)),
        PossibleAction("type", "Type", "list", _words(TYPES), nullable=True),
        PossibleAction("priority", "Priority", "list", _words(PRIORITIES)),
        PossibleAction("group_id", "Group", "list", tuple(groups), nullable=True),
        PossibleAction("assignee_id", "Assignee", "list", tuple(agents), nullable=True),
        PossibleAction("brand_id", "Brand", "list", _named(people.brands.values())),
        PossibleAction("ticket_form_id", "Form", "list", tuple(forms)),
        PossibleAction("cc", "Add follower", "list", tuple(agents), repeatable=True),
        *TEXTS,
        *(_of_field(field) for field in world.fields.custom),
    ]


def action_json(action: PossibleAction) -> dict[str, Any]:
    kind = "list" if action.values else action.type
    return {
        "value": action.field,
        "title": action.title,
        "title_for_field": action.title,
        "group": "ticket",
        "target": None,
        "output_key": None,
        "repeatable": action.repeatable,
        "operators": [{"value": "is", "title": "Is"}],
        "values": {"type": kind, "list": _listed(action)},
    }


def definition_json(action: PossibleAction) -> dict[str, Any]:
    return {
        "title": action.title,
        "subject": action.field,
        "type": action.type,
        "group": "ticket",
        "nullable": action.nullable,
        "repeatable": action.repeatable,
        "values": _listed(action),
    }


def _listed(action: PossibleAction) -> list[dict[str, Any]]:
    return [{"value": value, "title": title, "enabled": True} for title, value in action.values]


def _of_field(field: TicketField) -> PossibleAction:
    values = (("Yes", "true"), ("No", "false")) if field.tag else field.options
    kind = "list" if values else "text"
    return PossibleAction(f"{CUSTOM_FIELD}{field.id}", field.title, kind, values, field.several, bool(field.options))


def _named(things: Iterable[Any]) -> tuple[Choice, ...]:
    return tuple((each.name, str(each.id)) for each in things)


def _words(words: tuple[str, ...]) -> tuple[Choice, ...]:
    return tuple((word.capitalize(), word) for word in words)
