"""The tickets that a search in Zendesk's own syntax finds: more than 1,000, closed and archived ones too.

The index lags by minutes, so what it finds is read again by id before anything is planned (docs/zendesk.md, Search).
Its cursor lives for an hour, and the order is that of creation alone: a listing that outlives its cursor begins again
at the first page; since each ticket is written once, none comes twice and none is missing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator

from app.account.cache.whose_tickets import Reach
from app.account.connection.clients import client as current_client
from app.auth.models import User
from app.jobs.sources import by_id
from app.jobs.sources.base import Found, LeftOut, Listing, Option, Page, SourceGone, SourceRefused, TicketSource
from app.jobs.sources.terms import fits
from app.zendesk import BadRequest, Client, Invalid, NotFound, TicketPage

LONGEST = 2_000
CURSOR_LIVES = 50 * 60.0  # seconds; Zendesk's hour, and some of it for clocks that differ
MOST_BEGINNINGS = 20
LONGEST_SAID = 60
NO_LONGER_FITS = "no_longer_fits"
REFUSED = "Zendesk refuses this search{}. Nothing was changed."


def _query(text: str) -> str:
    words = " ".join(text.replace("\0", " ").split())
    if not words:
        raise ValueError("Say what to search for, such as status:open tags:vip.")
    if len(words) > LONGEST:
        raise ValueError(f"Give at most {LONGEST:,} characters.")
    kinds = {word.casefold() for word in words.split() if word.casefold().startswith("type:")}
    if kinds - {"type:ticket"}:
        raise ValueError("Only tickets can be searched for here: leave out type:.")
    left = " ".join(word for word in words.split() if word.casefold() != "type:ticket")
    if not left:
        raise ValueError("Say which tickets, such as status:open tags:vip.")
    return left


class SearchQuery(TicketSource):
    """Those that Zendesk's search finds, each read again by its number."""

    noun = "search"
    holds = "every ticket that a query in Zendesk's search syntax finds, closed and archived ones too"
    wrong = {"query": "Give a query as a text, such as status:open tags:vip."}
    options = (Option("query", "query", "QUERY", "What Zendesk's search finds, such as 'status:open tags:vip'."),)

    query: Annotated[str, AfterValidator(_query)]

    @property
    def name(self) -> str:
        return f"the search “{self.query[:LONGEST_SAID]}{'…' if len(self.query) > LONGEST_SAID else ''}”"

    @property
    def form(self) -> Mapping[str, str]:
        return {"query": self.query}

    def look_up(self, user: User) -> Found:
        by_id.reach_of(user)
        try:
            self.count(current_client(background=False))
        except (Invalid, BadRequest) as error:
            if error.by_gateway:
                raise
            raise SourceRefused("query_refused", _refused(error), 422) from error
        words = self.query.split()
        return Found(self.name, any(word.casefold().rpartition(":")[2] == "me" for word in words if ":" in word))

    def count(self, client: Client) -> int | None:
        return client.search_count(self.query)

    def page(self, listing: Listing, after: str | None) -> Page:
        cursor, began, beginnings = json.loads(after) if after else (None, time.time(), 1)
        found = None
        if cursor is None or time.time() - began < CURSOR_LIVES:
            found = self._found(listing.client, cursor)
        if found is None:  # the cursor has expired
            if beginnings >= MOST_BEGINNINGS:
                raise SourceGone(f"Zendesk's search was begun {beginnings} times and did not come to its end.")
            cursor, began, beginnings = None, time.time(), beginnings + 1
            found = self._found(listing.client, None)
            assert found is not None  # noqa: S101 - only a cursor can have expired
        on = None if found.after is None else json.dumps([found.after, began, beginnings])
        return self._as_they_are_now(listing, found, on, again=beginnings > 1)

    @property
    def unreachable(self) -> str | None:
        return (
            "Zendesk's search knows a change only after some minutes: tickets that came to fit since are not found. "
            "Those that Zendesk does not show to you are left out."
        )

    def _found(self, client: Client, cursor: str | None) -> TicketPage | None:
        """A page of what the index knows; None when the cursor has expired."""
        try:
            return client.search_export(self.query, cursor)
        except (Invalid, BadRequest, NotFound) as error:
            if error.by_gateway:
                raise
            if cursor is not None:
                return None
            raise SourceGone(_refused(error)) from error

    def _as_they_are_now(self, listing: Listing, found: TicketPage, after: str | None, *, again: bool) -> Page:
        """The found tickets, read by id; those that are gone, or surely do not fit any more, are left out by name."""
        known = {ticket["id"]: ticket for ticket in found.tickets}
        mine = by_id.reach_in(listing) or Reach()
        now = by_id.read(listing, list(known))
        tickets = {ticket["id"]: ticket for ticket in now.tickets if mine.holds(ticket)}
        seen = {ticket["id"] for ticket in now.tickets}
        fitting = [ticket for ticket in tickets.values() if fits(self.query, ticket)]
        gone = [
            LeftOut(raw, by_id.NOT_FOUND) for number, raw in known.items() if number not in seen and mine.holds(raw)
        ]
        ids = {ticket["id"] for ticket in fitting}
        other = [LeftOut(ticket, NO_LONGER_FITS) for number, ticket in tickets.items() if number not in ids]
        out = [*gone, *other]
        return Page(fitting, now.date, after, left_out=out, unreadable=found.unreadable, repeats=again)


def _refused(error: Invalid | BadRequest | NotFound) -> str:
    """The sentence; with Zendesk's own words, which are about the query and no ticket."""
    return REFUSED.format(f": {error.description.rstrip('.')}" if error.description else "")
