"""What admins decide about tools."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.extensions import db


class ToolRule(db.Model):
    """Who may use a tool, and on how many tickets at once; a missing row means the tool's own roles and no cap."""

    __tablename__ = "tool_rules"

    tool: Mapped[str] = mapped_column(String(64), primary_key=True)
    role: Mapped[str] = mapped_column(String(16), primary_key=True)
    allowed: Mapped[bool] = mapped_column(default=True)
    most_tickets: Mapped[int | None]
