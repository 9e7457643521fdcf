"""A driver dies before and after each of its commits and requests: somebody else goes on, nothing is lost or twice."""

from __future__ import annotations

import pytest

from tests.force.hurry import BATCH
from tests.force.orders import LEFT, Order
from tests.force.points import ELSEWHERE, Blow, every
from tests.force.processes import eventually
from tests.force.stand import Stand

TICKETS = 3 * BATCH - 5
AT_ONCE = 12  # jobs; more would only wait for each other
Struck = dict[Blow, int]


@pytest.fixture(scope="module")
def struck(shared: Stand) -> Struck:
    """A job for every point and seed, whose driver dies there; all have come to rest."""
    shared.any_worker()
    jobs: Struck = {}
    for blow in every():
        eventually(lambda: len(shared.at_work(jobs.values())) < AT_ONCE, "one of the jobs rests")
        order = Order(blow.point, blow.nth)
        jobs[blow] = shared.job(TICKETS, work=blow.work, order=order, mishaps=blow.meets)
    eventually(lambda: not shared.at_work(jobs.values()), "all jobs rest")
    return jobs


@pytest.mark.parametrize("blow", every(), ids=str)
def test_a_driver_dies(blow: Blow, struck: Struck, shared: Stand):
    job_id = struck[blow]
    assert {done.order for done in shared.orders.done(job_id)} == {Order(blow.point, blow.nth)}, "it died there"
    shared.completed(job_id)


def test_every_commit_and_request_is_a_point(struck: Struck, shared: Stand):
    came = {point for job_id in struck.values() for point in shared.orders.seen(job_id)} - {LEFT}
    known = {blow.point for blow in every()}
    assert {point for point in came - known if point.rpartition(": ")[2] not in ELSEWHERE} == set()
