"""How a job looks: word, bar, milestones."""

from __future__ import annotations

from typing import Any

import pytest

from app.jobs import wording
from app.jobs.models import Job
from app.jobs.status import STATUSES
from app.web.pages.jobs import shown


def job(**columns: Any) -> Job:
    names = ("total", "succeeded", "unchanged", "failed", "skipped", "unknown", "never_started")
    counters = dict.fromkeys(names, 0)
    return Job(**{"id": 214, "status": "running", "requested_state": "run", "dry_run": False, **counters, **columns})


def test_done_is_only_what_went_well() -> None:
    assert shown.status_of(job(status="completed", succeeded=3, skipped=1)).tone == "good"
    for outcome in ("failed", "unknown"):
        status = shown.status_of(job(status="completed", succeeded=3, **{outcome: 1}))
        assert (status.word, status.tone) == ("Done with problems", "warn")
    assert shown.status_of(job(status="completed", dry_run=True, failed=1)).word == "Preview ready"


def test_a_job_that_waits_for_a_look_says_for_whom() -> None:
    waits = job(status="paused", canary_status="waiting", waiting_for=wording.review_first(5))
    assert shown.status_of(waits).word == "Waiting for you"
    assert shown.waiting(waits) == "Waiting for you: look at the first 5 tickets in Zendesk, then continue the job"
    assert shown.waiting(job(status="paused")) == ""
    assert shown.waiting(job(waiting_for="Zendesk's rate limit")) == "Waits for Zendesk's rate limit"


def test_a_stopped_job_shows_the_share_that_had_its_turn() -> None:
    stopped = job(status="cancelled", total=2_640, succeeded=2_000, skipped=640, never_started=613)
    assert shown.percent(stopped) == 76
    assert shown.stand(stopped) == "2,027 of 2,640 tickets, 613 never started"
    assert shown.milestone(stopped) == "Job 214: Stopped. 2,027 of 2,640 tickets, 613 never started."
    counts = {(count.outcome, count.error): count.number for count in shown.counts(stopped)}
    assert counts["skipped", None] == 27
    assert counts["skipped", "cancelled"] == 613
    assert sum(counts.values()) == stopped.total
    assert sum(part.width for part in shown.segments(stopped)) < 77


@pytest.mark.parametrize(("for_person", "wakes_at"), [(True, None), (False, 1_795_485_997.0)])
def test_no_time_is_told_where_a_person_decides(for_person: bool, wakes_at: float | None) -> None:
    waits = job(waiting_for="an admin", wake_at=1_795_485_997.0, waits_for_person=for_person)
    assert shown.wakes_at(waits) == wakes_at


def test_every_status_has_a_word() -> None:
    assert {shown.status_of(job(status=status)).word for status in STATUSES} == {
        "Waiting to start",
        "Listing tickets",
        "Running",
        "Paused",
        "Stopping",
        "Stopped",
        "Done",
        "Failed",
    }


def test_a_command_to_pause_is_seen_before_it_is_fulfilled() -> None:
    assert shown.status_of(job(requested_state="pause")).word == "Pausing"
    assert shown.status_of(job(status="paused", requested_state="pause")).word == "Paused"


def test_a_finished_dry_run_is_a_preview_that_foretells() -> None:
    preview = job(status="completed", dry_run=True)
    assert shown.status_of(preview).word == "Preview ready"
    assert shown.outcome_word(preview, "succeeded") == "Will change"
    assert shown.outcome_word(job(), "succeeded") == "Changed"


def test_the_counts_add_up_to_the_total() -> None:
    counts = shown.counts(job(total=100, succeeded=40, unchanged=5, failed=3, skipped=2, unknown=1))
    assert sum(count.number for count in counts) == 100
    assert counts[-1] == shown.Count("pending", "Left", 49, "")


def test_the_segments_stand_side_by_side() -> None:
    segments = shown.segments(job(total=200, succeeded=100, failed=50))
    assert [(part.x, part.width, part.tone) for part in segments] == [(0.0, 50.0, "good"), (50.0, 25.0, "bad")]
    assert shown.segments(job()) == []


@pytest.mark.parametrize(("processed", "percent"), [(0, 0), (9_999, 99), (10_000, 100)])
def test_the_percentage_is_100_only_when_all_is_done(processed: int, percent: int) -> None:
    assert shown.percent(job(total=10_000, succeeded=processed)) == percent


def test_progress_is_said_aloud_by_quarters() -> None:
    said = [shown.milestone(job(total=100, succeeded=done)) for done in range(100)]
    assert len(set(said)) == 4
    assert said[49] == "Job 214: Running, 25 per cent."
    done = shown.milestone(job(total=100, succeeded=99, failed=1, status="completed"))
    assert done == "Job 214: Done with problems. 100 of 100 tickets."
