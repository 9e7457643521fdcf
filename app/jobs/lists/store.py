"""Every statement about given lists: keeping one, finding it again, reading it part by part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from sqlalchemy import insert, select

from app.auth.models import User
from app.database import read_transaction, transaction
from app.extensions import db
from app.jobs.lists.models import PartKind, TicketList, TicketListPart
from app.jobs.protocol.batch import BATCH
from app.jobs.protocol.operation import Instruction
from app.ticket_ids.reading import TicketIds
from app.ticket_ids.rejected import Rejected

REJECTED_A_PART = 500
LONGEST_TITLE = 200


def keep(found: TicketIds, *, account: str, user_id: int, title: str) -> int:
    """Write a list that was read; its id."""
    with transaction() as tx:
        list_id: int = tx.execute(
            insert(TicketList)
            .values(
                account=account,
                created_by_id=user_id,
                title=title[:LONGEST_TITLE],
                total=len(found.tickets),
                duplicates=found.duplicates,
                rejected=len(found.rejected),
                read_as={"column": found.column, "encoding": found.encoding},
                own_tags=found.own_tags,
            )
            .returning(TicketList.id)
        ).scalar_one()
        for part in _parts(found):
            tx.execute(insert(TicketListPart).values(list_id=list_id, **part))
        return list_id


def find(list_id: int, user: User, account: str | None) -> TicketList | None:
    """The list, when it is of this account and the person may see it: their own, and for an admin everybody's."""
    kept = db.session.get(TicketList, list_id)
    if kept is None or kept.account != account or not (user.is_admin or kept.created_by_id == user.id):
        return None
    return kept


def tickets(list_id: int, number: int) -> dict[int, Instruction | None] | None:
    """The tickets of a part by id, with what the list says of each; None where there is no such part."""
    content = _content(list_id, PartKind.TICKETS, number)
    if content is None:
        return None
    return {ticket: None if add is None else {"add": add, "remove": remove} for ticket, add, remove in content}


def rejected(list_id: int) -> Iterator[Rejected]:
    """What is no ticket, by row, read part by part."""
    number = 0
    while (content := _content(list_id, PartKind.REJECTED, number)) is not None:
        yield from (Rejected(*each) for each in content)
        number += 1


def _content(list_id: int, kind: PartKind, number: int) -> list[list[Any]] | None:
    this = (TicketListPart.list_id == list_id, TicketListPart.kind == kind, TicketListPart.number == number)
    with read_transaction() as tx:
        return tx.scalar(select(TicketListPart.content).where(*this))


def _parts(found: TicketIds) -> Iterator[dict[str, Any]]:
    by_id = sorted(found.tickets.items())
    tickets = ([ticket, *(([*own.add], [*own.remove]) if own else (None, None))] for ticket, own in by_id)
    yield from _numbered(PartKind.TICKETS, tickets, BATCH)
    yield from _numbered(PartKind.REJECTED, ([one.row, one.value, one.why] for one in found.rejected), REJECTED_A_PART)


def _numbered(kind: PartKind, rows: Iterable[list[Any]], size: int) -> Iterator[dict[str, Any]]:
    left = iter(rows)
    number = 0
    while content := list(islice(left, size)):
        yield {"kind": kind, "number": number, "content": content}
        number += 1
