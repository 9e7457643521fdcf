"""The table of presets."""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.auth.models import User
from app.database import db_now
from app.extensions import db

LONGEST_NAME = 80


class Preset(db.Model):
    """A tool as a person filled it in. What it says is checked anew whenever it is run; its ids are of one account."""

    __tablename__ = "presets"
    __table_args__ = (UniqueConstraint("created_by_id", "account", "name"), Index(None, "shared", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(String(253))  # the host really called
    created_by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[float] = mapped_column(default=db_now())
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    shared: Mapped[bool]  # for everyone who may use the tool; else for its owner alone
    tool: Mapped[str] = mapped_column(String(64))
    source: Mapped[dict[str, Any]] = mapped_column(JSON)
    source_title: Mapped[str] = mapped_column(Text)  # in words, as it was when it was saved
    parameters: Mapped[dict[str, Any]] = mapped_column(JSON)
    canary: Mapped[int]  # so many tickets first when its preview is carried out; 0 for what is usual

    created_by: Mapped[User] = relationship(lazy="joined")
