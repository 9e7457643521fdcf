"""Finds out, once for each job, whether the audits of its account show what is ours.

See docs/protocol.md, How an ambiguous ticket is reconciled.

A success of the job tells: what Zendesk says it changed must be recognised there. Where the job has none, one of an
earlier job of the account tells as much, if its audits bear that job's correlation id.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.jobs.engine.readback import history_since
from app.jobs.engine.turn import Turn
from app.jobs.outcomes import Audits, Outcome
from app.jobs.protocol.batch import Batch, Verdict
from app.jobs.protocol.matching import ChangeMatcher, bears_correlation_id
from app.jobs.protocol.operation import Found, Item, is_stamped
from app.jobs.store import job_items, reads

MOST_UNREADABLE = 3  # successes whose audits tell nothing, after which no more are asked

History = list[dict[str, Any]] | None


@dataclass(frozen=True)
class Witness:
    """A ticket that was changed for certain.

    `correlation_id` is that of the earlier job which changed it; None for this one.
    """

    item: Item
    correlation_id: str | None = None


class AuditProbe:
    """What a turn knows of its account's audits, and the question that is open."""

    def __init__(self, turn: Turn, matcher: ChangeMatcher | None) -> None:
        operation = turn.operation
        self._turn, self._matcher = turn, matcher
        self._operation = operation if is_stamped(operation) and operation.comments else None
        self._asked = False
        self._unreadable: set[int] = set()  # successes that prove nothing, for we may not read them any more
        self._earlier: list[Witness] | None = None  # those that have not been asked; None before the first look
        self._witness = self._own_success() if self.missing else None

    @property
    def missing(self) -> bool:
        """It is not known yet, and counts."""
        return self._matcher is not None and self._operation is not None and self._matcher.audits is None

    @property
    def awaited(self) -> bool:
        """A ticket is there that tells: nothing ambiguous is reconciled before its audits were read."""
        return self.missing and self._witness is not None

    @property
    def hopeless(self) -> bool:
        """It is missing, and no ticket is there that would tell."""
        return self.missing and self._witness is None

    def question(self) -> Callable[[], History] | None:
        """What to ask Zendesk for now, in a thread; `answered` takes the answer."""
        if self._asked or self._witness is None or not self.missing:
            return None
        self._asked = True
        return partial(history_since, self._turn.client, self._witness.item)

    def answered(self, answer: Future[History]) -> None:
        """Read the audits of the witness.

        :raises ZendeskError: when they could not be asked for; the question is open again.
        """
        self._asked = False
        history = answer.result()
        witness, self._witness = self._witness, None
        assert witness is not None  # noqa: S101 - of whom was asked
        if not self.missing:  # a change of ours was recognised meanwhile
            return
        if witness.correlation_id is not None:
            ids, ticket_id = {witness.correlation_id}, witness.item.ticket_id
            if any(bears_correlation_id(audit, ids, ticket_id) for audit in history or ()):
                self._note(Audits.USABLE)
        elif history is not None:
            self._note(self._seen_in(history, witness.item))
        else:
            self._unreadable.add(witness.item.ticket_id)
            if len(self._unreadable) >= MOST_UNREADABLE:
                self._note(Audits.OPAQUE)
            else:
                self._witness = self._own_success()

    def let_be(self) -> None:
        """Nothing depends on it any more: do not ask again in this turn."""
        self._asked = True

    def saw(self, batch: Batch, verdicts: Sequence[Verdict]) -> None:
        """Zendesk said what became of these tickets: one that it changed may tell."""
        if self.hopeless:
            done = {each.ticket_id for each in verdicts if each.outcome == Outcome.SUCCEEDED} - self._unreadable
            self._witness = next((Witness(item) for item in batch.items if item.ticket_id in done), None)

    def recognised(self) -> None:
        """A change of ours was found in a ticket's audits while an unclear batch was read."""
        if self.missing:
            self._note(Audits.USABLE)

    def ask_an_earlier_job(self) -> bool:
        """Let a ticket of an earlier job tell, where none of this one will; False when all that might were asked."""
        if self._earlier is None:
            found = reads.earlier_successes(self._turn.job.id, MOST_UNREADABLE)
            self._earlier = [Witness(item, correlation_id) for item, correlation_id in found]
        self._witness = self._earlier.pop() if self._earlier else None
        return self.awaited

    def _note(self, audits: str) -> None:
        """Remember it for the job, and let go on what had to wait for that."""
        assert self._matcher is not None  # noqa: S101 - else nothing was to be found out
        with self._turn.lease.transaction() as tx:
            job_items.note_audits(tx, self._turn.job.id, audits)
        self._matcher.audits = audits

    def _own_success(self) -> Witness | None:
        item = reads.a_success(self._turn.job.id, but=self._unreadable)
        return Witness(item) if item else None

    def _seen_in(self, history: Sequence[dict[str, Any]], item: Item) -> str:
        assert self._matcher is not None and self._operation is not None  # noqa: S101, PT018 - else it is not missing
        return Audits.USABLE if self._matcher.ours(self._operation, item, history) is Found.OURS else Audits.OPAQUE
