"""The suite notices when one of the four main safeguards is missing; `make ablation` takes out all of them."""

from __future__ import annotations

import pytest

from tests.jobs.ablation import PROTOCOL, QUICK, SAFEGUARDS, Safeguard, without


@pytest.mark.parametrize("safeguard", [each for each in SAFEGUARDS if each.name in QUICK], ids=lambda each: each.name)
def test_the_absence_is_noticed_of(safeguard: Safeguard):
    noticed = without(safeguard, f"{PROTOCOL}::{safeguard.test}")
    assert noticed.failed == (safeguard.test,), noticed.output
