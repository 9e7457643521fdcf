"""Which tickets a person may name: what Zendesk itself would show this agent."""

from __future__ import annotations

import time

import pytest
from flask import Flask

from app.account.cache.whose_eyes import OFFER_ALL
from app.account.cache.whose_tickets import reach
from app.account.connection.current import current_host
from app.auth.models import User
from app.settings import store
from tests.factories import make_user

MINE, MY_GROUPS, OTHER = {"assignee_id": 7, "group_id": 1}, {"group_id": 20}, {"group_id": 1, "assignee_id": 8}


def agent(**columns: object) -> User:
    """An agent whom Zendesk was asked about just now."""
    found = {"zendesk_user_id": 7, "zendesk_role": "agent", "zendesk_groups": [20], "zendesk_account": current_host()}
    return make_user(**{**found, "zendesk_matched_at": time.time(), **columns})


def test_admins_here_and_in_zendesk_and_agents_without_a_restriction_reach_everything(app: Flask) -> None:
    with app.app_context():
        for user in (make_user("admin"), agent(zendesk_role="admin"), agent()):
            found = reach(user)
            assert found is not None
            assert found.holds(OTHER)


@pytest.mark.parametrize(
    ("restriction", "within"), [("groups", [True, True, False]), ("assigned", [True, False, False])]
)
def test_a_restricted_agent_reaches_what_zendesk_shows_them(app: Flask, restriction: str, within: list[bool]) -> None:
    with app.app_context():
        found = reach(agent(zendesk_restriction=restriction))
        assert found is not None
        assert [found.holds(ticket) for ticket in (MINE, MY_GROUPS, OTHER)] == within


@pytest.mark.parametrize("found", [{"zendesk_user_id": None, "zendesk_role": None}, {"zendesk_role": "light"}])
def test_of_a_person_whom_zendesk_does_not_know_nothing_is_known(app: Flask, found: dict[str, object]) -> None:
    with app.app_context():
        assert reach(agent(**found)) is None
        store.put(OFFER_ALL, True, None)
        assert reach(agent(**found)) is not None
