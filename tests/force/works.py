"""What the tests' jobs do to tickets, as a parameter: a work knows its jobs' parameters, and the truth about a ticket.

Another work is another class here and a line in WORKS. One that no tool of the product does is added to the engine of a
test's processes by `join`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

from flask import Flask

from app.jobs.collaborators import Engine
from app.jobs.protocol.operation import Snapshot, Values
from app.sandbox.ledger import ChangeRecord
from app.sandbox.tickets import Ticket
from tests.jobs.comments import CommentOperation


class Work(Protocol):
    """One kind of job."""

    @property
    def name(self) -> str: ...

    @property
    def tool(self) -> str: ...

    def parameters(self, number: int) -> Values:
        """Of the job with this number on its stand: what it does can be told from what other jobs do."""
        ...

    def holds(self, ticket: Ticket, parameters: Values) -> bool:
        """Whether the ticket is as the job wanted it."""
        ...

    def counts(self, change: ChangeRecord) -> bool:
        """Whether this change, by one of the job's own requests, is its effect: at most one of each ticket."""
        ...


@dataclass(frozen=True)
class Tags:
    """Adds a tag of the job's own: the ledger knows of a change only when the tag was not there."""

    name: str = "tags"
    tool: str = "tag-manager"

    def parameters(self, number: int) -> Values:
        return {"add": [f"by_force_{number}"], "remove": []}

    def holds(self, ticket: Ticket, parameters: Values) -> bool:
        return set(parameters["add"]) <= set(ticket.tags)

    def counts(self, change: ChangeRecord) -> bool:
        return "tags" in change.changed


@dataclass(frozen=True)
class Comments:
    """Writes a public comment, which must not happen twice: the ledger knows each one."""

    name: str = "comments"
    tool: str = "apply-macro-to-view"  # whose place it takes

    def parameters(self, number: int) -> Values:
        return {"by_force": number}

    def holds(self, ticket: Ticket, parameters: Values) -> bool:
        text = _text(parameters["by_force"], ticket.id)
        return any(event.get("body") == text for audit in ticket.history for event in audit.events)

    def counts(self, change: ChangeRecord) -> bool:
        return change.comment is not None


@dataclass(frozen=True)
class Comment(CommentOperation):
    """The operation of such a job."""

    number: int = 0

    def _after(self, ticket_id: int) -> Values:  # pyright: ignore[reportIncompatibleMethodOverride]
        return {"comment": {"body": _text(self.number, ticket_id), "public": True}}


TAGS, COMMENTS = Tags(), Comments()
WORKS: tuple[Work, ...] = (TAGS, COMMENTS)


def join(app: Flask) -> None:
    """Let the engine of this process know the jobs that write comments by force."""
    engine: Engine = app.extensions["jobs"]

    def operation(slug: str, parameters: Values, snapshot: Values | None) -> Any:
        if "by_force" in parameters:
            return Comment(number=parameters["by_force"])
        return engine.operation(slug, parameters, snapshot)

    def snapshot(slug: str) -> Any:
        return (lambda _client, _parameters: Snapshot({}, "1")) if slug == COMMENTS.tool else engine.snapshot(slug)

    app.extensions["jobs"] = replace(engine, operation=operation, snapshot=snapshot)


def _text(number: int, ticket_id: int) -> str:
    return f"Job {number} by force on ticket {ticket_id}."
