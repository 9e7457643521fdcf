"""Keys that Zendesk drops from a change it otherwise takes: no ticket counts as plainly done, and the job says so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from app.jobs.collaborators import engine
from app.jobs.commands import again, service
from tests.jobs.storm.storm import BATCH, Storm

PUT = "method=PUT:path=/tickets/update_many"


def ends(weather: Storm, job_id: int) -> None:
    for _ in range(10):
        weather.drive(job_id)
        weather.clock.sleep(5.0)


def outcomes(weather: Storm, job_id: int) -> Counter[tuple[str, str | None]]:
    return Counter((item.outcome, item.error) for item in weather.items(job_id))


def test_a_change_of_which_all_was_dropped_was_not_made(weather: Storm):
    weather.fault(f"drops-keys:{PUT}:keys=additional_tags")
    [job_id] = weather.start("tag").jobs
    ends(weather, job_id)
    assert outcomes(weather, job_id) == {("failed", "dropped: additional_tags"): 12}
    job = weather.jobs()[0]
    assert job.status == "completed"
    assert "dropped additional_tags" in (job.error or "")


def test_a_change_that_was_not_whole_says_what_is_missing_and_is_not_tried_again(weather: Storm):
    weather.fault(f"drops-keys:{PUT}:keys=metadata")
    [job_id] = weather.start("comment").jobs
    ends(weather, job_id)
    assert outcomes(weather, job_id) == {("succeeded", "dropped: metadata"): 12}
    assert "dropped metadata" in (weather.jobs()[0].error or "")
    with pytest.raises(service.JobRefused):
        again.retry(job_id, weather.user)


@pytest.mark.parametrize("key", ["safe_update", "updated_stamp", "safe_update,updated_stamp"])
@pytest.mark.parametrize("turns", [45.0, 1.5])
def test_where_stamps_are_dropped_nothing_more_is_sent(turns: float, key: str, weather: Storm):
    weather.app.extensions["jobs"] = replace(engine(), max_inflight_jobs=1)
    weather.fault(f"drops-keys:{PUT}:keys={key}")
    [job_id] = weather.start("comment").jobs
    for _ in range(10):
        weather.drive(job_id, seconds=turns)
        weather.clock.sleep(5.0)
    job = weather.jobs()[0]
    assert job.status == "failed"
    assert "nothing more is sent" in (job.error or "")
    assert weather.witness.writes == 1
    assert outcomes(weather, job_id)["pending", None] >= 12 - BATCH, "without a stamp Zendesk may have refused it"
    service.resume(job_id)
    weather.calm()
    ends(weather, job_id)
    assert weather.jobs()[0].status == "completed"
