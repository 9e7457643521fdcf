"""How batches go out and how an unclear one is settled: without stamps at first, or each ticket under its stamp.

The engine works the same for both kinds of operation (see `operation.py`); what differs stands here, in `repeating.py`
and in `proof.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine.turn import Gone, Outdated, Turn
from app.jobs.outcomes import Audits, Outcome
from app.jobs.protocol.batch import COPY_SECONDS, LATEST_COPY, Batch, Judged, Verdict
from app.jobs.protocol.matching import Proof, Seen, look
from app.jobs.protocol.operation import Item, Stamped, is_stamped
from app.jobs.protocol.repeating import Repeating
from app.jobs.protocol.stamps import FRESH_SECONDS
from app.jobs.protocol.verdicts import by_history
from app.jobs.store import writes
from app.jobs.store.reads import Tries


class Way(Protocol):
    """What differs between operations that may be repeated and those that may not."""

    @property
    def sent_once(self) -> bool:
        """Whether a ticket that is set aside must not be tried again before a person has looked."""
        ...

    def payload(self, items: Sequence[Item]) -> Any:
        """What a batch's request says, as JSON."""
        ...

    def check(self, edition: str | None) -> None:
        """Make sure, just before sending, that what was rendered from this edition was rendered from what was frozen.

        :raises Gone: when that was changed.
        :raises Outdated: when it was saved since, and does the same.
        :raises ZendeskError: when Zendesk cannot be asked.
        """
        ...

    def send(self, batch: Batch) -> zd.ZendeskJob:
        """Send a batch whose intent is committed."""
        ...

    def look(self, batch: Batch) -> Seen:
        """Read what became of a batch, as it is now."""
        ...

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        """The verdicts; where the operation expected that Zendesk might refuse it, a ticket is left out."""
        ...

    def judge(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Judged:
        """Decide by what was read."""
        ...


@dataclass(frozen=True)
class UnderStamps:
    """The batch form: each ticket under its own stamp, with metadata that its audit keeps."""

    turn: Turn
    operation: Stamped
    proof: Proof
    sent_once: bool = True

    def payload(self, items: Sequence[Item]) -> Any:
        return {"tickets": [self._ticket(item) for item in items]}

    def check(self, edition: str | None) -> None:
        """No admin saved it between the look before rendering and this one, if the edition is still the same."""
        if not self.operation.renders:
            return
        now = self.operation.edition(self.turn.client)
        if now is None:
            raise Gone(self.turn.recheck() or wording.MATERIAL_CHANGED)
        if now != edition:
            raise Outdated(now)

    def send(self, batch: Batch) -> zd.ZendeskJob:
        return self.turn.client.update_each([self._ticket(item) for item in batch.items])

    def _ticket(self, item: Item) -> dict[str, Any]:
        return {
            **self.operation.change(item),
            "id": item.ticket_id,
            "safe_update": True,
            "updated_stamp": item.stamp,
            "metadata": self.proof.metadata(item.ticket_id),
        }

    def look(self, batch: Batch) -> Seen:
        return look(self.turn.client, batch.items)

    def refusals(self, batch: Batch, verdicts: Sequence[Verdict]) -> Sequence[Verdict]:
        return verdicts

    def judge(self, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Judged:
        return judge_by_stamps(self.operation, self.proof, batch, seen, tries)


def judge_by_stamps(operation: Stamped, proof: Proof, batch: Batch, seen: Seen, tries: Mapping[int, Tries]) -> Judged:
    """Decide on tickets that went under their stamps, by what was read of them."""
    verdicts: list[Verdict] = []
    left: list[Item] = []
    for item in batch.items:
        ticket, tried = seen.tickets.get(item.ticket_id), tries[item.ticket_id]
        if ticket is None:
            verdicts.append(Verdict(item.ticket_id, Outcome.UNKNOWN, "unreadable"))
        elif ticket.get("updated_at") == item.stamp:
            verdicts.append(_not_applied(proof, item, tried))
        elif item.ticket_id in seen.histories:
            history = seen.histories[item.ticket_id]
            conflict = item.ticket_id in batch.conflicts
            verdicts.append(
                by_history(operation, proof, item, ticket=ticket, history=history, tried=tried, conflict=conflict)
            )
        else:
            left.append(item)
    return Judged(verdicts, tuple(left), FRESH_SECONDS if seen.too_fresh(left) else 0.0)


def _not_applied(proof: Proof, item: Item, tried: Tries) -> Verdict:
    """Unchanged since its stamp: it goes again under the same one, of whose copies at most one can pass."""
    if proof.evidence == Audits.OPAQUE:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "blind")
    if tried.attempts >= writes.MOST_ATTEMPTS:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, "no_answer")
    return Verdict(item.ticket_id, Outcome.PENDING)


def way_of(turn: Turn, proof: Proof | None) -> Way:
    """How the batches of a turn's operation go."""
    operation = turn.operation
    if is_stamped(operation):
        assert proof is not None  # noqa: S101 - made together with the turn of such an operation
        return UnderStamps(turn, operation, proof)
    return Repeating(turn.client, turn.job, operation)  # pyright: ignore[reportArgumentType] - the other kind


def of_refused(batch: Batch, judged: Judged, tries: Mapping[int, Tries]) -> Judged:
    """What was judged, but tickets of which Zendesk refused the last copy: another would fare no better.

    An earlier copy may still be under way; it is waited for a little, then a person has to look.
    """
    unchanged = {
        each.ticket_id
        for each in judged.verdicts
        if each.outcome == Outcome.PENDING and each.fresh is None and each.ticket_id in batch.refused
    }
    if not unchanged:
        return judged
    awaited = {ticket_id for ticket_id in unchanged if (tries[ticket_id].waiting or 0.0) < LATEST_COPY}
    verdicts = [each for each in judged.verdicts if each.ticket_id not in unchanged]
    verdicts += [Verdict(ticket_id, Outcome.UNKNOWN, "no_answer") for ticket_id in sorted(unchanged - awaited)]
    left = (*judged.open, *(item for item in batch.items if item.ticket_id in awaited))
    return Judged(verdicts, left, COPY_SECONDS if awaited else judged.wait)


def set_aside(verdicts: Sequence[Verdict], tries: Mapping[int, Tries], *, sent_once: bool) -> list[Verdict]:
    """The verdicts, but nothing that outlived too many drivers is sent again."""
    outcome = Outcome.UNKNOWN if sent_once else Outcome.FAILED
    return [
        Verdict(verdict.ticket_id, outcome, "set_aside")
        if verdict.outcome == Outcome.PENDING and tries[verdict.ticket_id].deaths >= writes.SET_ASIDE_AFTER
        else verdict
        for verdict in verdicts
    ]
