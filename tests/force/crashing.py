"""A worker that dies, freezes or fails at a named point: `celery -A tests.force.crashing worker`.

The engine knows nothing of this: its commits and requests are wrapped here, by name, in this process. A commit is named
after the last function of `app.jobs.store` or `engine.recheck` that wrote in it, or after what took, kept or gave
back the lease; a request after what it asks Zendesk for. Each is a point twice, before and after.
"""

from __future__ import annotations

import inspect
import os
import re
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial, wraps
from pathlib import Path
from typing import Any

import pytest
from celery.signals import worker_process_init
from celery.worker import request
from sqlalchemy import Connection, select
from sqlalchemy.exc import OperationalError

from app.jobs.engine import driver, recheck, wakeup
from app.jobs.models import Job
from app.jobs.store import lease
from app.tasks import zendesk_tasks
from app.zendesk.transport import Transport
from celery_app import app, flask_app
from tests import ablation
from tests.force import works
from tests.force.hurry import hurry, in_a_hurry
from tests.force.orders import LEFT, Act, Order, Orders
from tests.jobs.statements import STATEMENTS, wrap, writers

__all__ = ["app"]

REQUESTS = {
    r"GET /api/v2/views/\d+/tickets": "list a page",
    r"PUT /api/v2/tickets/update_many": "change a batch",
    r"GET /api/v2/job_statuses/show_many": "ask for jobs",
    r"GET /api/v2/tickets/show_many": "read back",
    r"GET /api/v2/tickets/\d+/audits": "read audits",
    r"GET /api/v2/users/me": "who we are",
    r"GET /api/v2/ticket_fields": "read fields",
    r"POST /oauth/tokens": "sign in",
}


STOPS_WITHIN = 0.2  # seconds: another thread may take the signal, and this one would go on for a moment


