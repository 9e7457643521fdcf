"""Saves the account that an admin connects, and what they decide about writing to it."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import current_app
from sqlalchemy import Connection, Row, delete, insert, select, update

from app.account.budget.models import ZendeskRead
from app.account.cache import views_cache
from app.account.connection import settings
from app.account.connection.models import ZendeskSettings, ZendeskToken
from app.auth.models import User
from app.database import db_now, transaction
from app.sealing import Sealed, seal, unseal
from app.settings import store
from app.zendesk import account_of
from config import Config, ZendeskConfig


class SecretNeeded(ValueError):  # noqa: N818 - said of what a person left out
    """No secret was given, and none is kept for this account and name."""


@dataclass(frozen=True)
class Typed:
    """An account as an admin gave it; an empty secret means the one that is kept."""

    subdomain: str
    method: str  # settings.OAUTH or settings.TOKEN
    identifier: str
    secret: str = field(default="", repr=False)

    def is_of(self, row: Row[int, str, str, str, str, bool]) -> bool:
        """Whether the saved secret belongs to what was given."""
        return (self.subdomain, self.method, self.identifier) == (row.subdomain, row.method, row.identifier)


def account(typed: Typed) -> ZendeskConfig:
    """The account with its secret, given or kept.

    :raises SecretNeeded: when there is neither, or none of the present keys opens the one that is kept.
    """
    secret = typed.secret
    if not secret:
        row = settings.newest()
        if row is None or not typed.is_of(row):
            raise SecretNeeded
        try:
            secret = unseal(_keys(), row.secret)
        except Sealed:
            raise SecretNeeded from None
    return settings.account_at(typed.subdomain, typed.method, typed.identifier, secret)


def save(typed: Typed, user_id: int) -> str:
    """Put the account in force; its host. A newly saved one is read-only, a new secret for the same one leaves it.

    :raises SecretNeeded: as `account`.
    """
    zendesk = account(typed)
    secret = zendesk.oauth_client_secret or zendesk.api_token
    row = settings.newest()
    same = row is not None and typed.is_of(row)
    values = {
        "subdomain": typed.subdomain,
        "method": typed.method,
        "identifier": typed.identifier,
        "secret": seal(_keys(), secret),
        "writing": bool(same and row and row.writing),
        "saved_at": db_now(),
        "saved_by_id": user_id,
    }
    with transaction() as tx:
        new_id = tx.execute(insert(ZendeskSettings).values(**values).returning(ZendeskSettings.id)).scalar_one()
        tx.execute(delete(ZendeskSettings).where(ZendeskSettings.id != new_id))  # no old secret is kept
        _forget_what_was_read(tx)
    return account_of(zendesk.base_url)


def forget() -> None:
    """Remove the saved account with its secret: the environment's is in force again."""
    with transaction() as tx:
        tx.execute(delete(ZendeskSettings))
        _forget_what_was_read(tx)


def set_writing(on: bool, user_id: int) -> None:
    """Turn writing to the account in force on or off."""
    now = settings.current()
    if now is None:
        return
    if now.source == settings.ENVIRONMENT:
        host = account_of(now.zendesk.base_url)
        store.put(settings.READ_ONLY, None if on else host, user_id)
        return
    with transaction() as tx:
        newest = select(ZendeskSettings.id).order_by(ZendeskSettings.id.desc()).limit(1).scalar_subquery()
        tx.execute(update(ZendeskSettings).where(ZendeskSettings.id == newest).values(writing=on))


def _forget_what_was_read(tx: Connection) -> None:
    """Another user may see other views and other people."""
    tx.execute(delete(ZendeskToken))
    tx.execute(delete(ZendeskRead))
    views_cache.clear(tx)
    tx.execute(update(User).values(zendesk_matched_at=None))


def _keys() -> tuple[str, ...]:
    config: Config = current_app.extensions["config"]
    return config.encryption_keys
