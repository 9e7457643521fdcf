"""What people may see of jobs, on both databases."""

from collections.abc import Iterator

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.jobs.store import queries
from tests.factories import make_item, make_job, make_user


@pytest.fixture
def owner(app: Flask, database: str) -> Iterator[User]:
    with app.app_context():
        yield make_user()
        db.session.remove()


def test_an_agent_sees_own_jobs_and_an_admin_all(owner: User):
    job = make_job(owner)
    assert queries.job_for(owner, job.id) is not None
    assert queries.job_for(make_user("agent"), job.id) is None
    assert queries.job_for(make_user("admin"), job.id) is not None
    assert [j.id for j in queries.list_jobs(owner)] == [job.id]
    assert queries.list_jobs(make_user("agent")) == []


@pytest.mark.parametrize("job_id", [0, -1, 2**31, 2**63, 2**80])
def test_an_id_that_no_job_can_have_is_a_missing_job(owner: User, job_id: int):
    assert queries.job_for(owner, job_id) is None


def test_reasons_are_counted_most_frequent_first(owner: User):
    job = make_job(owner)
    for ticket_id, error in enumerate(["closed", "refused", "refused"], 1):
        make_item(job, ticket_id, outcome="failed", error=error, detail=f"{error} {ticket_id}")
    found = queries.failures_by_reason(job.id)
    assert [(r.error, r.count, r.detail_example) for r in found] == [
        ("refused", 2, "refused 2"),
        ("closed", 1, "closed 1"),
    ]


def test_pace_counts_what_cost_time(owner: User):
    job = make_job(owner, status="completed", listed_at=100.0, active_seconds=60.0, total=100, succeeded=50)
    assert queries.pace(job).per_minute == 50
    assert queries.pace(make_job(owner)).per_minute is None
