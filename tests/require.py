"""What a test needs from the machine: absent means skipped here, and failed where everything must run."""

from __future__ import annotations

import os

import pytest


def from_elsewhere(condition: object, reason: str) -> None:
    """Skip the calling test with `reason` unless `condition` holds, also when REQUIRE_ALL=1.

    For what no clone of this repository brings along and no machine is expected to have.
    """
    if not condition:
        pytest.skip(reason)


def require(condition: object, reason: str) -> None:
    """Skip the calling test with `reason` unless `condition` holds; fail it instead when REQUIRE_ALL=1."""
    if condition:
        return
    if os.environ.get("REQUIRE_ALL") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
