"""Fixtures for an app that is connected to a sandbox on a real port; a folder's conftest imports what it needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app.sandbox import SandboxConfig, World, create_sandbox
from config import Config, ZendeskConfig
from tests.sandbox_server import serve

SANDBOX = SandboxConfig(tickets=420, job_seconds=0.0, count_seconds=0.0, rate_limit=100_000)


@pytest.fixture
def stand_in() -> Flask:
    return create_sandbox(SANDBOX)


@pytest.fixture
def world(stand_in: Flask) -> World:
    """What the sandbox knows: its tickets, its faults, and its ledger of requests."""
    return stand_in.extensions["world"]


@pytest.fixture
def zendesk(stand_in: Flask) -> Iterator[ZendeskConfig]:
    with serve(stand_in) as url:
        yield ZendeskConfig(url, SANDBOX.oauth_client_id, SANDBOX.oauth_client_secret)


@pytest.fixture
def config(config: Config, zendesk: ZendeskConfig) -> Config:
    """The settings of `app`, connected to the sandbox."""
    return replace(config, zendesk=zendesk)


def paths(world: World, part: str = "") -> list[str]:
    """The paths of the requests that came to the sandbox so far, with `part` in them."""
    return [record.path for record in world.ledger.requests if part in record.path]
