"""Sign-in, sessions, API tokens and the people who have them."""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask

from config import Config


def bind_auth(app: Flask, config: Config, host: Callable[[], str | None]) -> None:
    """Who asks, and the first admin.

    :param host: that of the Zendesk account in force, which strangers would try as a password first.
    """
    from app.auth import access, first_admin
    from app.auth.attempts import Attempts

    app.extensions["attempts"] = Attempts(config.redis_url)
    app.extensions["account_host"] = host
    access.bind_access(app)
    first_admin.create_at_start(app, config)
