"""Tickets whose numbers are known: read by id, 100 a request, each as it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.account.cache.whose_tickets import Reach, reach
from app.auth.models import User
from app.extensions import db
from app.jobs.protocol.batch import BATCH
from app.jobs.protocol.operation import Instruction
from app.jobs.sources.base import Listing, Page, SourceRefused
from app.zendesk import BadRequest, Invalid, TicketPage

NOT_FOUND, NOT_YOURS = "not_found", "not_yours"  # codes of why a named ticket is not read
UNKNOWN_TO_ZENDESK = (
    "Zendesk knows no agent with your e-mail address, so which tickets you may see there is not known. Use a view; or "
    "an admin can let everybody use everything, where restricted views are offered."
)


def reach_of(user: User) -> Reach:
    """Which tickets this person may reach without a view.

    :raises SourceRefused: when that is not known.
    """
    found = reach(user)
    if found is None:
        raise SourceRefused("reach_unknown", UNKNOWN_TO_ZENDESK, 403)
    return found


def reach_in(listing: Listing) -> Reach | None:
    """Which tickets the person may reach who asked, in the role in which they did; None where that is not known."""
    user = db.session.get(User, listing.created_by_id)
    found = reach(user, listing.created_as) if user else None
    db.session.commit()
    return found


def page_of(listing: Listing, asked: Mapping[int, Instruction | None], after: str | None) -> Page:
    """These tickets as they are now; of those that Zendesk does not show, or not to this person, why they are missing.

    :raises ZendeskError: when waiting may help.
    """
    whose = reach_in(listing)
    page = read(listing, list(asked))
    mine = [ticket for ticket in page.tickets if whose and whose.holds(ticket)]
    missing = dict.fromkeys(asked, NOT_FOUND) | {ticket["id"]: NOT_YOURS for ticket in page.tickets}
    for ticket in mine:
        missing.pop(ticket["id"], None)
    said = {ticket_id: instruction for ticket_id, instruction in asked.items() if instruction is not None}
    return Page(mine, page.date, after, instructions=said, missing=missing, unreadable=page.unreadable)


def read(listing: Listing, ids: Sequence[int]) -> TicketPage:
    """These tickets, 100 a request, with the time at which the first of them were read; in any order.

    Those are absent that Zendesk refuses to show, however few it is asked for at a time.

    :raises ZendeskError: when waiting may help.
    """
    pages: list[TicketPage] = []
    for start in range(0, len(ids), BATCH):
        try:
            pages.append(listing.client.tickets(ids[start : start + BATCH]))
        except (Invalid, BadRequest) as error:
            if error.by_gateway:
                raise
    tickets = [ticket for page in pages for ticket in page.tickets]
    unreadable = sum(page.unreadable for page in pages)
    return TicketPage(tickets, None, min((page.date for page in pages), default=0.0), unreadable=unreadable)
