"""Which tickets a person may name by their ids, or search for: those that Zendesk itself would show this person.

A view is listed by whoever may use it (`whose_eyes`). With ids and queries no view stands between a person and a ticket
that only the Zendesk user may see through whom everybody here reads; so each ticket is held against what Zendesk lets
the person see, by the agent with the same e-mail address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.account.cache.whose_eyes import OFFER_ALL, match
from app.auth.models import User
from app.settings import store


@dataclass(frozen=True)
class Reach:
    """What a person may reach; `everything`, or by the restriction that Zendesk puts on the agent."""

    everything: bool = False
    restriction: str = ""
    user_id: int | None = None
    groups: frozenset[int] = frozenset()

    def holds(self, ticket: dict[str, Any]) -> bool:
        """Whether this ticket, as Zendesk gave it, is within reach."""
        if self.everything:
            return True
        if self.user_id in (ticket.get("assignee_id"), ticket.get("requester_id")):
            return True
        return self.restriction == "groups" and ticket.get("group_id") in self.groups


EVERYTHING = Reach(everything=True)


def reach(user: User) -> Reach | None:
    """What this person may reach; None where Zendesk knows no such agent, and so nobody knows.

    Everything for our admins, for Zendesk's, for agents on whom Zendesk puts no restriction, and for everybody once an
    admin decided that restricted views are offered to all.
    """
    if user.is_admin or store.get(OFFER_ALL, False):
        return EVERYTHING
    match(user)
    if user.zendesk_user_id is None or user.zendesk_role not in ("admin", "agent"):
        return None
    if user.zendesk_role == "admin" or not user.zendesk_restriction:
        return EVERYTHING
    groups = frozenset(user.zendesk_groups or ())
    return Reach(restriction=user.zendesk_restriction, user_id=user.zendesk_user_id, groups=groups)
