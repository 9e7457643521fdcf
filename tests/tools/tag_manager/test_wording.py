"""A tag job in one sentence, at each stage."""

from typing import Any

import pytest

from app.jobs.models import Job
from app.tools.tag_manager.wording import sentence
from tests.tools.told import told_job


def job(status: str = "completed", **columns: Any) -> Job:
    return told_job(status, columns.pop("parameters", {"add": ["vip"], "remove": ["returns"]}), **columns)


CHANGE = "+vip \N{MINUS SIGN}returns"


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (job(succeeded=3_180, skipped=27), f"Ana tagged 3,180 tickets in Open shipping ({CHANGE}), 27 left out"),
        (job(succeeded=1), f"Ana tagged 1 ticket in Open shipping ({CHANGE})"),
        (job("running", succeeded=5), f"Ana is tagging 3,207 tickets in Open shipping ({CHANGE})"),
        (job("collecting", listed_at=None), f"Ana is about to change tags ({CHANGE}) in Open shipping"),
        (job(dry_run=True), f"Ana previewed {CHANGE} on 3,207 tickets in Open shipping"),
        (job("collecting", dry_run=True), f"Ana is previewing {CHANGE} on 3,207 tickets in Open shipping"),
        (
            job("cancelled", succeeded=9, skipped=4, never_started=4),
            f"Ana tagged 9 tickets in Open shipping ({CHANGE}), 4 never started, then stopped",
        ),
        (
            job("cancelled", succeeded=9, skipped=4, never_started=1),
            f"Ana tagged 9 tickets in Open shipping ({CHANGE}), 3 left out, 1 never started, then stopped",
        ),
        (
            job(dry_run=True, relation="retry"),
            f"Ana previewed a retry of {CHANGE} on 3,207 tickets in Open shipping",
        ),
        (job(unknown=2, source_title="view 7"), f"Ana tagged 0 tickets in view 7 ({CHANGE}), 2 to check"),
    ],
)
def test_a_job_is_told_in_one_sentence(made: Job, told: str):
    assert sentence(made) == told


def test_many_tags_are_cut_short():
    many = job(parameters={"add": [f"t{n}" for n in range(6)], "remove": []})
    assert "+t3 and 2 more" in sentence(many)
