"""Which roles may use a tool, and on how many tickets at once: what admins decided."""

from __future__ import annotations

from typing import NamedTuple

from flask import g, has_request_context
from sqlalchemy import delete, insert, select

from app.auth.models import User
from app.database import read_transaction, transaction
from app.jobs.collaborators import Cap
from app.tools.models import ToolRule


class Rule(NamedTuple):
    """What people of one role may do with one tool."""

    allowed: bool
    most_tickets: int | None = None  # of one job; None for no cap of this kind


def decided() -> dict[tuple[str, str], Rule]:
    """What admins decided, by tool and role; read once for each request."""
    if not has_request_context():
        return _read()
    if "tool_rules" not in g:
        g.tool_rules = _read()
    return g.tool_rules


def cap_of(tool: str, user_id: int) -> Cap | None:
    """The most tickets of one job for this person, as it is decided now."""
    query = (
        select(ToolRule.most_tickets, ToolRule.role)
        .join(User, User.role == ToolRule.role)
        .where(User.id == user_id, ToolRule.tool == tool, ToolRule.most_tickets.is_not(None))
    )
    with read_transaction() as tx:
        row = tx.execute(query).first()
    return Cap(*row) if row else None


def cap_of_role(tool: str, role: str) -> Cap | None:
    """The most tickets of one job for people of this role, as it is decided now."""
    query = select(ToolRule.most_tickets).where(ToolRule.tool == tool, ToolRule.role == role)
    with read_transaction() as tx:
        tickets = tx.scalar(query)
    return None if tickets is None else Cap(tickets, role)


def decide(tool: str, rules: dict[str, Rule]) -> None:
    """Keep the rules of a tool, by role; they count from the next request on, and for jobs that are still listing."""
    rows = [{"tool": tool, "role": role, **rule._asdict()} for role, rule in rules.items()]
    with transaction() as tx:
        tx.execute(delete(ToolRule).where(ToolRule.tool == tool, ToolRule.role.in_(rules)))
        tx.execute(insert(ToolRule), rows)
    if has_request_context():
        g.pop("tool_rules", None)


def _read() -> dict[tuple[str, str], Rule]:
    with read_transaction() as tx:
        columns = (ToolRule.tool, ToolRule.role, ToolRule.allowed, ToolRule.most_tickets)
        return {(row[0], row[1]): Rule(row[2], row[3]) for row in tx.execute(select(*columns))}