class Watch:
    """The job that this process drives, where its turn stands, and what was ordered for it."""

    def __init__(self, orders: Orders) -> None:
        self.orders = orders
        self.job_id: int | None = None
        self.order: Order | None = None
        self.came: Counter[str] = Counter()
        self.wrote: list[str] = []  # names of what wrote in the transaction that is open
        self.depth = 0
        self.lock = threading.Lock()
        self.writing = threading.RLock()  # held while a transaction is open

    def drive(self, real: Callable[..., None]) -> Callable[..., None]:
        @wraps(real)
        def drive(engine: Any, job_id: int, **kwargs: Any) -> None:
            self.job_id, self.order = job_id, self.orders.of(job_id)
            self.came.clear()
            try:
                real(engine, job_id, **kwargs)
            finally:
                self.job_id = None
                self.orders.saw(job_id, LEFT)

        return drive

    def reach(self, point: str, tx: Connection | None = None) -> None:
        """Be at a point, with its transaction where it is open: carry out what was ordered for it."""
        if self.job_id is None:
            return
        with self.lock:
            self.came[point] += 1
            self.orders.saw(self.job_id, point)
            order = self.order
            if order is None or (order.point, order.nth) != (point, self.came[point]):
                return
            self.order = None
            if not self.orders.note(self.job_id, order, os.getpid()):
                return
        match order.act:
            case Act.KILL:
                os.kill(os.getpid(), signal.SIGKILL)
            case Act.FREEZE:
                with self.writing:  # at a point of a commit frozen with it, elsewhere beside every one
                    os.kill(os.getpid(), signal.SIGSTOP)
                    time.sleep(STOPS_WITHIN)
            case Act.REFUSE:
                raise OperationalError("COMMIT", {}, Exception("the disk is full"))
            case Act.FILL:
                assert tx is not None, point
                _fill(tx)

    def writer(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function that writes in a transaction; one that it calls in its turn does not name the commit."""

        @wraps(real)
        def write(*args: Any, **kwargs: Any) -> Any:
            if self.depth == 0:
                to = inspect.signature(real).bind(*args, **kwargs).arguments.get("to")
                self.wrote.append(f"{name} {to}" if to else name)
            self.depth += 1
            try:
                return real(*args, **kwargs)
            finally:
                self.depth -= 1

        return write

    def holder(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        """A function that opens a transaction of its own, which is named after it unless something else writes."""

        @wraps(real)
        def hold(*args: Any, **kwargs: Any) -> Any:
            self.wrote = [name]
            try:
                return real(*args, **kwargs)
            finally:
                self.wrote = []

        return hold

    def transaction(self, real: Callable[[], Any]) -> Callable[[], Any]:
        @contextmanager
        def transaction() -> Iterator[Connection]:
            with self.writing, real() as tx:
                yield tx
                name = self.wrote[-1] if self.wrote else "nothing"
                counts = name != "take" or self._took(tx)
                if counts:
                    self.reach(f"before commit: {name}", tx)
            self.wrote = []
            if counts:
                self.reach(f"after commit: {name}")

        return transaction

    def _took(self, tx: Connection) -> bool:
        """The lease is ours now: whoever came second took nothing, and writes nothing."""
        owner = tx.scalar(select(Job.lease_owner).where(Job.id == self.job_id))
        return owner is not None and owner.endswith(f":{os.getpid()}")

    def send(self, real: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(real)
        def send(transport: Transport, prepared: Any, *timing: Any) -> Any:
            route = f"{prepared.method} {prepared.path_url.partition('?')[0]}"
            name = next((name for pattern, name in REQUESTS.items() if re.fullmatch(pattern, route)), route)
            self.reach(f"before request: {name}")
            try:
                return real(transport, prepared, *timing)
            finally:
                self.reach(f"after request: {name}")

        return send


def _fill(tx: Connection) -> None:
    """Let SQLite's disk be full for this connection, and write: it says so, and the transaction is lost."""
    pages = tx.exec_driver_sql("PRAGMA page_count").scalar_one()
    most = tx.exec_driver_sql("PRAGMA max_page_count").scalar_one()
    tx.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    try:
        tx.exec_driver_sql("CREATE TABLE more AS SELECT hex(zeroblob(1000000)) AS large")
    finally:
        tx.exec_driver_sql(f"PRAGMA max_page_count = {most}")


def install(watch: Watch, patch: pytest.MonkeyPatch) -> None:
    """Wrap what the engine calls by name; a name that is gone fails here."""
    for name in STATEMENTS:
        wrap(name, patch, partial(watch.writer, name))
    for _, name in writers(recheck):
        patch.setattr(recheck, name, watch.writer(f"recheck.{name}", getattr(recheck, name)))
    patch.setattr(lease, "transaction", watch.transaction(lease.transaction))
    patch.setattr(wakeup, "transaction", watch.transaction(wakeup.transaction))
    patch.setattr(driver, "take", watch.holder("take", driver.take))
    patch.setattr(driver, "wake_up", watch.holder("wake_up", driver.wake_up))
    patch.setattr(lease.Lease, "keep", watch.holder("keep", lease.Lease.keep))
    patch.setattr(lease.Lease, "release", watch.holder("release", lease.Lease.release))
    patch.setattr(Transport, "send", watch.send(Transport.send))
    patch.setattr(zendesk_tasks, "drive", watch.drive(zendesk_tasks.drive))


def step_clock(ahead: float, patch: pytest.MonkeyPatch) -> None:
    """Let this process believe that it is so many seconds later: only a machine's clock can be set."""
    real = time.time
    patch.setattr(time, "time", lambda: real() + ahead)

    class Stepped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(seconds=ahead)

    patch.setattr(request, "datetime", Stepped)


ablation.pytest_configure()
_patch = pytest.MonkeyPatch()
hurry(_patch)
in_a_hurry(flask_app)
works.join(flask_app)
step_clock(float(os.environ.get("FORCE_CLOCK_AHEAD", "0")), _patch)


@worker_process_init.connect
def _watch(**_: Any) -> None:
    """In the pool's processes only: the main one drives nothing."""
    install(Watch(Orders(Path(os.environ["FORCE_ORDERS"]))), _patch)
