"""How batches go out, and what becomes of an ambiguous one: without stamps at first, or each ticket under its stamp.

The engine works the same for both kinds of operation (see `operation.py`); what differs is decided here, in
`conditional.py` and in `idempotent.py`. They send and read nothing: the engine does, as they say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from app.jobs.outcomes import Outcome
from app.jobs.protocol.batch import Batch, Reconciled, Verdict
from app.jobs.protocol.conditional import Conditional
from app.jobs.protocol.idempotent import Idempotent
from app.jobs.protocol.matching import ChangeMatcher, Seen
from app.jobs.protocol.operation import Item, Operation, is_stamped
from app.jobs.protocol.signature import Signature
from app.jobs.protocol.tries import QUARANTINE_AFTER, Tries
from app.jobs.timing import EngineTiming


class Delivery(Protocol):
    """What differs between operations that may be repeated and those that may not."""

    @property
    def sent_once(self) -> bool:
        """Whether a ticket that is quarantined must not be tried again before a person has looked."""
        ...

    def payload(self, items: Sequence[Item]) -> Any:
        """What a batch's request says, as JSON: `{tickets: [change…]}`, or `[ids, body]` in the bulk form."""
        ...

    def in_doubt(self, batch: Batch, item: Item, ticket: dict[str, Any]) -> bool:
        """Whether the audits of a ticket that was just read have to be read as well."""
        ...

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        """The verdicts; where the operation expected that Zendesk might refuse it, a ticket is left out."""
        ...

    def reconcile(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Reconciled:
        """Decide by what was read."""
        ...


def delivery_of(
    operation: Operation, matcher: ChangeMatcher | None, signature: Signature, timing: EngineTiming
) -> Delivery:
    """How the batches of an operation go.

    :param matcher: there for changes under stamps.
    """
    if is_stamped(operation):
        assert matcher is not None  # noqa: S101 - made together with the turn of such an operation
        return Conditional(operation, matcher, timing)
    return Idempotent(operation, signature, timing)  # pyright: ignore[reportArgumentType] - the other kind


def of_refused(batch: Batch, reconciled: Reconciled, tries: Mapping[int, Tries], timing: EngineTiming) -> Reconciled:
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
    awaited = {ticket_id for ticket_id in unchanged if (tries[ticket_id].waiting or 0.0) < timing.latest_copy}
    verdicts = [each for each in reconciled.verdicts if each.ticket_id not in unchanged]
    verdicts += [Verdict(ticket_id, Outcome.UNKNOWN, "no_answer") for ticket_id in sorted(unchanged - awaited)]
    left = (*reconciled.open, *(item for item in batch.items if item.ticket_id in awaited))
    return Reconciled(verdicts, left, timing.copy_every if awaited else reconciled.wait)


def quarantine(verdicts: Sequence[Verdict], tries: Mapping[int, Tries], *, sent_once: bool) -> list[Verdict]:
    """The verdicts, but nothing that outlived too many drivers is sent again."""
    outcome = Outcome.UNKNOWN if sent_once else Outcome.FAILED
    return [
        Verdict(verdict.ticket_id, outcome, "set_aside")
        if verdict.outcome == Outcome.PENDING and tries[verdict.ticket_id].crashes >= QUARANTINE_AFTER
        else verdict
        for verdict in verdicts
    ]
