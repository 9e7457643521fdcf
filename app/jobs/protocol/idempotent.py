"""How a tag job's batches go out: in the bulk form, and under stamps once an answer was lost.

A repeated tag harms no ticket, but a rule may answer it: mail the customer, and take the tag off again. So what is not
there is not sent again before it is known that no copy has passed (the ticket's audits name the program and the job
behind each change), nor under anything but the ticket's own stamp, of whose copies at most one can pass. Zendesk holds
a copy without a stamp against the time when it was queued (docs/zendesk.md, Changing tickets), so that one that was
queued before another passed is refused, too; one that is still on its way is waited for a little (docs/protocol.md,
Tags that are reverted).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.jobs.outcomes import Outcome
from app.jobs.protocol import stamps
from app.jobs.protocol.batch import Batch, Fresh, Reconciled, Verdict
from app.jobs.protocol.held import verdict_of_passed
from app.jobs.protocol.matching import Seen, has_changed, metadata
from app.jobs.protocol.operation import Item, Plan, Repeatable
from app.jobs.protocol.signature import SeenTags, Signature
from app.jobs.protocol.tries import AFTER_CONFLICTS, MOST_ATTEMPTS, Tries
from app.jobs.timing import EngineTiming


@dataclass(frozen=True)
class Idempotent:
    """The bulk form for what goes out for the first time; the batch form, under stamps, after a lost answer."""

    operation: Repeatable
    signature: Signature
    timing: EngineTiming
    sent_once: bool = False

    def payload(self, items: Sequence[Item]) -> Any:
        if items[0].conditional:
            return {"tickets": [self._ticket(item) for item in items]}
        return [[item.ticket_id for item in items], self.operation.body(items)]

    def _ticket(self, item: Item) -> dict[str, Any]:
        return {
            **self.operation.change(item),
            "id": item.ticket_id,
            "safe_update": True,
            "updated_stamp": item.stamp,
            "metadata": metadata(self.signature.correlation_id, item.ticket_id),
        }

    def in_doubt(self, batch: Batch, item: Item, ticket: dict[str, Any]) -> bool:
        """It has changed and is not as wanted; nor did Zendesk say that this copy changed nothing."""
        if not has_changed(item, ticket) or self.operation.done(self.operation.keep(ticket), item.instruction):
            return False
        return not _surely_refused(batch, item)

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        left_out = {item.ticket_id: self.operation.refusal(item) for item in batch.items}
        return [
            Verdict(each.ticket_id, Outcome.SKIPPED, error, each.detail)
            if each.error == "refused" and (error := left_out.get(each.ticket_id))
            else each
            for each in verdicts
        ]

    def reconcile(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Reconciled:
        assert isinstance(seen, SeenTags)  # noqa: S101 - as a tag job's tickets are read
        reconciled = [(item, self._reconcile(batch, item, seen, tries[item.ticket_id])) for item in batch.items]
        left = tuple(item for item, verdict in reconciled if verdict is None)
        verdicts = [verdict for _, verdict in reconciled if verdict]
        return Reconciled(verdicts, left, self._wait(batch, left, seen, tries) if left else 0.0)

    def _wait(self, batch: Batch, left: Iterable[Item], seen: SeenTags, tries: Mapping[int, Tries]) -> float:
        if seen.ours:  # a step forward: the next histories may be read at once
            return 0.0
        if seen.too_fresh(left):
            return self.timing.fresh
        waits = [self._may_land_for(batch, item, tries[item.ticket_id]) for item in left]
        return min(self.timing.copy_every, *waits)

    def _reconcile(self, batch: Batch, item: Item, seen: SeenTags, tried: Tries) -> Verdict | None:
        """What became of one ticket; None while it has to be looked at again."""
        ticket = seen.tickets.get(item.ticket_id)
        if ticket is None:
            return Verdict(item.ticket_id, Outcome.FAILED, "not_found")
        before = self.operation.keep(ticket)
        if self.operation.done(before, item.instruction) or item.ticket_id in seen.ours:
            return verdict_of_passed(self.operation, item, ticket, seen.ours.get(item.ticket_id, ()))
        plan = self.operation.plan(before, item.instruction)
        if _surely_refused(batch, item):
            return _as_before(batch, item, plan, tried)
        if not has_changed(item, ticket):
            return self._not_applied(batch, item, plan, tried)
        return self._by_its_history(batch, item, ticket, plan, seen=seen, tried=tried)

    def _by_its_history(
        self, batch: Batch, item: Item, ticket: dict[str, Any], plan: Plan, *, seen: SeenTags, tried: Tries
    ) -> Verdict | None:
        """It has changed, and nothing names us: by others, or its audits do not say by whom."""
        if item.ticket_id not in seen.histories:
            return None
        if seen.histories[item.ticket_id] is None:
            return Verdict(item.ticket_id, Outcome.UNKNOWN, "unreadable")
        if self._may_land_for(batch, item, tried):  # by then another ticket may show whether programs are named
            return None
        if item.ticket_id in seen.untold:
            return Verdict(item.ticket_id, Outcome.UNKNOWN, "untold")
        if item.ticket_id in batch.refused or _is_dead(batch, item):
            return _as_before(batch, item, plan, tried)
        return _under_its_stamp(item, plan, ticket.get("updated_at"), tried, overtaken=True)

    def _not_applied(self, batch: Batch, item: Item, plan: Plan, tried: Tries) -> Verdict | None:
        """Unchanged since its stamp: no copy has passed yet."""
        if self._may_land_for(batch, item, tried):
            return None
        if item.conditional or item.ticket_id in batch.refused or _is_dead(batch, item):
            return _as_before(batch, item, plan, tried)
        return _under_its_stamp(item, plan, item.stamp, tried)

    def _may_land_for(self, batch: Batch, item: Item, tried: Tries) -> float:
        """Seconds for which a copy without a stamp may still be on its way to Zendesk."""
        if tried.waiting is None or item.conditional or batch.ended:
            return 0.0
        return max(0.0, (batch.latest_copy or self.timing.latest_copy) - tried.waiting)


def _is_dead(batch: Batch, item: Item) -> bool:
    """The only copies without a stamp that ever went are known to have ended."""
    return batch.ended and not item.conditional


def _surely_refused(batch: Batch, item: Item) -> bool:
    """Zendesk said of each copy that it changed nothing, for others had changed the ticket meanwhile."""
    return item.ticket_id in batch.conflicts and _is_dead(batch, item)


def _as_before(batch: Batch, item: Item, plan: Plan, tried: Tries) -> Verdict:
    """It goes again as it went: no copy can pass any more, or at most one can."""
    if plan.outcome != Outcome.PENDING:
        return Verdict(item.ticket_id, plan.outcome, plan.error, plan.detail)
    conflict = _surely_refused(batch, item)
    if tried.attempts >= (AFTER_CONFLICTS if conflict else MOST_ATTEMPTS):
        # After a conflict Zendesk said that it changed nothing; after lost answers it may still do so.
        return (
            Verdict(item.ticket_id, Outcome.FAILED, "conflict")
            if conflict
            else Verdict(item.ticket_id, Outcome.UNKNOWN, "no_answer")
        )
    return Verdict(item.ticket_id, Outcome.PENDING)


def _under_its_stamp(item: Item, plan: Plan, stamp: str | None, tried: Tries, *, overtaken: bool = False) -> Verdict:
    """It goes again so that at most one copy can pass; what it was before stays as it was first planned."""
    if plan.outcome != Outcome.PENDING:
        return Verdict(item.ticket_id, plan.outcome, plan.error, plan.detail)
    if tried.conflicts + overtaken >= AFTER_CONFLICTS:
        return Verdict(item.ticket_id, Outcome.FAILED, "conflict")
    if stamps.seconds(stamp) is None or tried.attempts >= MOST_ATTEMPTS:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "no_answer")
    fresh = Fresh(item.before, plan.after, stamp, overtaken=overtaken, conditional=True)
    return Verdict(item.ticket_id, Outcome.PENDING, fresh=fresh)
