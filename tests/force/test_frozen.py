"""A driver that is stopped past its lease (SIGSTOP) and wakes: it sends nothing, and the new driver's work stands."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass

import pytest

from tests.force.hurry import BATCH
from tests.force.orders import LEFT, Act, Order
from tests.force.processes import eventually
from tests.force.stand import Stand
from tests.force.works import WORKS
from tests.force.zendesk import BULK, LOST, Mishap

TICKETS = 3 * BATCH - 5
AT_ONCE = 4  # of a pool of eight: a frozen process is none
POINTS: dict[str, tuple[Mishap, ...]] = {
    "after commit: take": (),
    "before request: list a page": (),
    "after commit: add_items": (),
    "after commit: claim": (),
    "before request: change a batch": (),
    "after request: change a batch": (),
    "after commit: mark_sent": (),
    "after commit: mark_ambiguous": (LOST,),
    "before request: read back": (LOST,),
    "after request: ask for jobs": (),
    "after commit: record": (),
}


@dataclass(frozen=True)
class Woken:
    """A job that was finished while its first driver was frozen, and how many requests had come by then."""

    job_id: int
    bulk: int
    outcomes: list[tuple[int, str]]


@pytest.fixture(scope="module", params=WORKS, ids=lambda work: work.name)
def woken(request: pytest.FixtureRequest, shared: Stand) -> dict[str, Woken]:
    """For each point a job whose first driver froze there, slept until another one had finished it, and woke."""
    shared.only_worker(ZENDESK_MAX_INFLIGHT_JOBS="1")  # with two requests out, one may be frozen on its way
    waiting, frozen, found = list(POINTS), {}, {}
    while waiting or frozen:
        while waiting and len(frozen) < AT_ONCE:
            point = waiting.pop(0)
            order = Order(point, act=Act.FREEZE)
            frozen[point] = shared.job(TICKETS, work=request.param, order=order, mishaps=POINTS[point])
        eventually(lambda: len(shared.at_work(frozen.values())) < len(frozen), "a job is finished by somebody else")
        at_work = shared.at_work(frozen.values())
        for point in [point for point, job_id in frozen.items() if job_id not in at_work]:
            found[point] = _wake(shared, frozen.pop(point))
    return found


def _wake(shared: Stand, job_id: int) -> Woken:
    [done] = shared.orders.done(job_id)
    outcomes = [(item.ticket_id, item.outcome) for item in shared.items(job_id)]
    before = Woken(job_id, len(shared.account.requests(job_id, BULK)), outcomes)
    turns = shared.orders.seen(job_id).count(LEFT)
    os.kill(done.pid, signal.SIGCONT)
    eventually(lambda: shared.orders.seen(job_id).count(LEFT) > turns, "the woken driver has left")
    return before


@pytest.mark.parametrize("point", POINTS)
def test_it_sends_nothing_and_changes_no_outcome(point: str, woken: dict[str, Woken], shared: Stand):
    before = woken[point]
    shared.completed(before.job_id)
    assert shared.read(before.job_id).recoveries > 0
    assert len(shared.account.requests(before.job_id, BULK)) == before.bulk
    assert [(item.ticket_id, item.outcome) for item in shared.items(before.job_id)] == before.outcomes
