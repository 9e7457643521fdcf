"""How batches go out and how an unclear one is settled: without stamps at first, or each ticket under its stamp.

The engine works the same for both kinds of operation (see `operation.py`); what differs stands here, in `idempotent.py`
and in `matching.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine.turn import PreconditionFailed, RevisionChanged, Turn
from app.jobs.outcomes import Audits, Outcome
from app.jobs.protocol.batch import COPY_SECONDS, LATEST_COPY, Batch, Reconciled, Verdict
from app.jobs.protocol.idempotent import Idempotent
from app.jobs.protocol.matching import ChangeMatcher, Seen, read_back
from app.jobs.protocol.operation import Item, Stamped, is_stamped
from app.jobs.protocol.stamps import FRESH_SECONDS
from app.jobs.protocol.verdicts import by_history
from app.jobs.store import writes
from app.jobs.store.reads import Tries


class Delivery(Protocol):
    """What differs between operations that may be repeated and those that may not."""

    @property
    def sent_once(self) -> bool:
        """Whether a ticket that is quarantined must not be tried again before a person has looked."""
        ...

    def payload(self, items: Sequence[Item]) -> Any:
        """What a batch's request says, as JSON."""
        ...

    def check(self, revision: str | None) -> None:
        """Make sure, just before sending, that what was rendered from this revision was rendered from what was frozen.

        :raises PreconditionFailed: when that was changed.
        :raises RevisionChanged: when it was saved since, and does the same.
        :raises ZendeskError: when Zendesk cannot be asked.
        """
        ...

    def send(self, batch: Batch) -> zd.ZendeskJob:
        """Send a batch whose intent is committed."""
        ...

    def read_back(self, batch: Batch) -> Seen:
        """Read what became of a batch, as it is now."""
        ...

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        """The verdicts; where the operation expected that Zendesk might refuse it, a ticket is left out."""
        ...

    def reconcile(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Reconciled:
        """Decide by what was read."""
        ...


@dataclass(frozen=True)
class Conditional:
    """The batch form: each ticket under its own stamp, with metadata that its audit keeps."""

    turn: Turn
    operation: Stamped
    matcher: ChangeMatcher
    sent_once: bool = True

    def payload(self, items: Sequence[Item]) -> Any:
        return {"tickets": [self._ticket(item) for item in items]}

    def check(self, revision: str | None) -> None:
        """No admin saved it between what was seen before rendering and now, if the revision is still the same."""
        if not self.operation.renders:
            return
        now = self.operation.revision(self.turn.client)
        if now is None:
            raise PreconditionFailed(self.turn.recheck() or wording.SNAPSHOT_CHANGED)
        if now != revision:
            raise RevisionChanged(now)

    def send(self, batch: Batch) -> zd.ZendeskJob:
        return self.turn.client.update_each([self._ticket(item) for item in batch.items])

    def _ticket(self, item: Item) -> dict[str, Any]:
        return {
            **self.operation.change(item),
            "id": item.ticket_id,
            "safe_update": True,
            "updated_stamp": item.stamp,
            "metadata": self.matcher.metadata(item.ticket_id),
        }

    def read_back(self, batch: Batch) -> Seen:
        return read_back(self.turn.client, batch.items)

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        return verdicts

    def reconcile(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Reconciled:
        return reconcile_by_stamps(self.operation, self.matcher, batch, seen, tries)


def reconcile_by_stamps(
    operation: Stamped, matcher: ChangeMatcher, batch: Batch, seen: Seen, tries: Mapping[int, Tries]
) -> Reconciled:
    """Decide on tickets that went under their stamps, by what was read of them."""
    verdicts: list[Verdict] = []
    left: list[Item] = []
    for item in batch.items:
        ticket, tried = seen.tickets.get(item.ticket_id), tries[item.ticket_id]
        if ticket is None:
            verdicts.append(Verdict(item.ticket_id, Outcome.UNKNOWN, "unreadable"))
        elif ticket.get("updated_at") == item.stamp:
            verdicts.append(_not_applied(matcher, item, tried))
        elif item.ticket_id in seen.histories:
            history = seen.histories[item.ticket_id]
            conflict = item.ticket_id in batch.conflicts
            verdicts.append(
                by_history(operation, matcher, item, ticket=ticket, history=history, tried=tried, conflict=conflict)
            )
        else:
            left.append(item)
    return Reconciled(verdicts, tuple(left), FRESH_SECONDS if seen.too_fresh(left) else 0.0)


def _not_applied(matcher: ChangeMatcher, item: Item, tried: Tries) -> Verdict:
    """Unchanged since its stamp: it goes again under the same one, of whose copies at most one can pass."""
    if matcher.audits == Audits.OPAQUE:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "blind")
    if tried.attempts >= writes.MOST_ATTEMPTS:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "no_answer")
    return Verdict(item.ticket_id, Outcome.PENDING)


def delivery_of(turn: Turn, matcher: ChangeMatcher | None) -> Delivery:
    """How the batches of a turn's operation go."""
    operation = turn.operation
    if is_stamped(operation):
        assert matcher is not None  # noqa: S101 - made together with the turn of such an operation
        return Conditional(turn, operation, matcher)
    return Idempotent(turn.client, turn.job, operation)  # pyright: ignore[reportArgumentType] - the other kind


def of_refused(batch: Batch, reconciled: Reconciled, tries: Mapping[int, Tries]) -> Reconciled:
    """What was reconciled, but tickets of which Zendesk refused the last copy: another would fare no better.

    An earlier copy may still be under way; it is waited for a little, then a person has to look.
    """
    unchanged = {
        each.ticket_id
        for each in reconciled.verdicts
        if each.outcome == Outcome.PENDING and each.fresh is None and each.ticket_id in batch.refused
    }
    if not unchanged:
        return reconciled
    awaited = {ticket_id for ticket_id in unchanged if (tries[ticket_id].waiting or 0.0) < LATEST_COPY}
    verdicts = [each for each in reconciled.verdicts if each.ticket_id not in unchanged]
    verdicts += [Verdict(ticket_id, Outcome.UNKNOWN, "no_answer") for ticket_id in sorted(unchanged - awaited)]
    left = (*reconciled.open, *(item for item in batch.items if item.ticket_id in awaited))
    return Reconciled(verdicts, left, COPY_SECONDS if awaited else reconciled.wait)


def quarantine(verdicts: Sequence[Verdict], tries: Mapping[int, Tries], *, sent_once: bool) -> list[Verdict]:
    """The verdicts, but nothing that outlived too many drivers is sent again."""
    outcome = Outcome.UNKNOWN if sent_once else Outcome.FAILED
    return [
        Verdict(verdict.ticket_id, outcome, "set_aside")
        if verdict.outcome == Outcome.PENDING and tries[verdict.ticket_id].crashes >= writes.QUARANTINE_AFTER
        else verdict
        for verdict in verdicts
    ]
