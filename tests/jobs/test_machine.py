"""The state machine of the storm, as often as the suite has time for; `make storm` runs it as long as wanted."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.jobs.storm.machine import machine_on
from tests.jobs.storm.storm import Storm

EXAMPLES = int(os.environ.get("STORMS", "80"))
STEPS = 25


@pytest.mark.force
def test_every_promise_holds_in_any_storm(weather: Storm):
    run_state_machine_as_test(
        machine_on(weather),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    befell = weather.totals
    assert befell["crash"] > EXAMPLES / 20, "few storms are no proof"
    assert befell["late"] + befell["lost"] + befell["never"] > EXAMPLES / 20
