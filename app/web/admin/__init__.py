"""The pages of admins: one blueprint for each, all behind the role, with their entries in the navigation."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, Flask, abort
from flask_login import current_user

from app.auth.access import NotSignedIn


class Entry(NamedTuple):
    """A page of admins in the navigation."""

    bp: Blueprint
    icon: str  # a Bootstrap icon's name
    title: str


def _entries() -> tuple[Entry, ...]:
    from app.web.admin.audit.routes import bp as audit
    from app.web.admin.connection.routes import bp as connection
    from app.web.admin.people.routes import bp as people
    from app.web.admin.system.routes import bp as system
    from app.web.admin.tools.routes import bp as tools

    return (
        Entry(connection, "plug", "Connection"),
        Entry(people, "people", "People"),
        Entry(tools, "sliders", "Tools"),
        Entry(audit, "journal-text", "Audit log"),
        Entry(system, "hdd-stack", "System"),
    )


def bind_admin(app: Flask) -> None:
    """Mount the pages in this order, each behind sign-in and the role; each blueprint's front page is `index`."""
    entries = _entries()
    for entry in entries:
        app.before_request_funcs.setdefault(entry.bp.name, []).append(_only_admins)
        app.register_blueprint(entry.bp)
    app.context_processor(
        lambda: {"nav_admin": entries if current_user.is_authenticated and current_user.is_admin else ()}
    )


def _only_admins() -> None:
    if not current_user.is_authenticated:
        raise NotSignedIn
    if not current_user.is_admin:
        abort(403)
