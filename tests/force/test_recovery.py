"""With the real figures, the real beat, the plain worker: how long jobs stand still after everything was killed."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.conftest import postgres_database
from tests.force.processes import REAL, beat
from tests.force.stand import Stand, stand
from tests.force.zendesk import account
from tests.servers import redis_to_restart

SOON, LATEST = 45.0, 90.0  # seconds; p95, and for all
JOBS = 8  # on each database, so that p95 says something
NUMBER = 300


@pytest.fixture
def both(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Stand]]:
    """A stand on each database, so that the long waits of the two run side by side."""
    server = request.getfixturevalue("postgres_server")
    migrated = request.getfixturevalue("migrated_postgres")
    with ExitStack() as stack:
        made = []
        for kind in ("sqlite", "postgresql"):
            folder = tmp_path_factory.mktemp(kind)
            url = f"sqlite:///{shutil.copyfile(request.getfixturevalue('migrated_sqlite'), folder / 'app.db')}"
            if kind == "postgresql":
                url = stack.enter_context(postgres_database(server, migrated))
            redis = stack.enter_context(redis_to_restart())
            zendesk = stack.enter_context(account(job_seconds=10.0))
            made.append(stack.enter_context(stand(folder, url, redis, zendesk, ZENDESK_MAX_INFLIGHT_JOBS="10")))
        yield made


def test_work_goes_on_by_itself_within_45_seconds_after_every_worker_was_killed(both: list[Stand]):
    jobs: list[tuple[Stand, int]] = []
    for made in both:
        with made.app.app_context():
            made.keep(beat(made.environ, made.folder / "beat.log"))
            made.worker(app=REAL, concurrency=JOBS)
    for made in both:
        with made.app.app_context():
            jobs += [(made, made.job(NUMBER)) for _ in range(JOBS)]
    for made, job_id in jobs:
        with made.app.app_context():
            made.until(job_id, "collecting", "running", lease_token=1)
    for made in both:
        made.processes[-1].kill()
        made.account.calm()
    killed_at = time.monotonic()
    for made in both:
        made.worker(app=REAL, concurrency=JOBS)  # as whoever watches it does
    waits: dict[tuple[int, int], float] = {}
    while len(waits) < len(jobs):
        assert time.monotonic() - killed_at < LATEST, waits
        for made, job_id in jobs:
            with made.app.app_context():
                if made.read(job_id).recoveries:
                    waits.setdefault((id(made), job_id), time.monotonic() - killed_at)
        time.sleep(0.2)
    stood_still = sorted(waits.values())
    assert stood_still[int(0.95 * len(waits)) - 1] < SOON, stood_still
    for made, job_id in jobs:
        with made.app.app_context():
            made.completed(job_id, 2 * LATEST)
