"""What comes before a ticket may be sent under its stamp: a stamp that is old enough, a change that Zendesk renders."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app import zendesk as zd
from app.jobs.engine.readback import read_back
from app.jobs.engine.turn import READERS, PreconditionFailed, Turn
from app.jobs.outcomes import Need, Outcome
from app.jobs.protocol import stamps
from app.jobs.protocol.batch import BATCH, Fresh, Verdict
from app.jobs.protocol.matching import ChangeMatcher, Seen
from app.jobs.protocol.operation import Item, Plan, Stamped
from app.jobs.protocol.tries import Tries
from app.jobs.protocol.verdicts import by_history, planned_anew
from app.jobs.store import reads

AHEAD = 3 * BATCH  # rendered tickets that may wait to be sent: what is rendered late is rendered from what is true now
MOST_STALE = 10  # renderings in a row that do not fit the ticket
SENT_BEFORE = Tries(attempts=1, conflicts=0, crashes=0)
KINDS: tuple[str, ...] = (Need.READ, Need.RECONCILE, Need.PREFETCH)
FORETOLD: tuple[str, ...] = (
    Need.READ,
    Need.PREFETCH,
)  # by a dry run: at what was sent before, the job looks that carries it out
REFUSALS = (zd.NotFound, zd.Forbidden, zd.Invalid, zd.BadRequest)


@dataclass(frozen=True)
class Fetch:
    """A request that comes before sending, and what its answer says of the tickets."""

    tickets: tuple[int, ...]
    ask: Callable[[], Any]  # in a thread
    read: Callable[[Any], list[Verdict]]


class Prefetch:
    """The tickets of a job on their way to being ready; one for each turn."""

    def __init__(self, turn: Turn, operation: Stamped, matcher: ChangeMatcher | None, *, ahead: int = AHEAD) -> None:
        """:param matcher: None where nothing was ever sent: for a dry run."""
        self._turn, self._operation, self._matcher = turn, operation, matcher
        self._job_id: int = turn.job.id
        self._ahead = ahead
        kinds = KINDS if matcher else FORETOLD
        self._queues: dict[str, deque[Item]] = {kind: deque() for kind in kinds}
        self._above: dict[str, int] = dict.fromkeys(kinds, 0)
        self._empty: set[str] = set()  # kinds of which nothing is left beyond the queue
        self._out: dict[int, str] = {}
        self._not_before: dict[str, float] = dict.fromkeys(kinds, 0.0)
        self._stale: Counter[int] = Counter()
        self._ready = 0

    @property
    def left(self) -> bool:
        """Tickets are being prepared, or have to be."""
        return bool(self._out) or any(self._queues.values()) or len(self._empty) < len(self._queues)

    def may_send(self, enough: int) -> bool:
        """Whether a batch is worth sending: so many tickets are ready, or no more will be soon."""
        if self._ready < enough:
            self._ready = reads.ready(self._job_id, most=self._ahead)
        return self._ready >= enough or (self._ready > 0 and not self.left)

    def sent(self, tickets: int) -> None:
        """So many tickets are on their way."""
        self._ready = max(0, self._ready - tickets)

    def again(self) -> None:
        """Tickets came back: look for them, too."""
        self._empty.clear()
        self._above = dict.fromkeys(self._queues, 0)
        for queue in self._queues.values():
            queue.clear()

    def wait(self) -> float:
        """Seconds until something can be asked for; 0 while something can, or nothing is left."""
        waits = [max(0.0, self._not_before[kind] - self._turn.clock()) for kind, queue in self._queues.items() if queue]
        return min(waits, default=0.0)

    def fetches(self) -> Iterator[Fetch]:
        """What to ask for now: up to 100 tickets that are read anew, or looked at, and a few that are rendered."""
        if items := self._take(Need.READ, BATCH if Need.READ not in self._out.values() else 0):
            ids = tuple(item.ticket_id for item in items)
            yield Fetch(ids, partial(self._turn.client.tickets, ids), partial(self._were_read, items))
        if items := self._take(Need.RECONCILE, BATCH if Need.RECONCILE not in self._out.values() else 0):
            ids = tuple(item.ticket_id for item in items)
            yield Fetch(ids, partial(read_back, self._turn.client, items), partial(self._were_read_back, items))
        busy = sum(kind == Need.PREFETCH for kind in self._out.values())
        room = min(READERS - busy, self._ahead - self._ready - busy)
        for item in self._take(Need.PREFETCH, room):
            rendered = partial(self._was_rendered, item, self._turn.revision)
            yield Fetch((item.ticket_id,), partial(self._render, item), rendered)

    def came_back(self, fetch: Fetch) -> None:
        """A fetch has its answer, or failed: then its tickets are looked for again."""
        for ticket_id in fetch.tickets:
            self._out.pop(ticket_id, None)

    def _take(self, kind: str, most: int) -> list[Item]:
        if kind not in self._queues or most <= 0 or self._turn.clock() < self._not_before[kind]:
            return []
        self._load(kind)
        queue = self._queues[kind]
        items = [queue.popleft() for _ in range(min(most, len(queue)))]
        self._out |= {item.ticket_id: kind for item in items}
        return items

    def _load(self, kind: str) -> None:
        if self._queues[kind] or kind in self._empty:
            return
        items = reads.needing(self._job_id, kind, above=self._above[kind], limit=2 * BATCH)
        if not items:
            self._empty.add(kind)
            return
        self._above[kind] = items[-1].ticket_id
        self._queues[kind].extend(item for item in items if item.ticket_id not in self._out)

    def _were_read(self, items: Sequence[Item], page: zd.TicketPage) -> list[Verdict]:
        now = {ticket["id"]: ticket for ticket in page.tickets}
        verdicts = [self._as_read(item, now.get(item.ticket_id), page.date) for item in items]
        kinds = {verdict.fresh.needs for verdict in verdicts if verdict.fresh}
        if Need.READ in kinds:
            self._not_before[Need.READ] = self._turn.clock() + self._turn.timing.fresh
        if kinds & {Need.READ, Need.PREFETCH}:
            self.again()
        return verdicts

    def _as_read(self, item: Item, ticket: dict[str, Any] | None, read_at: float) -> Verdict:
        if ticket is None:
            return Verdict(item.ticket_id, Outcome.FAILED, "not_found")
        if stamps.seconds(ticket.get("updated_at")) is None:
            return Verdict(item.ticket_id, Outcome.FAILED, "no_stamp")
        return planned_anew(self._operation, item, ticket, read_at=read_at)

    def _were_read_back(self, items: Sequence[Item], seen: Seen) -> list[Verdict]:
        verdicts = [self._as_read_back(item, seen) for item in items]
        if seen.too_fresh(items):
            self._not_before[Need.RECONCILE] = self._turn.clock() + self._turn.timing.fresh
        self.again()
        return verdicts

    def _as_read_back(self, item: Item, seen: Seen) -> Verdict:
        """Decide on a ticket that an earlier job sent and a person marked as not changed: what was sent may still land.

        Under the same stamp it goes again as it was, for at most one copy can pass. Under another one its audits tell;
        where they do not, the person has to look once more, and that look is final: no copy can land any more.
        """
        ticket = seen.tickets.get(item.ticket_id)
        if ticket is None:
            return Verdict(item.ticket_id, Outcome.UNKNOWN, "unreadable")
        if ticket.get("updated_at") == item.stamp:
            return Verdict(item.ticket_id, Outcome.PENDING, fresh=Fresh(item.before, item.after, item.stamp))
        if item.ticket_id not in seen.histories:
            return Verdict(
                item.ticket_id, Outcome.PENDING, fresh=Fresh(item.before, item.after, item.stamp, Need.RECONCILE)
            )
        assert self._matcher is not None  # noqa: S101 - else no earlier job had sent anything
        history = seen.histories[item.ticket_id]
        return by_history(self._operation, self._matcher, item, ticket=ticket, history=history, tried=SENT_BEFORE)

    def _render(self, item: Item) -> Plan | None:
        """In a thread: the rendered plan; None when it was rendered from another state of the ticket.

        :raises PreconditionFailed: when Zendesk refuses because what the job is made of has changed.
        """
        try:
            return self._operation.render(self._turn.client, item)
        except zd.Conflict:
            return None
        except REFUSALS as error:
            if error.by_gateway:
                raise
            if sentence := self._turn.guards.recheck():
                raise PreconditionFailed(sentence) from error
            return Plan.refuse("not_rendered", error.description)

    def _was_rendered(self, item: Item, revision: str | None, plan: Plan | None) -> list[Verdict]:
        if revision != self._turn.revision:  # an admin saved it meanwhile: this may be rendered from either
            self.again()
            return [Verdict(item.ticket_id, Outcome.PENDING, fresh=Fresh(item.before, None, item.stamp, Need.PREFETCH))]
        if plan is None:
            return [self._was_stale(item)]
        if plan.outcome != Outcome.PENDING:
            return [Verdict(item.ticket_id, plan.outcome, plan.error, plan.detail)]
        self._ready += 1
        return [Verdict(item.ticket_id, Outcome.PENDING, fresh=Fresh(item.before, plan.after, item.stamp))]

    def _was_stale(self, item: Item) -> Verdict:
        """The ticket, or what Zendesk renders it from, is not what it was: read it again, a little later."""
        self._stale[item.ticket_id] += 1
        if self._stale[item.ticket_id] >= MOST_STALE:
            return Verdict(item.ticket_id, Outcome.FAILED, "stale")
        self._not_before[Need.READ] = self._turn.clock() + self._turn.timing.stale
        self.again()
        return Verdict(item.ticket_id, Outcome.PENDING, fresh=Fresh(item.before, None, item.stamp, Need.READ))
