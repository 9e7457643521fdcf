"""Fixtures of the commands' tests: the app connected to a sandbox, people, and a shell without a terminal."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from click.testing import Result
from flask import Flask

from app.account.connection.current import current_host
from app.auth.models import User
from app.jobs.models import Job
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_item, make_job, make_user

__all__ = ["config", "stand_in", "world", "zendesk"]

Jobs = Callable[..., Result]


@pytest.fixture
def jobs(app: Flask) -> Jobs:
    """`jobs("show", 1)`: run a command; standard output and standard error of the result are apart."""

    def jobs(*words: object, stdin: str = "") -> Result:
        result = app.test_cli_runner().invoke(args=["jobs", *map(str, words)], input=stdin)
        assert "Traceback" not in result.output
        return result

    return jobs


@pytest.fixture
def agent(app: Flask) -> User:
    with app.app_context():
        return make_user("agent")


@pytest.fixture
def admin(app: Flask) -> User:
    with app.app_context():
        return make_user("admin")


@pytest.fixture
def stored(app: Flask, agent: User) -> Callable[..., Job]:
    """`stored(status="running", failed=2)`: a job of the agent in the database, with tickets for its counts."""

    def stored(**columns: object) -> Job:
        with app.app_context():
            job = make_job(columns.pop("by", agent), **{"account": current_host(), "listed_at": 1.0, **columns})  # type: ignore[arg-type]
            outcomes = [
                name for name in ("succeeded", "failed", "unknown", "skipped") for _ in range(getattr(job, name))
            ]
            for number, outcome in enumerate(outcomes, start=1):
                make_item(job, number, outcome=outcome)
            return job

    return stored
