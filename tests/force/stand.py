"""A stand: a whole installation to be broken by force, with the truth about its jobs. Zendesk's ledger is the truth."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import Row, Select, inspect, select
from sqlalchemy.exc import SQLAlchemyError

from app import create_app
from app.auth.models import User
from app.database import read_transaction
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import create
from app.jobs.engine.wakeup import sweep, wake_up
from app.jobs.models import Job, JobBatch, JobItem
from app.jobs.outcomes import SETTLED, BatchState, Outcome
from app.jobs.status import DRIVEN, ENDED
from config import Config
from tests.factories import make_user, on_view
from tests.force import works
from tests.force.hurry import SWEEP_EVERY, in_a_hurry
from tests.force.orders import Order, Orders
from tests.force.processes import HURRIED, PATIENCE, Process, eventually, worker
from tests.force.works import WORKS, Work
from tests.force.zendesk import Account, Mishap
from tests.servers import Redis


@dataclass
class Stand:
    """An installation; use it inside the application context of `app`, which `stand` pushes."""

    folder: Path
    account: Account
    redis: Redis
    environ: dict[str, str]
    app: Flask
    user: User
    orders: Orders
    processes: list[Process] = field(default_factory=list)
    started: dict[int, tuple[Work, list[int]]] = field(default_factory=dict)  # by job: what it does to which tickets
    sweeps: threading.Lock = field(default_factory=threading.Lock)  # held by whoever sweeps

    def worker(self, *, app: str = HURRIED, concurrency: int = 8, **environ: str) -> Process:
        """Another worker, ready."""
        log = self.folder / f"worker{len(self.processes) + 1}.log"
        self.processes.append(worker({**self.environ, **environ}, log, app=app, concurrency=concurrency))
        return self.processes[-1]

    def only_worker(self, **settings: Any) -> Process:
        """A new worker, with these settings and without others beside it."""
        for process in self.processes:
            process.kill()
        return self.worker(**settings)

    def keep(self, process: Process) -> Process:
        """Let the stand end this process when it is taken down."""
        self.processes.append(process)
        return process

    def any_worker(self) -> Process:
        """A worker that is alive, started when there is none; for tests that do not end it."""
        alive = [process for process in self.processes if process.alive and process.log.stem.startswith("worker")]
        return alive[0] if alive else self.worker()

    def job(
        self,
        tickets: int = 250,
        *,
        work: Work = WORKS[0],
        order: Order | None = None,
        mishaps: tuple[Mishap, ...] = (),
        woken: bool = True,
        **fields: Any,
    ) -> int:
        """A new job on a view of its own; what is ordered for it is known before a worker is woken."""
        view_id, ids = self.account.view_of(tickets)
        parameters = work.parameters(len(self.started) + 1)
        settings: dict[str, Any] = {
            "dry_run": False,
            **on_view(view_id, "By force"),
            "canary": 0,
            **fields,
        }
        submission = create.Submission(work.tool, self.user, parameters, **settings)
        job_id = create.create(submission, engine().account())
        self.started[job_id] = (work, ids)
        if mishaps:
            self.account.mishaps[job_id] = list(mishaps)
        if order:
            self.orders.give(job_id, order)
        if woken:
            wake_up(engine(), job_id)
        return job_id

    def jobs(self, number: int, tickets: int) -> list[int]:
        """Several jobs, of each kind of work in turn."""
        return [self.job(tickets, work=work) for work, _ in zip(cycle(WORKS), range(number), strict=False)]

    @contextmanager
    def unswept(self) -> Iterator[None]:
        """Nobody sweeps meanwhile."""
        with self.sweeps:
            yield

    def read(self, job_id: int) -> Row[Any]:
        query: Select[Any] = select(inspect(Job).local_table).where(Job.id == job_id)
        with read_transaction() as tx:
            return tx.execute(query).one()

    def until(self, job_id: int, *statuses: str, seconds: float = PATIENCE, **at_least: int) -> Row[Any]:
        """The job once it has one of these statuses and counts at least so many (`succeeded=100`)."""

        def as_wanted() -> Row[Any] | None:
            job = self.read(job_id)
            enough = all(getattr(job, name) >= number for name, number in at_least.items())
            return job if job.status in statuses and enough else None

        return eventually(as_wanted, f"job {job_id} is {' or '.join(statuses)} with {at_least}", seconds)

    def ended(self, job_id: int, seconds: float = PATIENCE) -> Row[Any]:
        return self.until(job_id, *ENDED, "paused", seconds=seconds)

    def at_work(self, job_ids: Iterable[int]) -> list[int]:
        """Those of the jobs that have not come to rest."""
        with read_transaction() as tx:
            driven = set(tx.scalars(select(Job.id).where(Job.status.in_(DRIVEN))))
        return [job_id for job_id in job_ids if job_id in driven]

    def driver_of(self, job_id: int) -> int:
        """The process id of a job's driver, once it has one."""
        owner = eventually(lambda: self.read(job_id).lease_owner, f"job {job_id} is driven")
        return int(owner.rpartition(":")[2])

    def newest_job(self, view_id: int) -> int:
        """The number of the job that somebody else starts on this view, as soon as there is one."""

        def number() -> int | None:
            with read_transaction() as tx:
                jobs = tx.execute(select(Job.id, Job.source).order_by(Job.id.desc())).all()
            return next((job.id for job in jobs if job.source == {"view_id": view_id}), None)

        return eventually(number, f"a job on view {view_id}") or 0

    def kill_driver(self, job_id: int) -> None:
        """SIGKILL to the process that drives a job now; from any thread."""
        with self.app.app_context():
            os.kill(self.driver_of(job_id), signal.SIGKILL)

    def items(self, job_id: int) -> list[Row[Any]]:
        query = select(JobItem.ticket_id, JobItem.outcome, JobItem.error, JobItem.attempts)
        with read_transaction() as tx:
            return list(tx.execute(query.where(JobItem.job_id == job_id).order_by(JobItem.ticket_id)))

    def effects(self, job_id: int) -> Counter[int]:
        """How often the job's requests had their effect on each ticket, by the ledger."""
        work, _ = self.started[job_id]
        return Counter(change.ticket_id for change in self.account.changes(job_id) if work.counts(change))

    def completed(self, job_id: int, seconds: float = PATIENCE) -> Row[Any]:
        """The job, completed, with every ticket changed exactly once, and true."""
        job = self.ended(job_id, seconds)
        assert (job.status, job.error) == ("completed", None), f"job {job_id}"
        assert job.succeeded == job.total, {item.error for item in self.items(job_id)}
        self.check(job_id)
        assert set(self.effects(job_id).values()) == {1}
        return job

    def check(self, job_id: int, *, settled: bool = True) -> None:
        """What must hold of every job that rests, whatever was done to it.

        :param settled: whether no ticket may be pending, as in each that has ended, other than as failed.
        """
        work, listed = self.started[job_id]
        job, items, effects = self.read(job_id), self.items(job_id), self.effects(job_id)
        outcomes = Counter(item.outcome for item in items)
        assert [item.ticket_id for item in items] == listed[: len(items)], "each ticket once"
        assert job.total == len(items)
        assert {name: getattr(job, name) for name in SETTLED} == {name: outcomes[name] for name in SETTLED}
        assert set(effects) <= set(listed), "no ticket of somebody else"
        assert max(effects.values(), default=1) == 1, "nothing twice"
        if settled:
            assert outcomes[Outcome.PENDING] == 0
            assert not self.open_batches(job_id)
        for item in items:
            holds = work.holds(self.account.world.tickets[item.ticket_id], job.parameters)
            if item.outcome not in (Outcome.UNKNOWN, Outcome.PENDING) and item.error != "not_found":
                assert holds is (item.outcome in ("succeeded", "unchanged")), (item, effects[item.ticket_id])

    def open_batches(self, job_id: int) -> list[Row[Any]]:
        query = select(JobBatch.id, JobBatch.status, JobBatch.lease_token, JobBatch.size)
        with read_transaction() as tx:
            return list(tx.execute(query.where(JobBatch.job_id == job_id, JobBatch.status != BatchState.CLOSED)))


