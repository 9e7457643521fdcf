"""The page of tools: what an admin saves there is what counts, and what does not fit changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.audit.models import AuditEntry
from app.extensions import db
from app.tools import confirming, rules
from app.tools.rules import Rule
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
SLUG = "tag-manager"


def decided(app: Flask) -> dict[tuple[str, str], Rule]:
    with app.app_context():
        return rules.decided()


def test_rules_are_saved_and_shown(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    form = {"allowed-admin": "on", "cap-admin": "", "cap-agent": "1,500"}
    assert admin.submit(f"/admin/tools/{SLUG}", form).status_code == 303
    assert decided(app) == {(SLUG, "admin"): Rule(True), (SLUG, "agent"): Rule(False, 1500)}
    page = admin.get("/admin/tools").text
    assert 'name="allowed-admin" checked' in page
    assert 'name="allowed-agent">' in page
    assert 'value="1500"' in page
    with app.app_context():
        summary = db.session.scalar(select(AuditEntry.summary))
    assert summary == "Decided who may use Tag Manager: admin: without a cap; agent: not at all."


def test_a_tool_that_starts_no_jobs_has_no_cap(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert 'id="tag-manager-cap-agent"' in admin.get("/admin/tools").text
    assert 'id="macro-search-cap-agent"' not in admin.get("/admin/tools").text
    admin.submit("/admin/tools/macro-search", {"allowed-admin": "on", "cap-admin": "5"})
    assert decided(app) == {("macro-search", "admin"): Rule(True), ("macro-search", "agent"): Rule(False)}
    with app.app_context():
        summary = db.session.scalar(select(AuditEntry.summary))
    assert summary == "Decided who may use Search Macros: admin: allowed; agent: not at all."


@pytest.mark.parametrize("cap", ["0", "-5", "many", "1.5", "9" * 30, "2147483648", "٣"])
def test_what_is_no_cap_is_refused_and_kept_in_the_form(app: Flask, sign_in: SignIn, cap: str) -> None:
    answer = sign_in("admin").submit(f"/admin/tools/{SLUG}", {"allowed-agent": "on", "cap-agent": cap})
    assert answer.status_code == 422
    assert "The cap for the role agent is a whole number" in answer.text
    assert f'value="{cap}"' in answer.text
    assert decided(app) == {}


def test_agents_and_unknown_tools_are_refused(app: Flask, sign_in: SignIn) -> None:
    agent = sign_in("agent")
    assert agent.get("/admin/tools").status_code == 403
    assert agent.submit(f"/admin/tools/{SLUG}", {"allowed-agent": "on"}).status_code == 403
    assert sign_in("admin").submit("/admin/tools/nonsense").status_code == 404
    assert decided(app) == {}


def test_the_number_above_which_tickets_are_typed_is_an_admins_with_a_trace(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    assert 'name="above" value="500"' in admin.get("/admin/tools").text
    assert admin.submit("/admin/tools/typed-number", {"above": "1,200"}).status_code == 303
    assert 'name="above" value="1200"' in admin.get("/admin/tools").text
    with app.app_context():
        assert confirming.type_above() == 1_200
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.detail) == ("settings.typed_number", {"before": 500, "after": 1_200})
    wrong = admin.submit("/admin/tools/typed-number", {"above": "many"})
    assert wrong.status_code == 422
    assert "Give a whole number from 0" in wrong.text
    assert sign_in("agent").submit("/admin/tools/typed-number", {"above": "1"}).status_code == 403
