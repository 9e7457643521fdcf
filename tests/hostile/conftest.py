"""The share of the cases that a test sends."""

from __future__ import annotations

import pytest

from tests.hostile.share import Share


@pytest.fixture(params=[pytest.param(True, id="sample"), pytest.param(False, id="rest", marks=pytest.mark.force)])
def share(request: pytest.FixtureRequest) -> Share:
    """A test that asks for it runs twice: with a sample in `make test`, and with all others."""
    return Share(sample=request.param)
