"""Which tickets a person may name by their ids, or search for: those that Zendesk itself would show this person.

A view is listed by whoever may use it (`whose_eyes`). With ids and queries no view stands between a person and a ticket
that only the Zendesk user may see through whom everybody here reads; so each ticket is held against what Zendesk lets
the person see, by the agent with the same e-mail address. And a group to which Zendesk restricts a view that this
person may not use keeps its tickets to itself here: what no view shows them, no search and no number does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from app.account.cache.views import views
from app.account.cache.whose_eyes import OFFER_ALL, closed_groups, match
from app.auth.models import User
from app.settings import store


@dataclass(frozen=True)
class Reach:
    """What a person may reach; `everything`, or by the restriction that Zendesk puts on the agent."""

    everything: bool = False
    restriction: str = ""
    user_id: int | None = None
    groups: frozenset[int] = frozenset()
    closed_groups: frozenset[int] = frozenset()

    def holds(self, ticket: dict[str, Any]) -> bool:
        """Whether this ticket, as Zendesk gave it, is within reach."""
        if self.everything:
            return True
        if self.user_id in (ticket.get("assignee_id"), ticket.get("requester_id")):
            return True
        if self.restriction:
            return self.restriction == "groups" and ticket.get("group_id") in self.groups
        return self.user_id is not None and ticket.get("group_id") not in self.closed_groups


EVERYTHING = Reach(everything=True)


def reach(user: User, role: str | None = None) -> Reach | None:
    """What this person may reach; None where Zendesk knows no such agent, and so nobody knows.

    Everything for our admins, for Zendesk's, and for everybody once an admin decided that restricted views are offered
    to all.

    :param role: in which they asked, where that may be less than they are.
    :raises ZendeskError: when the account's views were never read, and cannot be now.
    """
    if (user.is_admin and role in (None, user.role)) or store.get(OFFER_ALL, False):
        return EVERYTHING
    match(user)
    if user.zendesk_user_id is None or user.zendesk_role not in ("admin", "agent"):
        return None
    if user.zendesk_role == "admin":
        return EVERYTHING
    closed = closed_groups(user, views())
    groups = frozenset(user.zendesk_groups or ())
    restriction = user.zendesk_restriction or ""
    return Reach(restriction=restriction, user_id=user.zendesk_user_id, groups=groups, closed_groups=closed)
