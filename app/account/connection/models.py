"""What all processes share of the Zendesk account: its OAuth token, and caches of its views and macros."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import db_now
from app.extensions import db


class ZendeskToken(db.Model):
    """The OAuth access token of one client on one account, encrypted."""

    __tablename__ = "zendesk_tokens"

    owner: Mapped[str] = mapped_column(String(512), primary_key=True)  # host and client id
    ciphertext: Mapped[str | None] = mapped_column(Text)
    issued_at: Mapped[float | None]
    expires_at: Mapped[float] = mapped_column(default=0.0)
    renewing_until: Mapped[float] = mapped_column(default=0.0)  # a process is fetching a new one


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


class ZendeskRead(db.Model):
    """When a subject was last read from an account into a cache, and from when on it may be read again."""

    __tablename__ = "zendesk_reads"

    account: Mapped[str] = mapped_column(String(253), primary_key=True)
    subject: Mapped[str] = mapped_column(String(32), primary_key=True)
    read_at: Mapped[float | None]
    not_before: Mapped[float] = mapped_column(default=0.0)
    said: Mapped[str | None] = mapped_column(Text)  # what a person has to know of the list that was read


class ZendeskSettings(db.Model):
    """The account saved by an admin; the newest row is in force, none means that the environment is."""

    __tablename__ = "zendesk_settings"
    __table_args__ = (CheckConstraint("method in ('oauth', 'token')", name="method"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subdomain: Mapped[str] = mapped_column(String(63))
    method: Mapped[str] = mapped_column(String(8))
    identifier: Mapped[str] = mapped_column(String(254))  # the OAuth client's id, or the e-mail address
    secret: Mapped[str] = mapped_column(Text)  # encrypted; the OAuth client's secret, or the API token
    writing: Mapped[bool] = mapped_column(default=False)  # a newly saved account is read-only
    saved_at: Mapped[float] = mapped_column(default=db_now())
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
