"""What a tag job does to its tickets: adds and removes tags, in Zendesk's bulk form, which may be repeated safely."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.jobs.protocol.held import TagsMade
from app.jobs.protocol.operation import Instruction, Item, Plan, Planned, Shown, Values
from app.tickets import tags as rules
from app.tickets.fields import NOT_READ, TagFields, added, read_ticket_fields
from app.tools.tag_manager import tags
from app.tools.tag_manager.summary import summarise
from app.zendesk import Client, ZendeskJob

ADDED, REMOVED = "additional_tags", "remove_tags"  # keys of the bulk form
NOT_AS_PREVIEWED = (
    "The ticket fields behind these tags were changed in Zendesk since this list was made, so other tags might go than "
    "the preview says. Nothing more is sent. Preview it again from the view."
)


@dataclass(frozen=True)
class TagOperation:
    """Adds the tags of `add` and takes away those of `remove`; other people's tags stay as they are.

    But for the options that an added one displaces from its drop-down: `fields` are those behind these tags.
    """

    add: tuple[str, ...]
    remove: tuple[str, ...]
    fields: TagFields = NOT_READ
    tries_closed: bool = False  # tickets are sent though they are closed: some accounts take that

    @classmethod
    def of(cls, parameters: Values, snapshot: Values | None = None) -> TagOperation:
        add, remove = tuple(parameters["add"]), tuple(parameters["remove"])
        return cls(add, remove, TagFields.thawed(snapshot), parameters.get("closed") == tags.TRY)

    def keep(self, ticket: dict[str, Any]) -> Values:
        return {
            "tags": list(ticket.get("tags") or ()),
            "status": ticket.get("status"),
            "subject": (ticket.get("subject") or "")[:200],
            "group_id": ticket.get("group_id"),
            "assignee_id": ticket.get("assignee_id"),
        }

    def plan(self, before: Values, instruction: Instruction | None = None) -> Plan:
        closed = before["status"] == "closed"
        if closed and not self.tries_closed:
            return Plan.leave_out("closed")
        if self.done(before, instruction):
            return Plan.nothing()
        wanted = self.wanted(before["tags"])
        if rules.too_long(before["tags"], wanted):
            return Plan.refuse(rules.TOO_LONG, f"{rules.characters(wanted):,} characters")
        return Plan.change({"tags": wanted}, trial=closed)

    def done(self, before: Values, instruction: Instruction | None = None) -> bool:
        present = {tag.lower() for tag in before["tags"]}
        return present.issuperset(self.add) and present.isdisjoint(self.remove)

    def wanted(self, present: Sequence[str]) -> list[str]:
        """The tags that Zendesk holds after the change, in their order, new ones last."""
        kept = [tag for tag in present if tag.lower() not in self.remove]
        for tag in self.add:
            kept = added(tag, kept, self.fields.rivals)
        return kept

    def outdated(self, client: Client) -> str | None:
        """Whether the fields behind these tags are still as they were when the tickets were planned."""
        now = TagFields.of(*read_ticket_fields(client)).behind((*self.add, *self.remove))
        return None if self.fields.same_as(now) else NOT_AS_PREVIEWED

    def body(self, items: Sequence[Item]) -> dict[str, Any]:
        """The same for every batch: relative changes, so that other tags are never touched."""
        changes = {ADDED: list(self.add), REMOVED: list(self.remove)}
        return {name: listed for name, listed in changes.items() if listed}

    def send(self, client: Client, items: Sequence[Item], body: dict[str, Any]) -> ZendeskJob:
        return client.update_tickets([item.ticket_id for item in items], body)

    def change(self, item: Item) -> dict[str, Any]:
        """All tags of the ticket: under its stamp no agent's are lost, and whether relative ones are known in the
        batch form is disputed (developer.zendesk.com says both, in a guide and in the OpenAPI file)."""
        assert item.after is not None  # noqa: S101 - planned as a change
        return {"tags": item.after["tags"]}

    def without(self, item: Item, dropped: Collection[str]) -> Values:
        """What is left of the change; one that went under its stamp had all in one key."""
        lost = {"tags"} if item.conditional else {ADDED, REMOVED}
        if lost <= set(dropped):
            return {}
        kept = replace(self, add=() if ADDED in dropped else self.add, remove=() if REMOVED in dropped else self.remove)
        now = kept.wanted(item.before["tags"])
        return {} if now == item.before["tags"] else {"tags": now}

    def shown(self, item: Item, ticket: dict[str, Any], audits: Sequence[dict[str, Any]]) -> Shown:
        """The ticket's tags; a part is missing where neither our audits nor the ticket ever had it."""
        now = self.keep(ticket)
        if self.done(now, item.instruction):
            return Shown({"tags": now["tags"]})
        before = {tag.lower() for tag in item.before["tags"]}
        add, remove = [tag for tag in self.add if tag not in before], [tag for tag in self.remove if tag in before]
        made = TagsMade.of(ticket, audits)
        lost = {ADDED: made.not_added(add), REMOVED: made.not_removed(remove)}
        missing = tuple(name for name, tags in lost.items() if tags)
        return Shown({"tags": now["tags"]}, missing, nothing=[*lost.values()] == [add, remove])

    def refusal(self, item: Item) -> str | None:
        return "closed" if item.before["status"] == "closed" else None

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        return summarise(client, self.fields, planned, lambda _ticket: self.remove)
