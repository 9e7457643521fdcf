"""How a macro job is taken back: fields and names as they are now, and the operation that does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Any

from app.account.cache.macro_names import Names, read_names
from app.account.connection.optional import optional
from app.jobs.protocol.operation import Values
from app.jobs.protocol.undoing import KEY, Undoing, Undone
from app.macros.actions import NAMED_BY
from app.tickets.fields import TagFields, read_ticket_fields
from app.tickets.undo.operation import TakeBack
from app.tickets.undo.words import Words
from app.tools.apply_macro import wording
from app.tools.apply_macro.backed import backed_by
from app.tools.apply_macro.effects import Effects
from app.tools.apply_macro.snapshot import effects_of
from app.zendesk import Client


def snapshot(client: Client, undone: Undone, undoing: Undoing) -> Values:
    """What the undo is made of: what the job was made of, with fields and names as they are now.

    :raises ZendeskError: when waiting may help.
    """
    made_of, effects = undone.snapshot, effects_of(undone.snapshot)
    known, now = TagFields.thawed(made_of.get("backed")), TagFields.of(*read_ticket_fields(client))
    again = Undoing.of(made_of) is not None  # an undo wrote no comment
    comment = None if again or effects.comment is None else "public" if effects.comment.public else "internal"
    undoing = replace(undoing, comment=comment, members=_members(client, effects))
    return {
        **made_of,
        "backed": (known if now.missing else backed_by(now, effects)).frozen(),
        "names": _with_old(client, made_of["names"], undone),
        KEY: undoing.kept(),
    }


def operation(_parameters: Values, made_of: Values) -> TakeBack:
    undoing = Undoing.of(made_of)
    assert undoing is not None  # noqa: S101 - `snapshot` wrote it
    names, fields = made_of["names"], made_of["fields"]
    words = Words(
        rows=lambda before, after: wording.change(before, after, names, fields),
        label=partial(wording.label, fields=fields),
    )
    return TakeBack(undoing, TagFields.thawed(made_of.get("backed")), effects_of(made_of).field_ids, words)


def _members(client: Client, effects: Effects) -> dict[str, list[int]]:
    """The groups of whom the macro assigns, where it names no group: Zendesk moves a ticket to one of them."""
    assignee = effects.values.get("assignee_id")
    if assignee is None or "group_id" in effects.values:
        return {}
    nothing: list[int] = []
    return {str(assignee): optional(client, lambda zendesk: zendesk.groups_of(assignee), nothing, "Groups").value}


def _with_old(client: Client, names: Names, undone: Undone) -> Names:
    """The names, with those of what tickets had before: that is what they become now."""
    actions = [{"field": name, "value": value} for name, value in dict.fromkeys(_old(undone))]
    nothing: Names = {}
    old = optional(client, lambda zendesk: read_names(zendesk, [{"actions": actions}]), nothing, "Names").value
    return {
        kind: {**names.get(kind, {}), "by_id": {**_by_id(names, kind), **_by_id(old, kind)}} for kind in {*names, *old}
    }


def _old(undone: Undone) -> Iterator[tuple[str, Any]]:
    for item in undone.sample:
        for name in NAMED_BY:
            if name in (item.after or {}) and item.before.get(name):
                yield name, item.before[name]


def _by_id(names: Names, kind: str) -> dict[str, Any]:
    return (names.get(kind) or {}).get("by_id", {})
