"""Fixtures of the connection's tests: the app connected to a sandbox, inside an application context."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.connected import config, stand_in, world, zendesk

__all__ = ["config", "stand_in", "world", "zendesk"]


@pytest.fixture
def connected(app: Flask) -> Iterator[Flask]:
    """The app, with its context pushed: there is no user in these tests who could be carried along."""
    with app.app_context():
        yield app
