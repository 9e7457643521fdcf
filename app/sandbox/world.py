"""Everything the stand-in knows: one help desk, its clock, and what is due to happen in it."""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from itertools import count

from .auth import Doorkeeper
from .config import SandboxConfig
from .counts import Counts
from .data import build
from .data.company import BUSY_AGENT
from .draft import BROWSER, Cause
from .faults import Faults
from .ledger import Ledger
from .limits import Limits
from .people import User
from .search import Index
from .tickets import Ticket
from .views import Listings
from .zendesk_jobs import ZendeskJobs

LATER_IDS = 17_000_000_000_000
"""Where the ids of audits and events begin that happen after the start."""


class World:
    """The state of one sandbox. A thread that reads or changes it holds `lock` and has called `advance` under it.

    `now` is the clock's time as of the last `advance`, and while something due is happening, its due time: what
    happens between two requests happens at its own time, in order, without any thread of its own.
    """

    def __init__(self, config: SandboxConfig, born: float | None = None) -> None:
        """`born` is the moment that the demo data is made for: by default now, by the clock."""
        self.config = config
        self.lock = threading.RLock()
        self.born = float(int(config.clock() if born is None else born))
        self.now = config.clock()
        desk = build(config, self.born)
        self.people, self.fields, self.views, self.macros = desk.people, desk.fields, desk.views, desk.macros
        self.triggers, self.dynamic_content = desk.triggers, desk.dynamic_content
        self.update_triggers = tuple(each for each in desk.triggers.values() if each.on_updates)
        self.forms, self.custom_statuses = desk.forms, desk.custom_statuses
        self.tickets: dict[int, Ticket] = desk.tickets
        self.earlier: dict[int, Ticket] = {}  # by id, each as it was before its latest change
        self.other_clients = desk.other_clients
        self.doorkeeper = Doorkeeper(config, self.people, desk.other_clients)
        self.limits = Limits(config.rate_limit, self.born)
        self.listings = Listings(self.tickets)
        self.counts = Counts(config.count_seconds)
        self.index = Index()
        self.ledger = Ledger()
        self.faults = Faults(config.seed)
        self.zendesk_jobs = ZendeskJobs(self)
        self.tag_uses: Counter[str] = Counter()
        self.recount_tags()
        self.touched: set[int] = set()
        self.last_id = LATER_IDS
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        for rule in config.faults:
            self.faults.add_written(rule)

    @property
    def busy_agent(self) -> User:
        """The agent who edits tickets while jobs run."""
        return next(user for user in self.people.users.values() if user.name == BUSY_AGENT)

    @property
    def by_hand(self) -> Cause:
        """Behind what that agent does in a browser."""
        return Cause(self.busy_agent, BROWSER, 0)

    @property
    def search_lag(self) -> float:
        """Seconds for which search shows a changed ticket as it was."""
        return max(self.config.search_lag, self.faults.search_lag())

    @property
    def drop_metadata(self) -> bool:
        return self.config.drop_metadata or self.faults.active("drop-metadata")

    def advance(self) -> None:
        """Let everything happen that is due by now."""
        now = max(self.config.clock(), self.now)
        while self._due and self._due[0][0] <= now:
            due, _, happen = heapq.heappop(self._due)
            self.now = max(due, self.now)
            happen()
        self.now = now

    def schedule(self, at: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._due, (at, next(self._order), happen))

    def next_id(self) -> int:
        """A new id for an audit or event."""
        self.last_id += 1
        return self.last_id

    def changed(self, ticket: Ticket) -> None:
        """To be called after every change of a ticket: views follow, and the state file knows."""
        self.listings.follow(ticket, self.now)
        self.index.changed(ticket.id, self.earlier.get(ticket.id), self.now)
        self.touched.add(ticket.id)

    def deleted(self, ticket_id: int) -> None:
        """An agent deletes a ticket: search shows it for a while."""
        self.index.changed(ticket_id, self.tickets.pop(ticket_id, None), self.now)

    def recount_tags(self) -> None:
        self.tag_uses = Counter(tag for ticket in self.tickets.values() for tag in ticket.tags)

    def count_tags(self, before: Iterable[str], after: Iterable[str]) -> None:
        self.tag_uses.subtract(before)
        self.tag_uses.update(after)
