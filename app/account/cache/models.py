"""What was read last of the Zendesk account, for all processes: its views and its macros."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db


class ZendeskView(db.Model):
    """A view as Zendesk listed it last, with its last known count; never the truth about its tickets."""

    __tablename__ = "zendesk_views"

    account: Mapped[str] = mapped_column(String(253), primary_key=True)
    view_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    title: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(default=0)
    restriction: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    current_user: Mapped[bool] = mapped_column(default=False)
    count: Mapped[int | None]
    count_fresh: Mapped[bool] = mapped_column(default=False)
    counted_at: Mapped[float | None]
    asked_at: Mapped[float | None]  # for its count; an answer may be "not known yet"


class ZendeskMacros(db.Model):
    """All macros of an account as they were read last, packed; `version` grows with every reading.

    While a process is reading, `so_far` says how many macros are there already, and `trouble` why it failed last.
    """

    __tablename__ = "zendesk_macros"

    account: Mapped[str] = mapped_column(String(253), primary_key=True)
    reader: Mapped[str] = mapped_column(String(64))  # whose eyes: what Zendesk lists depends on who asks
    version: Mapped[int] = mapped_column(default=0)
    packed: Mapped[bytes | None] = mapped_column(LargeBinary)
    read_at: Mapped[float | None]
    mark: Mapped[str | None] = mapped_column(Text)
    so_far: Mapped[int | None]
    trouble: Mapped[str | None] = mapped_column(Text)
