"""The tables of given lists: a list, and its parts, each of which is read by itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import User
from app.database import db_now
from app.extensions import db


class PartKind(StrEnum):
    """What a part of a list holds."""

    TICKETS = "tickets"  # [[ticket id, tags to add, tags to remove]…], by id; the tags are null where there are none
    REJECTED = "rejected"  # [[row, value, why]…], by row


class TicketList(db.Model):
    """Tickets that a person pasted or uploaded. It never changes; ids mean nothing in another account."""

    __tablename__ = "ticket_lists"
    __table_args__ = (Index(None, "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(253))  # the host really called
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[float] = mapped_column(default=db_now())
    title: Mapped[str] = mapped_column(Text)  # such as the name of the file
    total: Mapped[int]  # different tickets
    duplicates: Mapped[int]
    rejected: Mapped[int]  # values that are no tickets
    read_as: Mapped[dict[str, Any]] = mapped_column(JSON)  # {column, encoding}: how it was understood
    own_tags: Mapped[bool]  # each ticket has its own

    created_by: Mapped[User] = relationship(lazy="joined")


class TicketListPart(db.Model):
    """Up to 100 tickets of a list, as one request to Zendesk asks for them; or some of what was rejected."""

    __tablename__ = "ticket_list_parts"
    __table_args__ = (CheckConstraint(f"kind in {tuple(map(str, PartKind))}", name="kind"),)

    list_id: Mapped[int] = mapped_column(ForeignKey("ticket_lists.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)  # from 0
    content: Mapped[list[list[Any]]] = mapped_column(JSON)
