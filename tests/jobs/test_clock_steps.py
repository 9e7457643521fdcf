"""What a database clock that is set back does to a job with a batch whose answer was lost."""

from __future__ import annotations

import pytest

from app.jobs.collaborators import engine
from app.jobs.engine.wakeup import sweep
from tests.jobs.storm.storm import Blow, Storm

HOUR = 3600.0
FEW_TURNS = 6  # within which a copy that may still land has been waited for


@pytest.mark.parametrize("fate", ["never", "lost"])
@pytest.mark.parametrize("edited", [False, True])
def test_a_lost_answer_is_not_waited_for_until_the_clock_is_there_again(fate: str, edited: bool, weather: Storm):
    weather.blows = [Blow("put leaving", 0, fate), Blow("put leaving", 0, "crash")]
    order = weather.start("tag")
    weather.drive(order.jobs[0], seconds=1.0)
    weather.clock.skew -= HOUR
    if edited:
        for ticket_id in weather.tickets():
            weather.edit(ticket_id)
    weather.blows = []
    weather.clock.sleep(31.0)
    sweep(engine())
    for _ in range(FEW_TURNS):
        weather.drive(order.jobs[0])
    (job,) = weather.jobs()
    assert job.status == "completed"
    assert job.succeeded == job.total
