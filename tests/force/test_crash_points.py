"""A driver dies before and after each of its commits and requests: somebody else goes on, nothing is lost or twice."""

from __future__ import annotations

import pytest

from tests.force.hurry import BATCH
from tests.force.orders import LEFT, Order
from tests.force.points import SIGN_IN, every
from tests.force.processes import eventually
from tests.force.stand import Stand
from tests.force.works import WORKS

TICKETS = 3 * BATCH - 5
AT_ONCE = 8  # jobs; more would only wait for each other
Struck = dict[tuple[str, int], int]


@pytest.fixture(scope="module", params=WORKS, ids=lambda work: work.name)
def struck(request: pytest.FixtureRequest, shared: Stand) -> Struck:
    """A job for every point and seed, whose driver dies there; all have come to rest."""
    shared.any_worker()
    jobs: Struck = {}
    for point, nth, mishaps in every():
        eventually(lambda: len(shared.at_work(jobs.values())) < AT_ONCE, "one of the jobs rests")
        jobs[point, nth] = shared.job(TICKETS, work=request.param, order=Order(point, nth), mishaps=mishaps)
    eventually(lambda: not shared.at_work(jobs.values()), "all jobs rest")
    return jobs


@pytest.mark.parametrize(("point", "nth"), [(point, nth) for point, nth, _ in every()])
def test_a_driver_dies(point: str, nth: int, struck: Struck, shared: Stand):
    job_id = struck[point, nth]
    assert [done.order for done in shared.orders.done(job_id)] == [Order(point, nth)], "it died there"
    shared.completed(job_id)


def test_every_commit_and_request_is_a_point(struck: Struck, shared: Stand):
    came = {point for job_id in struck.values() for point in shared.orders.seen(job_id)}
    known = {point for point, _, _ in every()} | {LEFT}
    assert {point for point in came - known if SIGN_IN not in point} == set()
