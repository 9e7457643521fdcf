"""The account that an admin saved, and the OAuth token that all processes share."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, ForeignKey, String, Text
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
