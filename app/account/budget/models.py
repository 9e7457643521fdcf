"""When something of the Zendesk account was read, and when it may be read again."""

from __future__ import annotations

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db


class ZendeskRead(db.Model):
    """When a subject was last read from an account into a cache, and from when on it may be read again."""

    __tablename__ = "zendesk_reads"

    account: Mapped[str] = mapped_column(String(253), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    read_at: Mapped[float | None]
    not_before: Mapped[float] = mapped_column(default=0.0)
    said: Mapped[str | None] = mapped_column(Text)  # what a person has to know of the list that was read
