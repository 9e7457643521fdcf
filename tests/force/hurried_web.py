"""The web process in a hurry, as the workers beside it: `gunicorn tests.force.hurried_web:app`."""

from __future__ import annotations

import pytest

from tests.force.hurry import hurry, in_a_hurry

hurry(pytest.MonkeyPatch())

from run import app  # noqa: E402 - after that

in_a_hurry(app)

__all__ = ["app"]
