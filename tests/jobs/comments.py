"""An operation for tests that must not happen twice: it writes one public comment on each ticket."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from flask import Flask

from app import zendesk as zd
from app.jobs.protocol.operation import Found, Instruction, Item, Plan, Planned, Shown, Snapshot, Values
from app.sandbox import World
from app.zendesk import Client

TOOL = "tag-manager"  # whose place it takes: the engine knows no difference
TEXT = "We are sorry for the delay of parcel {number}."


@dataclass(frozen=True)
class CommentOperation:
    """Writes a comment, and solves nothing. With `rendered` each text is asked of Zendesk, as a macro's would be."""

    rendered: bool = False
    comments: bool = True
    current: bool = True  # Zendesk renders what was previewed
    stamped: ClassVar[bool] = True

    def keep(self, ticket: dict[str, Any]) -> Values:
        return {"id": ticket["id"], "status": ticket.get("status"), "tags": ticket.get("tags") or []}

    def plan(self, before: Values, instruction: Instruction | None = None) -> Plan:
        if before["status"] == "closed":
            return Plan.leave_out("closed")
        return Plan.render() if self.rendered else Plan.change(self._after(before["id"]))

    def render(self, client: Client, item: Item) -> Plan:
        ticket = next(iter(client.tickets([item.ticket_id]).tickets), None)
        if ticket is None:
            raise zd.NotFound("this ticket is gone")
        if ticket["updated_at"] != item.stamp:
            raise zd.Conflict("this ticket is another by now")
        return Plan.change(self._after(ticket["id"]))

    def outdated(self, client: Client) -> str | None:
        return None

    @property
    def renders(self) -> bool:
        return self.rendered

    def revision(self, client: Client) -> str | None:
        return "1" if self.current else None

    def change(self, item: Item) -> dict[str, Any]:
        assert item.after is not None
        return {"comment": item.after["comment"]}

    def found(self, audit: dict[str, Any], item: Item) -> Found:
        assert item.after is not None
        texts = [event.get("body") for event in audit["events"] if event["type"] == "Comment"]
        if not texts:
            return Found.NOTHING
        return Found.OURS if item.after["comment"]["body"] in texts else Found.ANOTHER

    def without(self, item: Item, dropped: Collection[str]) -> Values:
        return {} if "comment" in dropped else dict(item.after or {})

    def shown(self, item: Item, ticket: dict[str, Any], audits: Sequence[dict[str, Any]]) -> Shown:
        return Shown(dict(item.after or {}))

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        return {"change": sum(each.outcome == "pending" for each in planned)}

    @staticmethod
    def _after(ticket_id: int) -> Values:
        return {"comment": {"body": TEXT.format(number=ticket_id), "public": True}}


def use_comments(app: Flask, operation: CommentOperation | None = None, snapshot: Snapshot | None = None) -> None:
    """Let the app's jobs write comments instead of tags."""
    chosen = operation or CommentOperation()
    found = snapshot or Snapshot({}, "1")
    app.extensions["jobs"] = replace(
        app.extensions["jobs"],
        operation=lambda _slug, _parameters, _snapshot: chosen,
        snapshot=lambda _slug: lambda _client, _parameters: found,
    )


def comments_by_ticket(world: World) -> Counter[int]:
    """The truth: how many comments of ours each ticket has."""
    return Counter(
        record.ticket_id
        for record in world.ledger.changes
        if record.comment and "We are sorry" in record.comment["body"]
    )
