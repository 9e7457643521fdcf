"""What a source holds, told before a tool is chosen: how many tickets, in which statuses, and how old."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from app.jobs.sources.base import Listing, Page, TicketSource
from app.jobs.wording import reason
from app.ticket_ids.rejected import Rejected
from app.zendesk import ZendeskError, read_time

log = logging.getLogger(__name__)

SECONDS = 7.0  # after these no further page is asked for; the one that is out may take some more
MOST_PAGES = 25
UNKNOWN_STATUS = "unknown"


@dataclass
class Contents:
    """What was read of a source.

    `total` is None while it is not known. `statuses` and `closed`, which they leave out, count the tickets that were
    read, and `oldest` and `newest` are when the first and the last of these was created; all of them, if `complete`.
    """

    total: int | None = None
    statuses: Counter[str] = field(default_factory=Counter[str])
    closed: int = 0
    oldest: float | None = None
    newest: float | None = None
    rejected: list[Rejected] = field(default_factory=list[Rejected])
    complete: bool = False
    seen: set[int] = field(default_factory=set[int], repr=False)

    def see(self, page: Page) -> None:
        """Take the tickets of a page into account, each once; what was named and cannot be read has no row."""
        self.rejected += [Rejected(0, str(number), reason(code).sentence) for number, code in page.missing.items()]
        for ticket in page.tickets:
            if ticket["id"] in self.seen:
                continue
            self.seen.add(ticket["id"])
            status = str(ticket.get("status") or UNKNOWN_STATUS)
            if status == "closed":
                self.closed += 1
            else:
                self.statuses[status] += 1
            if created := read_time(ticket.get("created_at")):
                self.oldest = min(created, self.oldest or created)
                self.newest = max(created, self.newest or created)


def contents(source: TicketSource, listing: Listing, *, clock: Callable[[], float] = time.monotonic) -> Contents:
    """Read a source for as long as a person waits; what is not known by then is not said.

    :raises SourceGone: when it cannot be listed.
    :raises ZendeskError: when Zendesk cannot be asked, and nothing is known.
    """
    began, found, after = clock(), Contents(rejected=list(source.rejected())), None
    for _ in range(MOST_PAGES):
        try:
            page = source.page(listing, after)
        except ZendeskError as error:
            if not found.seen:
                raise
            log.warning("a source was read in part: %s", error)
            break
        found.see(page)
        after = page.after
        if after is None:
            found.complete, found.total = True, len(found.seen)
            return found
        if clock() - began > SECONDS:
            break
    found.total = _counted(source, listing)
    return found


def _counted(source: TicketSource, listing: Listing) -> int | None:
    try:
        return source.count(listing.client)
    except ZendeskError as error:
        log.warning("a source was not counted: %s", error)
        return None
