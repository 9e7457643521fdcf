"""How many people a job's public comment may reach by e-mail."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.jobs.protocol.operation import Values


@dataclass
class Readers:
    """Counts requesters and CCs over the tickets that get a public comment, each person once.

    An upper bound: it is not known here who has no e-mail address, or which triggers are off.
    """

    requesters: set[int] = field(default_factory=set)
    ccs: set[int] = field(default_factory=set)
    tickets: int = 0

    def see(self, before: Values) -> None:
        """Take one ticket into account. A macro puts no person in copy: its `cc` adds a follower, who is an agent."""
        self.tickets += 1
        if before["requester_id"] is not None:
            self.requesters.add(before["requester_id"])
        self.ccs.update(before["ccs"])

    def found(self) -> dict[str, Any]:
        """`{tickets, requesters, ccs, sentence}`."""
        return {
            "tickets": self.tickets,
            "requesters": len(self.requesters),
            "ccs": len(self.ccs),
            "sentence": self._sentence(),
        }

    def _sentence(self) -> str:
        """Such as "Up to 2,240 customers and 131 CCs get an e-mail."."""
        if not self.tickets:
            return "Nobody gets an e-mail from this macro's comment."
        customers = _counted(len(self.requesters), "customer", "customers")
        ccs = f" and {_counted(len(self.ccs), 'CC', 'CCs')}" if self.ccs else ""
        several = len(self.requesters) + len(self.ccs) != 1
        twice = self.tickets > len(self.requesters)
        more = f", some of them for several of the {self.tickets:,} tickets" if twice else ""
        return f"Up to {customers}{ccs} {'get' if several else 'gets'} an e-mail{more}."


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"
