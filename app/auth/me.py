"""The person who asks, as a `User` with its type: Flask-Login's `current_user` is a proxy without one."""

from __future__ import annotations

from flask_login import current_user

from app.auth.models import User


def me() -> User:
    """Who is signed in; only for views that are not public."""
    user = current_user._get_current_object()  # type: ignore[attr-defined]
    assert isinstance(user, User)  # noqa: S101 - app.auth.access lets only people through
    return user
