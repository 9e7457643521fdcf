"""Fixtures of the API's tests: the app connected to a sandbox, and callers with tokens."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.connected import config, stand_in, world, zendesk
from tests.web.api.contract import Caller

__all__ = ["config", "stand_in", "world", "zendesk"]


@pytest.fixture
def agent(app: Flask) -> Caller:
    return Caller(app, "agent")


@pytest.fixture
def admin(app: Flask) -> Caller:
    return Caller(app, "admin")
