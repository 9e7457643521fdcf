"""How many tickets one job may have: the limit of the installation, and what admins decided for a role."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app.jobs import wording
from app.jobs.collaborators import Engine

OVER_CAP, TOO_MANY, NOT_AS_EXPECTED = "over_cap", "too_many_tickets", "not_as_expected"


@dataclass(frozen=True)
class Limit:
    """The most tickets that a job may have, and what is said of one that has more: a code, and a sentence."""

    tickets: int
    code: str
    sentence: str


def limit_of(engine: Engine, tool: str, people: Iterable[int | None], roles: Iterable[str | None]) -> Limit:
    """The limit in force now for a job that all these people (by id) want: the strictest of theirs.

    :param roles: in which they asked. That of an old token may be less than what its owner is now.
    """
    limit = Limit(engine.async_ticket_limit, TOO_MANY, wording.too_many(engine.async_ticket_limit))
    caps = [engine.cap(tool, person) for person in people if person is not None]
    caps += [engine.role_cap(tool, role) for role in roles if role is not None]
    for cap in caps:
        if cap is not None and cap.tickets < limit.tickets:
            limit = Limit(cap.tickets, OVER_CAP, wording.over_cap(*cap))
    return limit
