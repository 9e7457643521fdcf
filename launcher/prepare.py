"""Brings the database to the newest revision and makes the first admin: `python -m launcher.prepare`.

A process of its own, because it needs the whole app, which the launcher does without. Standard output is for the person
who started the launcher: the first admin's sign-in, or what went wrong.
"""

from __future__ import annotations

import sys

import flask_migrate
from sqlalchemy.exc import OperationalError

from app import create_app
from app.auth.first_admin import ensure_first_admin
from app.auth.people import PersonRefused
from app.extensions import db
from config import ConfigError


def prepare() -> str:
    """Do both; the lines that tell how the first admin signs in, none when there was one."""
    app = create_app()
    with app.app_context():
        flask_migrate.upgrade()
        made = ensure_first_admin(app.extensions["config"])
        db.engine.dispose()
    if made is None:
        return ""
    email, password = made
    return f"E-mail: {email}\nPassword: {password or '(as set in ADMIN_PASSWORD)'}"


if __name__ == "__main__":
    try:
        print(prepare())
    except (ConfigError, PersonRefused) as refusal:
        sys.exit(print(refusal) or 1)
    except OperationalError as error:
        print(f"The database cannot be reached ({error.orig}). Is it running, and is DATABASE_URL right?")
        sys.exit(1)
