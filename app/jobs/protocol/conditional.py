"""How changes go that must not repeat: each ticket under its own stamp (docs/protocol.md, Two deliveries)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.jobs.outcomes import Audits, Outcome
from app.jobs.protocol.batch import Batch, Reconciled, Verdict
from app.jobs.protocol.matching import ChangeMatcher, Seen, has_changed
from app.jobs.protocol.operation import Item, Stamped
from app.jobs.protocol.tries import MOST_ATTEMPTS, Tries
from app.jobs.protocol.verdicts import by_history
from app.jobs.timing import EngineTiming


@dataclass(frozen=True)
class Conditional:
    """The batch form: each ticket under its own stamp, with metadata that its audit keeps."""

    operation: Stamped
    matcher: ChangeMatcher
    timing: EngineTiming
    sent_once: bool = True

    def payload(self, items: Sequence[Item]) -> Any:
        return {"tickets": [self._ticket(item) for item in items]}

    def _ticket(self, item: Item) -> dict[str, Any]:
        return {
            **self.operation.change(item),
            "id": item.ticket_id,
            "safe_update": True,
            "updated_stamp": item.stamp,
            "metadata": self.matcher.metadata(item.ticket_id),
        }

    def in_doubt(self, batch: Batch, item: Item, ticket: dict[str, Any]) -> bool:
        return has_changed(item, ticket)

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        return verdicts

    def reconcile(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Reconciled:
        verdicts: list[Verdict] = []
        left: list[Item] = []
        decide = partial(by_history, self.operation, self.matcher)
        for item in batch.items:
            ticket, tried = seen.tickets.get(item.ticket_id), tries[item.ticket_id]
            if ticket is None:
                verdicts.append(Verdict(item.ticket_id, Outcome.UNKNOWN, "unreadable"))
            elif ticket.get("updated_at") == item.stamp:
                verdicts.append(_not_applied(self.matcher, item, tried))
            elif item.ticket_id in seen.histories:
                history = seen.histories[item.ticket_id]
                conflict = item.ticket_id in batch.conflicts
                verdicts.append(decide(item, ticket=ticket, history=history, tried=tried, conflict=conflict))
            else:
                left.append(item)
        return Reconciled(verdicts, tuple(left), self.timing.fresh if seen.too_fresh(left) else 0.0)


def _not_applied(matcher: ChangeMatcher, item: Item, tried: Tries) -> Verdict:
    """Unchanged since its stamp: it goes again under the same one, of whose copies at most one can pass."""
    if matcher.audits == Audits.OPAQUE:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "blind")
    if tried.attempts >= MOST_ATTEMPTS:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "no_answer")
    return Verdict(item.ticket_id, Outcome.PENDING)
