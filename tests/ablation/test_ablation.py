"""The suite notices when one of the main safeguards is missing; `make ablation` takes out all of them."""

from __future__ import annotations

import pytest

from tests.ablation.protocol import SAFEGUARDS
from tests.ablation.run import without
from tests.ablation.safeguard import Safeguard

pytestmark = pytest.mark.process

MAIN = ("stamp", "audits", "fence", "order", "tag-audits")


@pytest.mark.parametrize("safeguard", [each for each in SAFEGUARDS if each.name in MAIN], ids=lambda each: each.name)
def test_the_absence_is_noticed_of(safeguard: Safeguard):
    noticed = without(safeguard, safeguard.node)
    assert noticed.failed == (safeguard.test,), noticed.output
