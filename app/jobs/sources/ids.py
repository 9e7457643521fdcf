"""Tickets that a person named by their ids: a list as it was given, and the same list kept apart from its jobs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, BinaryIO

from pydantic import Field

from app.account.connection import current
from app.auth.models import User
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.lists import store
from app.jobs.lists.models import TicketList
from app.jobs.protocol.batch import BATCH
from app.jobs.sources import by_id
from app.jobs.sources.base import Found, InvalidSource, Listing, Option, Page, SourceGone, SourceRefused, TicketSource
from app.numbers import LARGEST_ROW
from app.numbers.models import whole
from app.presentation import plural
from app.ticket_ids.entries import read_ids, read_rows
from app.ticket_ids.reading import TicketIds, read
from app.ticket_ids.rejected import NoList, Rejected
from app.zendesk import Client

GIVE_IDS = "Give a list of ticket ids, such as [123, 124]."
GIVE_ROWS = "Give a list of objects, each {ticket_id, add, remove} with lists of tags."
GONE = "The list of tickets was removed since. Give it once more."


class GivenTickets(TicketSource):
    """A list that came with the request. A job keeps a short one as it is, any other as a `KeptList`."""

    @cached_property
    def read_list(self) -> TicketIds:
        """What was understood. Raises NoList with a sentence when there are too many."""
        raise NotImplementedError

    @property
    def name(self) -> str:
        return "a list of ids"

    def look_up(self, user: User) -> Found:
        by_id.reach_of(user)
        return Found(title_of(len(understood(self).tickets)))

    def require_all(self) -> None:
        found = understood(self)
        if found.rejected:
            raise SourceRefused("no_ticket_ids", _refusal(found), 422)

    def count(self, client: Client) -> int:
        return len(understood(self).tickets)

    def rejected(self) -> Iterable[Rejected]:
        return understood(self).rejected

    def at_rest(self, account: str, user_id: int) -> TicketSource:
        found = understood(self)
        if len(found.tickets) <= BATCH and not found.own_tags:
            return GivenIds(ticket_ids=sorted(found.tickets))
        return KeptList(list_id=store.keep(found, account=account, user_id=user_id, title=title_of(len(found.tickets))))


class GivenIds(GivenTickets):
    """`{ticket_ids: [...]}`."""

    noun = "list"
    holds = "the tickets with these ids"
    wrong = {"ticket_ids": GIVE_IDS}
    options = (Option("tickets", "ticket_ids", "ID,ID", "The tickets with these ids.", many=True),)

    ticket_ids: Annotated[list[int | str], Field(min_length=1)]

    @cached_property
    def read_list(self) -> TicketIds:
        return read_ids(self.ticket_ids, hosts(), engine().async_ticket_limit)

    def page(self, listing: Listing, after: str | None) -> Page:
        begin = int(after or 0)
        ids = sorted(understood(self).tickets)
        more = len(ids) > begin + BATCH
        asked = dict.fromkeys(ids[begin : begin + BATCH])
        return by_id.page_of(listing, asked, str(begin + BATCH) if more else None)

    @property
    def form(self) -> Mapping[str, str]:
        return {"ids": " ".join(map(str, self.ticket_ids))}


class GivenRows(GivenTickets):
    """`{rows: [{ticket_id, add, remove}]}`: each ticket with tags of its own."""

    noun = "list"
    holds = "the tickets of these rows, each with tags of its own to add and to remove; for tools that change tags"
    wrong = {"rows": GIVE_ROWS}
    rows: Annotated[list[dict[str, Any]], Field(min_length=1)]

    @property
    def instructs(self) -> bool:
        return True

    @cached_property
    def read_list(self) -> TicketIds:
        return read_rows(self.rows, hosts(), engine().async_ticket_limit, engine().own_tags)


def keep_file(file: BinaryIO, title: str, user: User) -> int:
    """Keep the list that a file holds; its number.

    :raises SourceRefused: while no account is connected.
    :raises InvalidSource: with a sentence, when it is no list.
    """
    account = current.current_host()
    if account is None:
        raise SourceRefused("not_connected", "No Zendesk account is connected yet.", 503)
    try:
        found = read(file, hosts(), engine().async_ticket_limit, engine().own_tags)
    except NoList as wrong:
        raise InvalidSource({"list_id": str(wrong)}) from wrong
    return store.keep(found, account=account, user_id=user.id, title=title or title_of(len(found.tickets)))


class KeptList(TicketSource):
    """`{list_id}`: a list that was pasted, uploaded or sent before, by its number."""

    noun = "list"
    holds = "a list that was given before: what `ticket_ids` and `rows` of many tickets become in a job's own source"
    options = (
        Option(
            "csv",
            "list_id",
            "FILE",
            "The tickets of a CSV or text file, or of standard input (-); columns add and remove have their own tags.",
            file=keep_file,
        ),
    )

    list_id: Annotated[int, whole(1, LARGEST_ROW)]

    @property
    def name(self) -> str:
        return f"list {self.list_id}"

    @property
    def instructs(self) -> bool:
        kept = db.session.get(TicketList, self.list_id)
        return kept is not None and kept.own_tags

    @property
    def form(self) -> Mapping[str, str]:
        return {"list": str(self.list_id)}

    def look_up(self, user: User) -> Found:
        kept = self.kept_for(user)
        by_id.reach_of(user)
        return Found(kept.title)

    def kept_for(self, user: User) -> TicketList:
        """The list. Raises SourceRefused where there is none for this person, or it is of another account."""
        kept = store.find(self.list_id, user, current.current_host())
        if kept is None:
            raise SourceRefused("list_not_found", f"There is no list {self.list_id} in this account.", 404)
        if not kept.total:
            raise SourceRefused("no_tickets", "This list names no ticket. Give another one.", 422)
        if kept.total > (most := engine().async_ticket_limit):
            raise SourceRefused("too_many_tickets", f"It names more than {plural(most, 'ticket')}. Split it.", 422)
        return kept

    def count(self, client: Client) -> int | None:
        kept = db.session.get(TicketList, self.list_id)
        return kept.total if kept else None

    def rejected(self) -> Iterable[Rejected]:
        return store.rejected(self.list_id)

    def page(self, listing: Listing, after: str | None) -> Page:
        number = int(after or 0)
        asked = store.tickets(self.list_id, number)
        if asked is None:
            raise SourceGone(GONE)
        more = store.tickets(self.list_id, number + 1) is not None
        return by_id.page_of(listing, asked, str(number + 1) if more else None)


def understood(source: GivenTickets) -> TicketIds:
    """What was read of a list. Raises SourceRefused with a sentence where it is none."""
    try:
        return source.read_list
    except NoList as wrong:
        raise SourceRefused("no_list", str(wrong), 422) from wrong


def hosts() -> frozenset[str]:
    """The hosts of the connected account, of which ticket URLs are understood; none while none is connected."""
    account = current.current_account()
    return account.hosts if account else frozenset()


def title_of(total: int) -> str:
    """What a list without a name is called."""
    return f"a list of {plural(total, 'ticket')}"


def _refusal(found: TicketIds) -> str:
    first: Sequence[str] = [f"Entry {one.row}, “{one.value}”: {one.why}" for one in found.rejected[:3]]
    more = len(found.rejected) - len(first)
    last = [f"And {more:,} more: POST /sources/preview names them all."] if more else []
    are = plural(len(found.rejected), "entry is", "entries are")
    return " ".join([f"{are} no ticket of this account.", *first, *last])
