"""How a tag job is taken back: the ticket fields behind its tags, as they are now, and the operation that does it."""

from __future__ import annotations

from app.jobs.protocol.operation import Values
from app.jobs.protocol.undoing import KEY, Undoing, Undone
from app.tickets.fields import TagFields, read_ticket_fields
from app.tickets.undo.operation import TakeBack
from app.zendesk import Client


def snapshot(client: Client, undone: Undone, undoing: Undoing) -> Values:
    """What the undo is made of: the fields behind the tags, and what is taken back.

    :raises ZendeskError: when waiting may help.
    """
    known, now = TagFields.thawed(undone.snapshot or None), TagFields.of(*read_ticket_fields(client))
    named = [tag for name in ("add", "remove") for tag in undone.parameters.get(name, ())]
    fields = known if now.missing else now.behind(named, [each.id for each in known.fields])
    return {**fields.frozen(), KEY: undoing.kept()}


def operation(_parameters: Values, made_of: Values) -> TakeBack:
    undoing = Undoing.of(made_of)
    assert undoing is not None  # noqa: S101 - `snapshot` wrote it
    return TakeBack(undoing, TagFields.thawed(made_of))
