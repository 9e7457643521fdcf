"""`python -m tests.jobs.storm --examples 5000 --steps 40`: many more storms than the test suite has time for."""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from pathlib import Path

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.conftest import migrate
from tests.factories import make_config
from tests.jobs.storm.machine import machine_on
from tests.jobs.storm.storm import storm


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=5000)
    parser.add_argument("--steps", type=int, default=40)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        config = make_config(Path(folder))
        migrate(config)
        with storm(Path(folder), config.database_url) as made:
            run_state_machine_as_test(
                machine_on(made),
                settings=settings(
                    max_examples=asked.examples,
                    stateful_step_count=asked.steps,
                    deadline=None,
                    database=None,
                    suppress_health_check=list(HealthCheck),
                    phases=(Phase.generate, Phase.shrink),
                ),
            )
            total = made.totals
    spent = time.monotonic() - began
    print(f"{asked.examples} examples kept every promise: {total}; {spent:.0f} s")


if __name__ == "__main__":
    main()
