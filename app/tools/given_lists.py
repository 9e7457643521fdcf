"""Which tickets the form of a tool means where they are given by their ids: pasted, or in a file."""

from __future__ import annotations

import io
from dataclasses import dataclass
from itertools import islice
from typing import Any

from flask import request

from app import numbers
from app.account.connection.current import current_host
from app.auth.me import me
from app.jobs.collaborators import engine
from app.jobs.lists import store
from app.jobs.lists.models import TicketList
from app.jobs.sources.base import SourceRefused
from app.jobs.sources.by_id import reach_of
from app.jobs.sources.ids import hosts, title_of
from app.presentation import plural
from app.ticket_ids.reading import read
from app.ticket_ids.rejected import NoList, Rejected

SHOWN = 10  # rejected rows on the page; all of them are in the download
NOT_CONNECTED = "No Zendesk account is connected yet."
NOTHING = "Paste ids, or choose a file."


@dataclass(frozen=True)
class Understood:
    """A list as the form shows it: what it holds, and the first rows that are no tickets."""

    kept: TicketList
    rejected: list[Rejected]

    @property
    def sentence(self) -> str:
        """Such as "3,180 tickets from returns.csv; 12 came twice"."""
        kept = self.kept
        column = f", column {kept.read_as['column']}" if kept.read_as.get("column") else ""
        twice = f"; {plural(kept.duplicates, 'row')} named a ticket once more" if kept.duplicates else ""
        own = ", each with its own tags" if kept.own_tags else ""
        named = "" if kept.title == title_of(kept.total) else f" from {kept.title}"
        return f"{plural(kept.total, 'ticket')}{named}{column}{own}{twice}."


def keep_given(*, own_tags: bool) -> int:
    """Keep the list that this request bears, as pasted text or as a file; its number.

    :param own_tags: whether its rows may have tags of their own.
    :raises ValueError: with a sentence, when there is none, or it is no list of tickets.
    """
    uploaded, pasted = request.files.get("file"), request.form.get("ids", "")
    file = uploaded if uploaded and uploaded.filename else None
    account = current_host()
    if account is None:
        raise ValueError(NOT_CONNECTED)
    if file is None and not pasted.strip():
        raise ValueError(NOTHING)
    stream: Any = file.stream if file else io.BytesIO(pasted.encode("utf-8", "replace"))
    try:
        reach_of(me())
        found = read(stream, hosts(), engine().async_ticket_limit, engine().own_tags if own_tags else None)
    except SourceRefused as refused:
        raise ValueError(refused.message) from refused
    except NoList as wrong:
        raise ValueError(f"{_shown_name(file.filename) if file else 'What was pasted'}: {wrong}") from wrong
    finally:
        stream.close()
    title = _shown_name(file.filename) if file else title_of(len(found.tickets))
    return store.keep(found, account=account, user_id=me().id, title=title)


def understood(list_id: object) -> Understood | None:
    """The list of this number, for the person who asks; None where there is none for them."""
    number = numbers.row_id(list_id)
    kept = store.find(number, me(), current_host()) if number else None
    return Understood(kept, list(islice(store.rejected(kept.id), SHOWN))) if kept else None


def _shown_name(name: str | None) -> str:
    """A file's name without folders and without what cannot be shown."""
    last = (name or "").replace("\\", "/").rpartition("/")[2]
    return "".join(filter(str.isprintable, last))[:100] or "the file"