@contextmanager
def stand(folder: Path, database_url: str, redis: Redis, account: Account, **settings: str) -> Iterator[Stand]:
    """An installation on a migrated, empty database. Nothing works on it yet, and nobody sweeps.

    :param settings: further environment variables of its processes.
    """
    orders = Orders(folder / "orders")
    orders.folder.mkdir(parents=True)
    environ = {
        **os.environ,
        "FLASK_ENV": "testing",
        "INSTANCE_PATH": str(folder),
        "DATABASE_URL": database_url,
        "SECRET_KEY": "a key that only tests know",
        "REDIS_URL": redis.url,
        "SYNC_TICKET_LIMIT": "300",
        "ZENDESK_MAX_INFLIGHT_JOBS": "24",
        "ZENDESK_API_URL": account.url,
        "ZENDESK_OAUTH_CLIENT_ID": account.world.config.oauth_client_id,
        "ZENDESK_OAUTH_CLIENT_SECRET": account.world.config.oauth_client_secret,
        "FORCE_ORDERS": str(orders.folder),
        **settings,
    }
    app = in_a_hurry(create_app(Config.load(environ, folder)))
    works.join(app)
    with app.app_context():
        made = Stand(folder, account, redis, environ, app, make_user("admin"), orders)
        try:
            yield made
        finally:
            for process in made.processes:
                process.kill()
            db.session.remove()
            db.engine.dispose()


@contextmanager
def sweeping(made: Stand, every: float = SWEEP_EVERY) -> Iterator[None]:
    """Sweep in a thread, in place of beat, which does so every ten seconds; trouble is beat's, too, and passes."""
    over = threading.Event()

    def work() -> None:
        with made.app.app_context():
            while not over.wait(every):
                try:
                    with made.sweeps:
                        sweep(engine())
                except SQLAlchemyError:
                    time.sleep(every)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(PATIENCE)
