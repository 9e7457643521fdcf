"""Sign-in, sessions, API tokens and the people who have them."""

from __future__ import annotations

from flask import Flask

from config import Config


def bind_auth(app: Flask, config: Config) -> None:
    """Who asks, the sign-in pages, the profile, and the first admin."""
    from app.auth import access, first_admin, profile, routes
    from app.auth.attempts import Attempts

    app.extensions["attempts"] = Attempts(config.redis_url)
    access.bind_access(app)
    app.register_blueprint(routes.bp)
    app.register_blueprint(profile.bp)
    first_admin.create_at_start(app, config)
