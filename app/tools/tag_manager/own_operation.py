"""What a tag job does whose tickets have tags of their own: each ticket's list of tags, whole, under its own stamp.

The bulk form says the same for all tickets of a request, so that tags of one's own would cost a request each. Under a
stamp a hundred different ones go in one, and no agent's tag is lost (docs/protocol.md, Two deliveries).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from app.jobs.protocol.held import tags_in, values_of
from app.jobs.protocol.operation import Found, Instruction, Item, Plan, Planned, Shown, Values
from app.tickets.fields import TagFields, read_ticket_fields
from app.tools.tag_manager.operation import NOT_AS_PREVIEWED, TagOperation
from app.tools.tag_manager.summary import CLASH, summarise
from app.zendesk import Client

REVISION = "tags"  # nothing in Zendesk says what these jobs do


@dataclass(frozen=True)
class OwnTagOperation:
    """Adds and removes the tags that the source names for each ticket, and those that are meant for all."""

    common: TagOperation
    stamped: ClassVar[bool] = True
    comments: bool = False
    renders: bool = False

    def of_ticket(self, instruction: Instruction | None) -> TagOperation:
        """The operation for one ticket."""
        own = instruction or {}
        add = tuple(dict.fromkeys((*self.common.add, *own.get("add", ()))))
        remove = tuple(dict.fromkeys((*self.common.remove, *own.get("remove", ()))))
        return replace(self.common, add=add, remove=tuple(tag for tag in remove if tag not in add))

    def keep(self, ticket: dict[str, Any]) -> Values:
        return self.common.keep(ticket)

    def plan(self, before: Values, instruction: Instruction | None = None) -> Plan:
        operation = self.of_ticket(instruction)
        if clashes := operation.fields.clashes(operation.add):
            return Plan.refuse(CLASH, " and ".join(clashes[0][1]))
        return operation.plan(before)

    def change(self, item: Item) -> dict[str, Any]:
        assert item.after is not None  # noqa: S101 - planned as a change
        return {"tags": item.after["tags"]}

    def found(self, audit: dict[str, Any], item: Item) -> Found:
        """Recognised by the tags that it left, all of them."""
        wanted = tags_in((item.after or {}).get("tags"))
        seen = [tags_in(value) for value in values_of([audit], "tags")]
        return Found.OURS if wanted in seen else Found.NOTHING

    def without(self, item: Item, dropped: Collection[str]) -> Values:
        return {} if "tags" in dropped else dict(item.after or {})

    def shown(self, item: Item, ticket: dict[str, Any], audits: Sequence[dict[str, Any]]) -> Shown:
        return self.of_ticket(item.instruction).shown(replace(item, instruction=None), ticket, audits)

    def render(self, client: Client, item: Item) -> Plan:
        raise NotImplementedError("tags are not rendered by Zendesk")

    def revision(self, client: Client) -> str | None:
        return REVISION

    def outdated(self, client: Client) -> str | None:
        """Whether the account's fields are as they were: which of them matter differs from ticket to ticket."""
        now = TagFields.of(*read_ticket_fields(client))
        return None if self.common.fields.same_as(now) else NOT_AS_PREVIEWED

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        return summarise(client, self.common.fields, planned, lambda ticket: self.of_ticket(ticket.instruction).remove)
