"""Following a job where no terminal is: what is said, when it ends, and what does not end it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import chain, repeat

import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from app.cli.jobs import exits, follow
from app.extensions import db
from app.jobs.models import Job
from app.jobs.store.queries import Pace
from tests.cli.jobs.conftest import Jobs

Stored = Callable[..., Job]
Change = dict[str, object]
AWAY = OperationalError("SELECT", {}, Exception("the server closed the connection"))


@pytest.fixture
def between(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`between(job, {"succeeded": 50}, …)`: what happens to the job between one look and the next."""

    def between(job: Job, *steps: Change | BaseException) -> None:
        left: Iterator[Change | BaseException] = iter(steps)

        def pass_time(_seconds: float) -> None:
            step = next(left)
            if isinstance(step, BaseException):
                raise step
            for name, value in step.items():
                setattr(db.session.get_one(Job, job.id), name, value)
            db.session.commit()

        monkeypatch.setattr(follow.time, "sleep", pass_time)

    return between


def test_each_change_of_status_or_quarter_is_said_once(
    jobs: Jobs, stored: Stored, between: Callable[..., None], database: str
) -> None:
    job = stored(status="queued", total=100)
    waiting = {"waiting_for": "Zendesk's rate limit"}
    between(
        job,
        {"status": "running"},
        {"succeeded": 10},
        {"succeeded": 26, **waiting},
        {"succeeded": 40},
        {"succeeded": 60, "waiting_for": None},
        {"status": "completed", "succeeded": 100},
    )
    shown = jobs("show", job.id, "--follow")
    assert shown.exit_code == exits.DONE
    assert shown.stderr.splitlines() == [
        f"Job {job.id}: Waiting to start.",
        f"Job {job.id}: Running, 0 per cent.",
        f"Job {job.id}: Running, 25 per cent.",
        "Waits for Zendesk's rate limit.",
        f"Job {job.id}: Running, 50 per cent.",
        f"Job {job.id}: Done. 100 of 100 tickets.",
    ]
    assert "Changed              100" in shown.stdout


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ({"status": "completed", "succeeded": 2, "failed": 1}, exits.NOT_ALL),
        ({"status": "failed", "error": "Zendesk refused our credentials."}, exits.REFUSED),
        ({"status": "paused"}, exits.GOES_ON),
    ],
)
def test_following_ends_when_nothing_more_happens_by_itself(
    jobs: Jobs, stored: Stored, between: Callable[..., None], end: Change, code: int
) -> None:
    job = stored(status="running", total=3)
    between(job, end)
    shown = jobs("show", job.id, "--follow", "--json")
    assert shown.exit_code == code
    assert json.loads(shown.stdout)["status"] == end["status"]


def test_ctrl_c_leaves_the_job_running_and_says_so(
    app: Flask, jobs: Jobs, stored: Stored, between: Callable[..., None]
) -> None:
    job = stored(status="running", total=3)
    between(job, {"succeeded": 1}, KeyboardInterrupt())
    shown = jobs("show", job.id, "--follow", "--json")
    assert shown.exit_code == exits.GOES_ON
    assert f"Job {job.id} goes on without this command." in shown.stderr
    assert f"flask --app run jobs show {job.id} --follow" in shown.stderr
    assert json.loads(shown.stdout)["succeeded"] == 1
    with app.app_context():
        assert db.session.get_one(Job, job.id).requested_state == "run"


def test_a_database_that_is_away_for_a_moment_is_asked_again(
    jobs: Jobs, stored: Stored, between: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: Iterator[Pace | Exception] = chain([AWAY, AWAY], repeat(Pace()))

    def pace(_job: Job) -> Pace:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    job = stored(status="running", total=1)
    between(job, {}, {}, {"status": "completed", "succeeded": 1})
    monkeypatch.setattr(follow.queries, "pace", pace)
    assert jobs("show", job.id, "--follow", "--json").exit_code == exits.DONE


def test_a_database_that_stays_away_ends_the_command_with_a_sentence(
    jobs: Jobs, stored: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pace(_job: Job) -> Pace:
        raise AWAY

    job = stored(status="running", total=1)
    monkeypatch.setattr(follow.time, "sleep", lambda _seconds: None)
    monkeypatch.setattr(follow.queries, "pace", pace)
    refused = jobs("show", job.id, "--follow")
    assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
    assert "Error: The database does not answer. Try again in a minute." in refused.stderr
