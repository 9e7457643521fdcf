"""The table of status changes is whole, and the database and the API speak of the same statuses."""

import pytest

from app.jobs import status as st
from app.jobs.models import Job
from app.jobs.status import Status


def test_every_status_named_in_the_table_is_a_status():
    assert {after for changes in st.CHANGES.values() for after in changes} <= set(st.STATUSES)


def test_nothing_follows_completed_or_cancelled():
    assert not st.CHANGES[Status.COMPLETED]
    assert not st.CHANGES[Status.CANCELLED]


@pytest.mark.parametrize("status", st.DRIVEN)
def test_a_driven_job_can_always_end(status: str):
    reachable, frontier = {status}, [status]
    while frontier:
        for after in st.CHANGES[frontier.pop()] - reachable:
            reachable.add(after)
            frontier.append(after)
    assert reachable & {Status.COMPLETED, Status.CANCELLED}


def test_the_database_refuses_other_statuses():
    [check] = [c for c in Job.__table__.constraints if c.name == "ck_jobs_status"]
    for status in st.STATUSES:
        assert f"'{status}'" in str(check.sqltext)
