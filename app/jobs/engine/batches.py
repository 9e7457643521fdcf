"""The batches of a job that are not closed: being sent, at Zendesk, to be reconciled; and what becomes of them."""

from __future__ import annotations

from collections.abc import Sequence

from app.jobs.engine.in_flight import InFlight
from app.jobs.engine.prefetch import Prefetch
from app.jobs.engine.turn import PreconditionFailed, Turn
from app.jobs.protocol.batch import Batch, Verdict
from app.jobs.protocol.deliveries import Delivery
from app.jobs.protocol.operation import is_stamped
from app.jobs.store import job_batches, job_items, reads


class Batches:
    """The one state of a turn that its sender, poller, reconciler and prefetcher share."""

    def __init__(self, turn: Turn, delivery: Delivery, prefetch: Prefetch | None) -> None:
        self.turn, self.delivery, self.prefetch = turn, delivery, prefetch
        calm = is_stamped(turn.operation) and turn.operation.renders
        self.in_flight = InFlight(turn.timing, reads.usual_seconds(turn.job.id), calm=calm)
        self.sending: dict[int, float] = {}  # batches whose answer is out, by id, with the time of their sending
        self.to_reconcile: list[tuple[float, Batch]] = []  # to be read before anything new is sent, from a time on
        self.reading: set[int] = set()
        self.more = True  # tickets may be left to send

    @property
    def unsettled(self) -> bool:
        """Zendesk works on some, or it is not known what became of them."""
        return bool(self.in_flight) or bool(self.to_reconcile)

    def mark_ambiguous(self, batch: Batch, wait: float = 0.0) -> None:
        """It has to be read, after so many seconds."""
        self.to_reconcile.append((self.turn.clock() + wait, batch))

    def record(self, batch: Batch, verdicts: Sequence[Verdict], unclear: Batch | None = None) -> None:
        """Commit what is known of a batch; what is unclear of it has to be read."""
        with self.turn.lease.transaction() as tx:
            job_items.record(tx, self.turn.job.id, batch, self.delivery.refusals(batch, verdicts))
            if unclear:
                job_batches.mark_ambiguous(tx, batch)
        if unclear:
            self.mark_ambiguous(unclear)
        self.turn.stop_if_refused()

    def give_back(self, batch: Batch) -> None:
        """Zendesk surely did not take it: its tickets go again."""
        with self.turn.lease.transaction() as tx:
            job_batches.give_back(tx, self.turn.job.id, batch.id)
        self.came_back()

    def came_back(self) -> None:
        """Tickets may be pending again."""
        self.more = True
        if self.prefetch:
            self.prefetch.again()

    def precondition_failed(self, failed: PreconditionFailed) -> None:
        """The job stops; nothing that was rendered meanwhile is sent, also not after a resume."""
        self.turn.stop_with(str(failed))
        self.turn.prefetch_from(None)
        self.came_back()

    def sent_again(self, batch: Batch) -> list[int]:
        """The tickets of a batch of which an earlier copy may have come through."""
        tries = reads.tries(self.turn.job.id, batch.ticket_ids)
        conditional = {item.ticket_id for item in batch.items if item.conditional}
        return [ticket_id for ticket_id, tried in tries.items() if tried.attempts > 1 or ticket_id in conditional]
