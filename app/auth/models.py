"""People who may sign in, their sessions, and their personal API tokens."""

from __future__ import annotations

from flask_login import UserMixin
from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database import db_now
from app.extensions import db

ROLES = ("admin", "agent")


class User(UserMixin, db.Model):
    """A person who may sign in; e-mail addresses are kept in lower case."""

    __tablename__ = "users"
    __table_args__ = (CheckConstraint("role in ('admin', 'agent')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(Text)
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[float] = mapped_column(default=db_now())
    last_login_at: Mapped[float | None]
    # The Zendesk user with the same e-mail address, as it was matched last: whose views may be offered here.
    zendesk_user_id: Mapped[int | None] = mapped_column(BigInteger)
    zendesk_account: Mapped[str | None] = mapped_column(String(253))  # where; ids mean nothing in another account
    zendesk_role: Mapped[str | None] = mapped_column(String(32))
    zendesk_groups: Mapped[list[int] | None] = mapped_column(JSON)
    zendesk_restriction: Mapped[str | None] = mapped_column(String(32))  # on the tickets of the agent; None for none
    zendesk_matched_at: Mapped[float | None]

    @property
    def is_active(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride] - it says True for each user
        return self.active

    @property
    def is_admin(self) -> bool:
        return self.role == "admin"


class UserSession(db.Model):
    """One signed-in browser: deleting the row ends the session, whatever cookie comes back."""

    __tablename__ = "user_sessions"

    id_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[float] = mapped_column(default=db_now())
    last_seen_at: Mapped[float] = mapped_column(default=db_now())
    confirmed_at: Mapped[float | None]  # when the person gave the password once more


class ApiToken(db.Model):
    """A personal API token: only its SHA-256 is kept."""

    __tablename__ = "api_tokens"
    __table_args__ = (CheckConstraint("role in ('admin', 'agent')", name="role"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    public_replies: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[float] = mapped_column(default=db_now())
    last_used_at: Mapped[float | None]
    revoked_at: Mapped[float | None]
    expires_at: Mapped[float | None]  # None for never
    role: Mapped[str] = mapped_column(String(16))  # its owner's when it was made: it never does more than that

    user: Mapped[User] = relationship()
