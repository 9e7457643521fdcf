"""What a person may see in Zendesk, by the Zendesk user with the same e-mail address.

All people here read through one Zendesk user, who may see more than the person who looks: a view that Zendesk
restricts to a group or a person is offered only to people whom Zendesk would show it to, unless an admin allows it.
Tickets are not covered: a person who may use a view here may see and change every ticket in it that the one user may.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from app.account.budget import turns
from app.account.cache.views_cache import View
from app.account.connection import settings
from app.account.connection.clients import prompt_client
from app.account.connection.identity import RESTRICTED
from app.account.connection.open_transaction import holds_up_others
from app.auth.models import User
from app.database import transaction
from app.settings import store
from app.zendesk import Client, ZendeskError, account_of, read_restriction

log = logging.getLogger(__name__)

OFFER_ALL = "offer_restricted_views"
LIVES = 24 * 3600.0
TROUBLE_LIVES = 60.0

LIGHT = "light"


def offered(user: User, listed: Iterable[View]) -> list[View]:
    """Those of the views that this person may use."""
    return [view for view in listed if may_use(user, view)]


def may_use(user: User, view: View) -> bool:
    """Whether this person may use the view: every person a view without a restriction; else those who may see it."""
    if not view.restricted or store.get(OFFER_ALL, False):
        return True
    match(user)
    restriction = read_restriction(view.restriction or {})
    assert restriction is not None  # noqa: S101 - it is one, if of an unknown kind
    ids = {*restriction["ids"], restriction["id"]} - {None}
    if restriction["type"] == "User":
        return user.zendesk_user_id in ids
    # Of another kind than Zendesk describes: only its admins are known to see it.
    groups = user.zendesk_groups if restriction["type"] == "Group" else ()
    return user.zendesk_role == "admin" or not ids.isdisjoint(groups or ())


def closed_groups(user: User, listed: Iterable[View]) -> frozenset[int]:
    """The groups to which Zendesk restricts a view that this person may not use."""
    hidden = [view for view in listed if view.restricted and not may_use(user, view)]
    restrictions = filter(None, (read_restriction(view.restriction or {}) for view in hidden))
    groups = [{*each["ids"], each["id"]} - {None} for each in restrictions if each["type"] == "Group"]
    return frozenset(group for ids in groups for group in ids)


def may_change_tickets(user: User) -> bool:
    """False for a light agent in Zendesk: they may search here, and no more."""
    match(user)
    return user.zendesk_role != LIGHT


def match(user: User) -> None:
    """Look the person up in Zendesk when that is due, once a day; what is found is kept in the row and in `user`.

    A visitor counts as unknown, and the unknown see no restricted view. Never raises because of Zendesk: what was
    known in the same account stays. Takes about four seconds at most.
    """
    now = settings.current()
    host = account_of(now.zendesk.base_url) if now else None
    known_here = user.zendesk_account == host
    if not known_here:
        _keep(user, _nobody(user.zendesk_account))
    fresh = known_here and user.zendesk_matched_at is not None and time.time() - user.zendesk_matched_at < LIVES
    if host is None or fresh or holds_up_others() or not turns.take(host, f"person {user.id}", TROUBLE_LIVES):
        return
    try:
        zendesk = prompt_client()
        found = _look_up(zendesk, user.email)
    except ZendeskError as error:
        log.warning("user %s could not be matched with Zendesk: %s", user.id, error)
        return
    if zendesk.account == host:
        values = {**found, "zendesk_account": host, "zendesk_matched_at": time.time()}
        with transaction() as tx:
            tx.execute(update(User).where(User.id == user.id).values(**values))
        _keep(user, values)


def _look_up(zendesk: Client, email: str) -> dict[str, Any]:
    raw = zendesk.user_by_email(email)
    if raw is None or raw.get("suspended") is True or not isinstance(raw.get("id"), int):
        return _nobody(None)
    role = LIGHT if raw.get("role_type") in RESTRICTED else raw.get("role")
    groups = zendesk.groups_of(raw["id"]) if raw.get("role") in ("agent", "admin") else []
    restriction = raw.get("ticket_restriction")
    return {
        "zendesk_user_id": raw["id"],
        "zendesk_role": str(role)[:32],
        "zendesk_groups": groups,
        "zendesk_restriction": str(restriction)[:32] if restriction else None,
    }


def _nobody(account: str | None) -> dict[str, Any]:
    nothing = dict.fromkeys(("zendesk_user_id", "zendesk_role", "zendesk_groups", "zendesk_restriction"))
    return {**nothing, "zendesk_account": account}


def _keep(user: User, values: dict[str, Any]) -> None:
    """In the object that this request works with; the row is written apart from the request's session."""
    for name, value in values.items():
        set_committed_value(user, name, value)
