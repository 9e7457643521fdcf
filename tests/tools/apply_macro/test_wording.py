"""A macro job in one sentence, and names for values."""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs.models import Job
from app.tools.apply_macro.wording import named, sentence
from tests.tools.told import told_job

NAMES = {"group": {"by_id": {"2": {"name": "Billing"}}}}
FIELDS = {"7": {"name": "Contact reason", "options": {"reason_late": "Late"}}}


def job(status: str = "completed", **columns: Any) -> Job:
    snapshot = {"macro": {"id": 25, "title": "Delay {x}"}}
    return told_job(status, {"macro_id": 25}, **{"snapshot": snapshot, **columns})


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (job(succeeded=3_180, failed=27), "Ana applied Delay {x} to 3,180 tickets in Open shipping, 27 refused"),
        (job("running"), "Ana is applying Delay {x} to 3,207 tickets in Open shipping"),
        (job("queued", listed_at=None), "Ana is about to apply Delay {x} in Open shipping"),
        (job(dry_run=True), "Ana previewed Delay {x} on 3,207 tickets in Open shipping"),
        (job(succeeded=1, snapshot=None), "Ana applied macro 25 to 1 ticket in Open shipping"),
        (job(unknown=2, source_title="view 7"), "Ana applied Delay {x} to 0 tickets in view 7, 2 to check"),
    ],
)  # fmt: skip
def test_a_job_is_told_in_one_sentence(made: Job, told: str):
    assert sentence(made) == told


@pytest.mark.parametrize(
    ("field", "value", "name"),
    [
        ("status", "hold", "On-hold"),
        ("priority", "high", "High"),
        ("subject", "high hopes", "high hopes"),
        ("group_id", 2, "Billing"),
        ("group_id", 3, "group 3"),
        ("group_id", None, "nothing"),
        ("assignee_id", None, "nobody"),
        ("7", "reason_late", "Late"),
        ("7", ["reason_late", "x"], "Late, x"),
        ("8", True, "ticked"),
        ("8", [], "nothing"),
    ],
)
def test_a_value_has_a_name(field: str, value: Any, name: str):
    assert named(field, value, NAMES, FIELDS) == name
