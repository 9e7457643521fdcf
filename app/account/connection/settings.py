"""Which Zendesk account is in force, and the credentials for it: saved by an admin, else named by the environment."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Row, select
from sqlalchemy.exc import SQLAlchemyError

from app.account.connection.models import ZendeskSettings
from app.account.connection.process import of_this_process
from app.database import read_transaction
from app.sealing import Sealed, unseal
from app.settings import store
from app.zendesk import ApiToken, Credentials, Network, OAuthClient, account_of
from config import Config, ZendeskConfig

log = logging.getLogger(__name__)

SAVED, ENVIRONMENT = "saved", "environment"
OAUTH, TOKEN = "oauth", "token"
READ_ONLY = "environment_read_only"  # the setting that names the environment's account while it is read-only


@dataclass(frozen=True)
class InForce:
    """The account that every call goes to."""

    zendesk: ZendeskConfig
    source: str  # SAVED or ENVIRONMENT
    writing: bool = True  # False: read-only until an admin turns writing on
    readable: bool = True  # False: none of the present keys opens the saved secret


class _Last:
    """What this process read last: an error page must be shown also while the database is away."""

    known: InForce | None = None
    read_from: tuple[object, ...] | None = None


def current() -> InForce | None:
    """The account in force as the database has it now; None while there is none.

    While the database does not answer, what this process knew before; None when it knew nothing.
    """
    last = of_this_process(_Last)
    try:
        row = newest()
        if row is None:
            last.known, last.read_from = _from_environment(), ()
    except SQLAlchemyError as error:
        log.warning("the saved account cannot be read (%s)", type(error).__name__)
        return last.known
    if row is not None and last.read_from != tuple(row):
        last.known, last.read_from = _from_row(row), tuple(row)
    return last.known


def in_force() -> ZendeskConfig | None:
    """The settings of the account that every call goes to; None while there are none."""
    now = current()
    return now.zendesk if now else None


def newest() -> Row[int, str, str, str, str, bool] | None:
    """The row that was saved last: id, subdomain, method, identifier, secret (encrypted), writing."""
    columns = (
        ZendeskSettings.id,
        ZendeskSettings.subdomain,
        ZendeskSettings.method,
        ZendeskSettings.identifier,
        ZendeskSettings.secret,
        ZendeskSettings.writing,
    )
    with read_transaction() as tx:
        return tx.execute(select(*columns).order_by(ZendeskSettings.id.desc()).limit(1)).first()


def account_at(subdomain: str, method: str, identifier: str, secret: str) -> ZendeskConfig:
    """An account as an admin names it; ZENDESK_API_URL replaces its address."""
    base_url = _config().zendesk_api_url or f"https://{subdomain}.zendesk.com"
    if method == OAUTH:
        return ZendeskConfig(base_url, oauth_client_id=identifier, oauth_client_secret=secret, subdomain=subdomain)
    return ZendeskConfig(base_url, email=identifier, api_token=secret, subdomain=subdomain)


def credentials(zendesk: ZendeskConfig) -> Credentials:
    """OAuth when it is configured, the API token otherwise."""
    if zendesk.oauth_client_id:
        return OAuthClient(zendesk.oauth_client_id, zendesk.oauth_client_secret)
    return ApiToken(zendesk.email, zendesk.api_token)


def network() -> Network:
    """The way out of our network, which only the environment names."""
    config = _config()
    return Network(config.https_proxy, config.no_proxy, config.ca_bundle)


def _from_environment() -> InForce | None:
    zendesk = _config().zendesk
    if not zendesk.configured:
        return None
    return InForce(zendesk, ENVIRONMENT, writing=store.get(READ_ONLY) != account_of(zendesk.base_url))


def _from_row(row: Row[int, str, str, str, str, bool]) -> InForce:
    try:
        secret, readable = unseal(_config().encryption_keys, row.secret), True
    except Sealed:
        log.error("the saved Zendesk secret cannot be decrypted with the present keys; an admin must enter it again")
        secret, readable = "", False
    zendesk = account_at(row.subdomain, row.method, row.identifier, secret)
    return InForce(zendesk, SAVED, row.writing, readable)


def _config() -> Config:
    return current_app.extensions["config"]
