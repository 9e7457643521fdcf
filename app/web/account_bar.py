"""The bar of every page: the Zendesk account that the page acts on, who we are there, and whether writing is on."""

from __future__ import annotations

from flask import Flask

from app.account.connection import current


def bind_account_bar(app: Flask) -> None:
    """Let templates ask for the account in force as `zendesk`."""
    app.jinja_env.globals.update(zendesk=current)
