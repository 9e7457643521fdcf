"""Reads what became of tickets: the tickets first, then the audits of those in doubt, so that none is older."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app import zendesk as zd
from app.jobs.protocol.batch import Batch
from app.jobs.protocol.deliveries import Delivery
from app.jobs.protocol.idempotent import Idempotent
from app.jobs.protocol.matching import Seen, has_changed, since_stamp
from app.jobs.protocol.operation import Item
from app.jobs.protocol.signature import Histories, SeenTags
from app.jobs.protocol.stamps import old_enough
from app.jobs.store import reads

HISTORIES_A_STEP = 20  # what was read is saved in small steps, also for a driver that dies soon


@dataclass(frozen=True)
class Reader:
    """Reads the tickets of one job, as its delivery needs them."""

    client: zd.Client
    delivery: Delivery
    job_id: int
    programs_named: bool = False  # audits of this account are known to name the program behind a change

    def read(self, batch: Batch) -> Seen:
        """Read what became of a batch, as it is now."""
        seen = read_back(self.client, batch.items, partial(self.delivery.in_doubt, batch))
        return self._by_program(seen, self.delivery) if isinstance(self.delivery, Idempotent) else seen

    def _by_program(self, seen: Seen, delivery: Idempotent) -> SeenTags:
        ours, rest = delivery.signature.told_apart(seen)
        untold = self._untold(delivery, rest, told=bool(ours)) if rest else frozenset[int]()
        return SeenTags(seen.page, seen.histories, ours, untold)

    def _untold(self, delivery: Idempotent, histories: Histories, *, told: bool) -> frozenset[int]:
        """The tickets of which an audit may be ours, and does not say so."""
        untold = partial(delivery.signature.untold, histories, self.client.me()["id"])
        if told or not untold(told=False):
            return untold(told=told)
        return untold(told=self.programs_named or self._names_programs(delivery))

    def _names_programs(self, delivery: Idempotent) -> bool:
        """Whether audits of this account name the program behind a change: one that Zendesk said is ours shows it."""
        witness = reads.a_success(self.job_id)
        history = history_since(self.client, witness) if witness else None
        return any(delivery.signature.bears(audit, witness.ticket_id) for audit in history or () if witness)


def read_back(
    client: zd.Client, items: Sequence[Item], in_doubt: Callable[[Item, dict[str, Any]], bool] = has_changed
) -> Seen:
    """Read up to 100 tickets, then the audits of those in doubt: of a few at a time.

    In this order: a stamp is never fresher than the audits.
    """
    page = client.tickets([item.ticket_id for item in items])
    histories: dict[int, list[dict[str, Any]] | None] = {}
    seen = Seen(page, histories)
    for item in items:
        ticket = seen.tickets.get(item.ticket_id)
        if ticket is None or not in_doubt(item, ticket):
            continue
        if old_enough(ticket.get("updated_at"), page.date):
            histories[item.ticket_id] = history_since(client, item)
        if len(histories) == HISTORIES_A_STEP:
            break
    return seen


def history_since(client: zd.Client, item: Item) -> list[dict[str, Any]] | None:
    """The audits of a ticket from its stamp on, by Zendesk's clock; None when they cannot be read.

    :raises ZendeskError: when waiting may help.
    """
    try:
        return since_stamp(item, client.audits(item.ticket_id))
    except (zd.NotFound, zd.Forbidden, zd.Invalid, zd.BadRequest, zd.InvalidEndpoint, zd.Endless) as error:
        if error.by_gateway:
            raise
        return None
