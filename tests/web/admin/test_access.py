"""Every page below /admin is for admins alone, whoever adds it, and stands in their navigation."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from tests.pages import PageClient
from tests.test_routes import addresses

SignIn = Callable[..., PageClient]


def test_agents_get_no_page_and_no_write_below_admin(app: Flask, sign_in: SignIn) -> None:
    agent = sign_in("agent")
    tried = 0
    for rule, address in addresses(app):
        if rule.rule.startswith("/admin"):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                answer = agent.get(address) if method == "GET" else agent.submit(address)
                assert answer.status_code == 403, f"{method} {address}"
                tried += 1
    assert tried > 0


def test_the_navigation_of_admins_leads_to_pages_and_agents_have_none(app: Flask, sign_in: SignIn) -> None:
    admin = sign_in("admin")
    page = admin.get("/jobs").text
    for title, path in (("People", "people"), ("Tools", "tools"), ("Audit log", "audit-log")):
        assert f'href="/admin/{path}"' in page
        shown = admin.get(f"/admin/{path}")
        assert shown.status_code == 200
        assert f"<title>{title}" in shown.text
    assert "/admin" not in sign_in("agent").get("/jobs").text
