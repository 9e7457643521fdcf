"""A connected account for tests of pages: its host, who we act as, its views; no Zendesk behind it."""

from __future__ import annotations

import time
from typing import Any

import pytest

from app.account.cache import views
from app.account.cache.views import View
from app.account.connection import current
from app.account.connection.current import Account, Identity

HOST = "acme.zendesk.com"


def make_account(host: str = HOST) -> Account:
    return Account(host, f"https://{host}")


def make_view(view_id: int = 360001, **changes: Any) -> View:
    defaults = {
        "id": view_id,
        "title": "Open - Shipping",
        "count": 640,
        "count_fresh": True,
        "counted_at": time.time() - 750,
        "current_user": False,
        "restricted": False,
    }
    return View(**{**defaults, **changes})


def connect(
    monkeypatch: pytest.MonkeyPatch,
    *listed: View,
    connected: Account | None = None,
    problem: str | None = None,
) -> None:
    """Let the pages believe that this account is connected and has these views; by default acme in production."""
    connected = connected or make_account()
    acting = Identity(name="Giga Tools Service", email="giga@acme.example", role="admin", problem=problem)
    monkeypatch.setattr(current, "current_account", lambda: connected)
    monkeypatch.setattr(current, "identity", lambda **_: acting)
    monkeypatch.setattr(views, "views", lambda: list(listed))
    monkeypatch.setattr(views, "view", lambda view_id: next((each for each in listed if each.id == view_id), None))


def disconnect(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the pages believe that no account is configured."""
    monkeypatch.setattr(current, "current_account", lambda: None)
    monkeypatch.setattr(views, "views", list)
    monkeypatch.setattr(views, "view", lambda _view_id: None)
