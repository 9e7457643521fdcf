"""Which Zendesk account is in force, and the credentials for it."""

from __future__ import annotations

from flask import current_app

from app.zendesk import ApiToken, Credentials, OAuthClient
from config import Config, ZendeskConfig


def in_force() -> ZendeskConfig | None:
    """The settings of the account that every call goes to; None while there are none."""
    config: Config = current_app.extensions["config"]
    return config.zendesk if config.zendesk.configured else None


def credentials(zendesk: ZendeskConfig) -> Credentials:
    """OAuth when it is configured, the API token otherwise."""
    if zendesk.oauth_client_id:
        return OAuthClient(zendesk.oauth_client_id, zendesk.oauth_client_secret)
    return ApiToken(zendesk.email, zendesk.api_token)
