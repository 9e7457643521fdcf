"""What the tests' jobs do to tickets, as a parameter: a work knows its jobs' parameters, and the truth about a ticket.

Another work is another class here and a line in WORKS. One whose tool is not in the registry is added to the engine of
a test's processes by `join`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from flask import Flask

from app.sandbox.ledger import ChangeRecord
from app.sandbox.tickets import Ticket


class Work(Protocol):
    """One kind of job."""

    name: str
    tool: str

    def parameters(self, number: int) -> dict[str, Any]:
        """Of the job with this number on its stand: what it does can be told from what other jobs do."""
        ...

    def holds(self, ticket: Ticket, parameters: dict[str, Any]) -> bool:
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

    def parameters(self, number: int) -> dict[str, Any]:
        return {"add": [f"by_force_{number}"], "remove": []}

    def holds(self, ticket: Ticket, parameters: dict[str, Any]) -> bool:
        return set(parameters["add"]) <= set(ticket.tags)

    def counts(self, change: ChangeRecord) -> bool:
        return "tags" in change.changed


WORKS: tuple[Work, ...] = (Tags(),)


def join(app: Flask) -> None:
    """Let the engine of this process know the works that no tool of the product does: none so far."""
    assert app.extensions["jobs"]
