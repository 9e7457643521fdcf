"""A sandbox as the account to connect, in every shape that an admin may meet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from app.sandbox import SandboxConfig, World, create_sandbox
from config import ZendeskConfig
from tests.sandbox_server import serve

SANDBOX = SandboxConfig(tickets=120, job_seconds=0.1, count_seconds=0.0)


@dataclass(frozen=True)
class Account:
    """The sandbox's world, and the right credentials for it."""

    world: World
    zendesk: ZendeskConfig

    def with_token(self, email: str = SANDBOX.email, token: str = SANDBOX.api_token) -> ZendeskConfig:
        return ZendeskConfig(self.zendesk.base_url, email=email, api_token=token)

    def with_client(self, client_id: str) -> ZendeskConfig:
        return replace(self.zendesk, oauth_client_id=client_id)


@contextmanager
def account() -> Iterator[Account]:
    stand_in = create_sandbox(SANDBOX)
    with serve(stand_in) as url:
        yield Account(
            stand_in.extensions["world"],
            ZendeskConfig(
                url, oauth_client_id=SANDBOX.oauth_client_id, oauth_client_secret=SANDBOX.oauth_client_secret
            ),
        )
