"""`python -m tests.force.storm --minutes 3 --database postgresql`: blow after blow at random, and what became of it.

Jobs of both kinds run all the while on a Zendesk with bad days; processes are killed and frozen, Redis and PostgreSQL
killed and emptied. At the end everything is left in peace, and each ticket is held against Zendesk's ledger. Ends with
1 when a promise was broken.
"""

from __future__ import annotations

import argparse
import logging
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from app.jobs.commands import service
from app.jobs.commands.create import JobRefused
from tests.conftest import migrate
from tests.factories import make_config
from tests.force.hurry import BATCH, TTL, hurry
from tests.force.processes import Process, eventually
from tests.force.stand import Stand, stand, sweeping
from tests.force.works import WORKS
from tests.force.zendesk import account
from tests.servers import Postgres, Redis, postgres, redis_to_restart

WORKERS, POOL = 2, 4
AT_ONCE = 6  # jobs
TICKETS = 12 * BATCH
FAULTS = (
    "500:method=PUT:path=/tickets/update_many:probability=0.03",
    "500-after:method=PUT:path=/tickets/update_many:probability=0.03",
    "reset-after:method=PUT:path=/tickets/update_many:probability=0.03",
    "503:probability=0.01",
    "job-failed:probability=0.02",
    "job-half:probability=0.02",
    "job-vanished:probability=0.02",
    "agent-edits:tickets=1:probability=0.05",
)
PEACE = 300.0  # seconds within which everything comes to rest afterwards


@dataclass
class Storm:
    """A stand in bad weather."""

    made: Stand
    redis: Redis
    cluster: Postgres | None
    chance: random.Random
    workers: list[Process] = field(default_factory=list)
    frozen: dict[int, float] = field(default_factory=dict)  # by process id: when it wakes
    blows: Counter[str] = field(default_factory=Counter)

    def keep_up(self) -> None:
        """What watches over processes does: start again whatever ended; and the job that wants one gets its place."""
        alive = [worker for worker in self.workers if worker.alive]
        while len(alive) < WORKERS:
            alive.append(self.made.worker(concurrency=POOL))
        self.workers = alive
        while len(self.made.at_work(self.made.started)) < AT_ONCE:
            self.made.job(TICKETS, work=self.chance.choice(WORKS))
        for pid in [pid for pid, at in self.frozen.items() if at <= time.monotonic()]:
            self.wake(pid)

    def wake(self, pid: int) -> None:
        del self.frozen[pid]
        if psutil.pid_exists(pid):
            os.kill(pid, signal.SIGCONT)

    def strike(self) -> None:
        """One blow."""
        kinds: dict[str, tuple[int, Callable[[], None]]] = {
            "process killed": (12, self.kill_one),
            "worker killed": (2, self.kill_worker),
            "process frozen past its lease": (4, self.freeze_one),
            "Redis emptied": (1, self.empty_redis),
            "Redis killed": (1, self.kill_redis),
            "paused or cancelled": (2, self.command),
        }
        if self.cluster:
            kinds["PostgreSQL killed"] = (1, self.kill_database)
        kind = self.chance.choices(list(kinds), [weight for weight, _ in kinds.values()])[0]
        self.blows[kind] += 1
        kinds[kind][1]()

    def a_process(self) -> int | None:
        pool = [pid for worker in self.workers if worker.alive for pid in worker.children() if pid not in self.frozen]
        return self.chance.choice(pool) if pool else None

    def kill_one(self) -> None:
        if pid := self.a_process():
            os.kill(pid, signal.SIGKILL)

    def kill_worker(self) -> None:
        self.chance.choice(self.workers).kill()

    def freeze_one(self) -> None:
        if (pid := self.a_process()) and len(self.frozen) < POOL:
            self.frozen[pid] = time.monotonic() + TTL + self.chance.uniform(0.5, 3.0)
            os.kill(pid, signal.SIGSTOP)

    def empty_redis(self) -> None:
        with self.redis.client() as client:
            client.flushall()

    def kill_redis(self) -> None:
        self.redis.stop(signal.SIGKILL)
        self.redis.start()

    def kill_database(self) -> None:
        assert self.cluster
        self.cluster.stop(self.chance.choice([signal.SIGQUIT, signal.SIGKILL]))
        self.cluster.start()

    def command(self) -> None:
        """A pause that is taken back, or, once in a while, an end."""
        for job_id in self.made.at_work(self.made.started)[:1]:
            try:
                if self.chance.random() < 0.2:
                    service.cancel(job_id)
                else:
                    service.pause(job_id)
                    service.resume(job_id)
            except JobRefused:
                self.blows["came too late"] += 1

    def calm(self) -> None:
        """Wake everybody, mend Zendesk, resume what stopped with a sentence, and wait until all is at rest."""
        for pid in list(self.frozen):
            self.wake(pid)
        self.made.account.calm()
        self.keep_up_workers()
        ends = time.monotonic() + PEACE
        while time.monotonic() < ends:
            eventually(lambda: not self.made.at_work(self.made.started), "all jobs rest", PEACE)
            stopped = [job_id for job_id in self.made.started if self.made.read(job_id).status in ("failed", "paused")]
            if not stopped:
                return
            for job_id in stopped:
                self.blows["resumed by a person"] += 1
                service.resume(job_id)

    def keep_up_workers(self) -> None:
        if not any(worker.alive for worker in self.workers):
            self.workers = [self.made.worker(concurrency=POOL)]

    def verdicts(self) -> tuple[Counter[str], list[str]]:
        """The outcomes of all tickets, and what broke a promise."""
        outcomes: Counter[str] = Counter()
        broken: list[str] = []
        for job_id in self.made.started:
            outcomes.update(f"{item.outcome} {item.error or ''}".strip() for item in self.made.items(job_id))
            try:
                self.made.check(job_id)
            except AssertionError as error:
                broken.append(f"job {job_id}: {error}".splitlines()[0])
        return outcomes, broken


