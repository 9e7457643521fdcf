"""Fixtures of the API's tests: the app connected to a sandbox on a real port, and callers with tokens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.sandbox import SandboxConfig, World, create_sandbox
from config import Config, ZendeskConfig
from tests.api.contract import Caller
from tests.sandbox_server import serve

SANDBOX = SandboxConfig(tickets=420, job_seconds=0.0, count_seconds=0.0, rate_limit=100_000)


@pytest.fixture
def stand_in() -> Flask:
    return create_sandbox(SANDBOX)


@pytest.fixture
def world(stand_in: Flask) -> World:
    """What the sandbox knows: its tickets, and its ledger of requests."""
    return stand_in.extensions["world"]


@pytest.fixture
def zendesk(stand_in: Flask) -> Iterator[ZendeskConfig]:
    with serve(stand_in) as url:
        yield ZendeskConfig(url, SANDBOX.oauth_client_id, SANDBOX.oauth_client_secret)


@pytest.fixture
def config(config: Config, zendesk: ZendeskConfig) -> Config:
    """The settings of `app`, connected to the sandbox."""
    return replace(config, zendesk=zendesk)


@pytest.fixture
def agent(app: Flask) -> Caller:
    return Caller(app, "agent")


@pytest.fixture
def admin(app: Flask) -> Caller:
    return Caller(app, "admin")
