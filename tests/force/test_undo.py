"""A driver dies ten times over, each time at another point of taking a job back: all tickets are as before, once."""

from __future__ import annotations

from collections import Counter

import pytest

from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import undo
from app.jobs.commands.create import Submission
from app.jobs.commands.undoes import Wanted
from app.jobs.engine.limits import limit_of
from app.jobs.engine.wakeup import wake_up
from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.protocol.undoing import Undoing, Undone
from app.jobs.sources.frozen import FrozenList
from tests.force.hurry import BATCH
from tests.force.orders import Order
from tests.force.processes import eventually
from tests.force.stand import Stand
from tests.force.works import TAGS

TICKETS = 2 * BATCH - 5
POINTS = [
    f"{when} {what}"
    for what in (
        "commit: write_again",  # a page of tickets that were read again
        "commit: claim",
        "request: change a batch",
        "commit: mark_sent",
        "commit: record",
    )
    for when in ("before", "after")
]


@pytest.fixture(scope="module")
def struck(shared: Stand) -> dict[str, tuple[int, int]]:
    """By point: a job, and the one that takes it back, whose driver died there; all have come to rest."""
    shared.any_worker()
    jobs = [shared.job(TICKETS, work=TAGS) for _ in POINTS]
    eventually(lambda: not shared.at_work(jobs), "all jobs rest")
    found = {point: (job, _undo_of(shared, job, Order(point))) for point, job in zip(POINTS, jobs, strict=True)}
    eventually(lambda: not shared.at_work(undone for _, undone in found.values()), "all undos rest")
    return found


def _undo_of(shared: Stand, job_id: int, order: Order) -> int:
    eng, job = engine(), db.session.get_one(Job, job_id, populate_existing=True)
    read = eng.undo(job.tool)
    assert read
    snapshot = read(eng.client(), Undone(job.parameters, job.snapshot or {}), Undoing(job_id))
    source = FrozenList(job_id=job_id)
    asked = Submission(job.tool, shared.user, None, source, dry_run=False, relation=Relation.UNDO)
    limit = limit_of(eng, job.tool, [shared.user.id], [shared.user.role])
    undo_id = undo.undo(asked, job, Wanted(), limit, snapshot)
    shared.orders.give(undo_id, order)
    wake_up(eng, undo_id)
    return undo_id


@pytest.mark.parametrize("point", POINTS)
def test_an_undo_whose_driver_dies_is_done_once_and_whole(
    point: str, struck: dict[str, tuple[int, int]], shared: Stand
):
    job_id, undo_id = struck[point]
    assert {done.order.point for done in shared.orders.done(undo_id)} == {point}, "it died there"
    undone = shared.read(undo_id)
    assert (undone.status, undone.error, undone.succeeded, undone.total) == ("completed", None, TICKETS, TICKETS)
    tag = f"by_force_{list(shared.started).index(job_id) + 1}"
    _, ids = shared.started[job_id]
    assert not any(tag in shared.account.world.tickets[number].tags for number in ids), "nothing lost"
    effects = Counter(change.ticket_id for change in shared.account.changes(undo_id) if "tags" in change.changed)
    assert set(effects.values()) == {1}, "nothing twice"
    assert not shared.open_batches(undo_id)