@contextmanager
def storm(folder: Path, database: str, seed: int) -> Iterator[Storm]:
    """Everything that the storm blows at, and nothing else's."""
    with ExitStack() as stack:
        hurry(stack.enter_context(pytest.MonkeyPatch.context()))
        cluster = stack.enter_context(postgres()) if database == "postgresql" else None
        url = cluster.url("postgres") if cluster else f"sqlite:///{folder / 'app.db'}"
        migrate(make_config(folder, database_url=url))
        redis = stack.enter_context(redis_to_restart())
        zendesk = stack.enter_context(account(tickets=8_000, job_seconds=4.0))
        made = stack.enter_context(stand(folder, url, redis, zendesk))
        for fault in FAULTS:
            zendesk.fault(fault)
        stack.enter_context(sweeping(made))
        yield Storm(made, redis, cluster, random.Random(seed))  # noqa: S311 - repeats with the seed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder, storm(Path(folder), asked.database, asked.seed) as blowing:
        ends = time.monotonic() + 60 * asked.minutes
        while time.monotonic() < ends:
            blowing.keep_up()
            time.sleep(blowing.chance.uniform(0.2, 1.2))  # the moment is the seed's
            blowing.strike()
        blowing.calm()
        outcomes, broken = blowing.verdicts()
    rows = [
        ("database, minutes, seed", f"{asked.database}, {asked.minutes:g}, {asked.seed}"),
        ("jobs, tickets", f"{len(blowing.made.started)}, {sum(outcomes.values()):,}"),
        *((f"  {outcome}", f"{number:,}") for outcome, number in outcomes.most_common()),
        *((kind, str(number)) for kind, number in sorted(blowing.blows.items())),
        ("promises broken", str(len(broken))),
        *(("  ", sentence) for sentence in broken),
    ]
    for name, value in rows:
        sys.stdout.write(f"{name:<34}{value}\n")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
