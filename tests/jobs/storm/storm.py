"""One help desk, its jobs, and everything that may befall them; what a step does is decided by whoever calls."""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
import requests
from flask import Flask
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Query

from app import create_app
from app.auth.models import User
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import again, service
from app.jobs.commands.service import JobRefused, Submission
from app.jobs.engine import driver, sender, turn
from app.jobs.engine.driver import drive
from app.jobs.models import Job, JobItem
from app.jobs.protocol.operation import Operation, Snapshot
from app.jobs.sources.frozen import FrozenList
from app.jobs.store import lease
from app.jobs.store.lease import Lease
from app.jobs.timing import EngineTiming
from app.sandbox import SandboxConfig, World, create_sandbox
from app.tools.tag_manager.operation import TagOperation
from app.zendesk import ApiToken, Client, LocalBudget, core, transport
from tests.factories import make_config, make_user, on_view
from tests.jobs.comments import CommentOperation
from tests.jobs.statements import wrap
from tests.jobs.storm.clock import Clock
from tests.jobs.storm.threads import Crash, Threads, started, wait
from tests.jobs.storm.wire import FATES, InProcess
from tests.jobs.storm.witness import Witness

Row = TypeVar("Row")
ADDRESS = "http://127.0.0.1:9"  # nobody is called there
TICKETS = 16  # of which the view has 12
BATCH = 4
REPLY = "Reply"  # the first word of each
TAGS, REPLIES = "tag-manager", "replies"  # tools

INSIDE = (
    "keep_snapshot",
    "add_items",
    "freeze",
    "claim",
    "mark_sent",
    "mark_ambiguous",
    "give_back",
    "record",
    "note_audits",
    "bring_back",
    "count_crashes",
    "change_status",
    "skip_pending",
)
"""Statements inside a transaction: a driver may die before and after each of them, and nothing of it stays."""

KINDS = ("put", "tickets", "audits", "jobs", "view")
"""Of requests: a change, tickets read anew, a ticket's history, what becomes of Zendesk jobs, the listing."""

OUTSIDE = (
    "taken",
    "request",
    "sending",
    *(f"{name} committed" for name in (*INSIDE, "nothing")),
    *(f"{kind} {when}" for kind in KINDS for when in ("leaving", "answered")),
)
"""Moments between transactions and requests: anything may happen then."""


@dataclass
class Blow:
    """Something that happens when a driver comes to a point for the (n + 1)-th time."""

    point: str
    n: int
    what: str  # crash, fail (the database), stall, pause, cancel, edit, delete, land, or a fate of a request
    seconds: float = 40.0  # of a stall; until a late request lands
    successor: float = 20.0  # seconds of the turn of another driver while this one is stalled; 0 when none comes


@dataclass
class Order:
    """What a job is to do, as its person ordered it; retries and runs of a preview share it."""

    kind: str  # comment, rendered, veiled, tag
    number: int
    customers: bool
    jobs: list[int] = field(default_factory=list)

    @property
    def tag(self) -> str:
        return f"ours_{self.number}"

    @property
    def comments(self) -> bool:
        return self.kind != "tag"

    def text(self, ticket_id: int) -> str:
        return f"{REPLY} {self.number} on ticket {ticket_id}."


@dataclass
class Macro:
    """What rendered replies are made of; somebody may save it with another word, and put it back."""

    word: str = REPLY
    saved: int = 1  # how often

    def save(self, word: str) -> None:
        self.word = word
        self.saved += 1


@dataclass(frozen=True)
class Reply(CommentOperation):
    """A comment with the text of an order; a veiled one finds nothing of itself in an audit."""

    number: int = 0
    veiled: bool = False
    macro: Macro = field(default_factory=Macro)

    def _after(self, ticket_id: int) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        return {"comment": {"body": f"{self.macro.word} {self.number} on ticket {ticket_id}.", "public": True}}

    def revision(self, client: Client) -> str | None:
        return str(self.macro.saved) if self.macro.word == REPLY else None

    def found(self, audit: dict[str, Any], item: Any) -> Any:
        return super().found({"events": []} if self.veiled else audit, item)


class Storm:
    """The process of a test: its app, its clock, and one help desk after the other."""

    def __init__(self, app: Flask, clock: Clock) -> None:
        self.app, self.clock = app, clock
        self.address = ADDRESS
        self.totals: Counter[str] = Counter()
        self.begin()

    def begin(self, seed: int = 0, *, metadata: bool = True, job_seconds: float = 2.0) -> None:
        """A new help desk without any job."""
        self.totals["examples"] += 1
        self.clock.restart()
        self.chance = Random(seed)  # noqa: S311 - repeats with the seed
        random.seed(seed)  # what drivers do by chance
        self.sandbox = create_sandbox(
            SandboxConfig(
                tickets=TICKETS,
                clock=self.clock,
                sleep=self.clock.sleep,
                rate_limit=1_000_000,
                job_seconds=job_seconds,
                drop_metadata=not metadata,
            )
        )
        self.metadata = metadata
        self.world: World = self.sandbox.extensions["world"]
        self.config: SandboxConfig = self.world.config
        view = next(view for view in self.world.views.values() if view.title.startswith("Carrier strike"))
        self.view_id = view.id
        self.blows: list[Blow] = []
        self.statement = "nothing"  # the last one of the transaction that is open
        self.under_way: list[Callable[[], Any]] = []
        self.instead: dict[str, Callable[[requests.PreparedRequest], int | None]] = {}  # by kind: a status, if any
        self.macro = Macro()
        self.latency = (0.02, 0.3)  # seconds that a request takes
        self.drivers: list[Lease] = []
        self.orders: list[Order] = []
        self.order_of: dict[int, Order] = {}
        self.woken: list[int] = []
        self.commanded: dict[int, float] = {}
        self.deleted: set[int] = set()
        self.closed: set[int] = set()
        self.by_us: set[int] = set()  # tickets on which another program wrote as the user we act as
        self.skewed = False
        self.witness = Witness(self)
        self.client = Client(
            ADDRESS,
            ApiToken(self.config.email, self.config.api_token),
            adapter=InProcess(self),
            budget=LocalBudget(clock=self.clock),
            now=self.clock,
            sleep=self.clock.sleep,
            jitter=self.chance.random,
        )
        self.app.extensions["jobs"] = replace(
            engine(),
            operation=self._operation,
            snapshot=lambda slug: None if slug == TAGS else self._snapshot,
            cap=lambda _slug, _user_id: None,
            client=lambda: self.client,
            account=lambda: self.client.account,
            wake_worker=lambda job_id, _tool, _request: self.woken.append(job_id) is None,
            hold=lambda: None,
            sync_ticket_limit=0,
            max_inflight_jobs=3,
            timing=EngineTiming(clock=self.clock, sleep=self.clock.sleep),
        )
        self._empty()
        self.user: User = make_user("admin")

    def _empty(self) -> None:
        db.session.remove()
        with db.engine.begin() as tx:
            tx.execute(text("UPDATE jobs SET source_job_id = NULL"))
            for table in ("job_items", "job_batches", "jobs", "audit_log", "users"):
                tx.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - the names stand above

    def _operation(self, _slug: str, parameters: dict[str, Any], _snapshot: Any) -> Operation:
        kind, number = parameters["kind"], parameters["number"]
        if kind == "tag":
            return TagOperation((f"ours_{number}",), ())
        return Reply(rendered=kind == "rendered", veiled=kind == "veiled", number=number, macro=self.macro)

    def _snapshot(self, _client: Client, parameters: dict[str, Any]) -> Snapshot:
        return Snapshot({}, self.macro.word, writes_to_customers=parameters["customers"])

    # What people do

    def start(
        self, kind: str = "comment", *, dry_run: bool = False, customers: bool = False, render_all: bool = False
    ) -> Order:
        """Order a job for the view."""
        order = Order(kind, len(self.orders) + 1, customers)
        self.orders.append(order)
        parameters = {"kind": kind, "number": order.number, "customers": customers}
        self._submit(order, dry_run=dry_run, parameters=parameters, **on_view(self.view_id), render_all=render_all)
        return order

    def carry_out(self, order: Order) -> None:
        """Order what a dry run showed."""
        self._submit(order, dry_run=False, parameters=None, source=FrozenList(job_id=order.jobs[-1]))

    def _submit(self, order: Order, **fields: Any) -> None:
        slug = REPLIES if order.comments else TAGS
        self._ask(partial(service.submit, Submission(slug, self.user, **fields)))
        self._claim_new(order)

    def retry(self, order: Order, *, previewed: bool = True) -> None:
        """Order what failed in the last job once more: by way of a preview, made at once, or directly."""
        self.ask_for_a_retry(order, dry_run=previewed)
        if previewed:
            self.drive(order.jobs[-1])
            self.carry_out(order)

    def ask_for_a_retry(self, order: Order, *, dry_run: bool) -> None:
        self._ask(partial(again.retry, order.jobs[-1], self.user, dry_run=dry_run))
        self._claim_new(order)

    def _claim_new(self, order: Order) -> None:
        for job in self.jobs():
            if job.id not in self.order_of:
                self.order_of[job.id] = order
                order.jobs.append(job.id)

    def command(self, what: str, job_id: int) -> None:
        """Pause, cancel, resume, or go_on."""
        if self._ask(partial(getattr(service, what), job_id)):
            if what in ("pause", "cancel"):
                self.commanded.setdefault(job_id, self.clock.now)
            else:
                self.commanded.pop(job_id, None)

    def mark(self, job_id: int, ticket_id: int) -> None:
        """A person looks at a ticket, and says what is there."""
        there = self.comments(self.order_of[job_id])
        if self._ask(partial(service.mark, job_id, ticket_id, there=there.get(ticket_id, 0) > 0)):
            self.witness.marked(job_id, ticket_id)

    def _ask(self, asked: Callable[[], Any]) -> bool:
        self.totals["asked"] += 1
        drivers = len(self.drivers)
        try:
            asked()
        except (JobRefused, OperationalError):
            return False
        except Crash:
            return True
        finally:
            del self.drivers[drivers:]
            db.session.rollback()
        return True

    # What workers do

    def drive(self, job_id: int, seconds: float = 45.0) -> bool:
        """One turn of a worker; False when its process died."""
        drivers = len(self.drivers)
        try:
            drive(engine(), job_id, seconds=seconds)
        except Crash:
            return False
        finally:
            del self.drivers[drivers:]
        return True

    # What happens besides

    def point(self, name: str) -> Blow | None:
        """A driver is at this point; what befalls the request that is about to leave, if anything does."""
        self.totals["points"] += 1
        for blow in [blow for blow in self.blows if blow.point == name]:
            blow.n -= 1
            if blow.n < 0:
                self.blows.remove(blow)
                self.totals[blow.what] += 1
                return self._strike(blow)
        return None

    def _strike(self, blow: Blow) -> Blow | None:
        if blow.what == "crash":
            raise Crash
        if blow.what == "fail":
            raise OperationalError("COMMIT", {}, Exception("the database is away"))
        if blow.what in FATES:
            return blow
        job_id = self.drivers[-1].job_id if self.drivers else None
        if blow.what == "stall":
            self.clock.sleep(blow.seconds)
            if job_id is not None and len(self.drivers) == 1 and blow.successor:
                self.drive(job_id, seconds=blow.successor)
        elif blow.what in ("pause", "cancel") and job_id is not None:
            self.command(blow.what, job_id)
        elif blow.what == "edit":
            self.edit(self.chance.choice(self.tickets()))
        elif blow.what == "delete":
            done = [record.ticket_id for record in self.world.ledger.changes if record.ticket_id in self.world.tickets]
            self.delete(done[0] if done else self.tickets()[0])
        elif blow.what == "land":
            self.land()
        return None

    def later(self, request: Callable[[], Any], seconds: float) -> None:
        """A request is under way, and lands so many seconds from now, or when something makes it."""
        self.under_way.append(request)
        self.clock.after(seconds, partial(self._lands, request))

    def land(self) -> None:
        """What is under way lands now, and Zendesk works it off."""
        for request in self.under_way[:]:
            self._lands(request)
            self.totals["landed in between"] += 1
        self.clock.sleep(1.0)

    def _lands(self, request: Callable[[], Any]) -> None:
        if request in self.under_way:
            self.under_way.remove(request)
            with suppress(requests.ConnectionError):
                request()

    def tickets(self) -> list[int]:
        return sorted(self.world.tickets)

    def edit(self, ticket_id: int, change: dict[str, Any] | None = None, *, as_us: bool = False) -> None:
        """An agent changes a ticket, or another program does, as the very user that we act as."""
        from app.sandbox.changes import Cause, RefusedError, apply

        chosen = change or self.chance.choice(
            (
                {"additional_tags": ["called_back"]},
                {"comment": {"body": "Called the customer back.", "public": False}},
                {"status": "pending"},
            )
        )
        with self.world.lock:
            self.world.advance()
            ticket = self.world.tickets.get(ticket_id)
            author = self.world.people.by_email[self.config.email.lower()] if as_us else self.world.busy_agent
            if ticket and as_us:
                self.by_us.add(ticket_id)
            if ticket:
                with suppress(RefusedError):
                    apply(self.world, ticket, dict(chosen), Cause(author, "Other", 0))

    def close(self, ticket_id: int) -> None:
        """Zendesk closes a ticket."""
        with self.world.lock:
            self.world.advance()
            if ticket := self.world.tickets.get(ticket_id):
                ticket.status, ticket.updated_at = "closed", int(self.world.now)
                self.world.changed(ticket)
                self.closed.add(ticket_id)

    def delete(self, ticket_id: int) -> None:
        """An agent deletes a ticket."""
        with self.world.lock:
            self.world.advance()
            if self.world.tickets.pop(ticket_id, None):
                self.world.listings.made.clear()
                self.deleted.add(ticket_id)

    def fault(self, written: str) -> None:
        with self.world.lock:
            self.world.faults.add_written(written)

    def calm(self) -> None:
        """No more faults; what is under way arrives."""
        self.blows.clear()
        with self.world.lock:
            self.world.faults.remove()
        self.clock.sleep(1_000.0)
        with self.world.lock:
            self.world.advance()

    # What is true

    def jobs(self) -> list[Job]:
        return self._read(db.session.query(Job).order_by(Job.id))

    def items(self, job_id: int) -> list[JobItem]:
        return self._read(db.session.query(JobItem).filter_by(job_id=job_id).order_by(JobItem.ticket_id))

    def _read(self, query: Query[Row]) -> list[Row]:
        """The rows, detached: an open transaction would hold SQLite's write lock."""
        found = query.populate_existing().all()
        db.session.expunge_all()
        db.session.rollback()
        return found

    def mails(self, order: Order) -> Counter[int]:
        """How often the customer of each ticket was told of the order's tag, by the rule that consumes it."""
        return Counter(record.ticket_id for record in self.world.ledger.emails if f"({order.tag})" in record.trigger)

    def comments(self, order: Order) -> dict[int, int]:
        """How many comments of an order each ticket got, by the ledger."""
        found: dict[int, int] = {}
        for record in self.world.ledger.changes:
            if record.comment and record.comment["body"] == order.text(record.ticket_id):
                found[record.ticket_id] = found.get(record.ticket_id, 0) + 1
        return found


@contextmanager
def storm(folder: Path, database: str) -> Iterator[Storm]:
    """A storm on a migrated SQLite database, while time, threads and network are in our hands."""
    clock = Clock()
    app = create_app(make_config(folder, database_url=database))
    with app.app_context(), pytest.MonkeyPatch.context() as patch:
        event.listen(db.engine, "connect", partial(_set_up, clock))
        for module in (core, transport):
            patch.setattr(module, "time", clock)
        for name in ("app.jobs.engine.portions", "app.jobs.engine.guardrails", "app.jobs.engine.prefetch"):
            patch.setattr(sys.modules[name], "BATCH", BATCH)
        made = Storm(app, clock)
        _take_in_hand(made, patch)
        try:
            yield made
        finally:
            db.session.remove()
            db.engine.dispose()


def _set_up(clock: Clock, connection: Any, _record: Any) -> None:
    connection.create_function("julianday", 1, clock.julian_day)
    connection.execute("PRAGMA synchronous=OFF")  # nobody cuts the power here


def _take_in_hand(made: Storm, patch: pytest.MonkeyPatch) -> None:
    """Lead every driver past the points where something may happen."""
    for name in INSIDE:
        wrap(name, patch, partial(_watched, made, name))
    really_take, real_transaction, real_start, real_close = (
        driver.take,
        lease.Lease.transaction,
        turn.Turn.start,
        turn.Turn.close,
    )

    def take(job_id: int, owner: str, timing: EngineTiming) -> Lease | None:
        taken = really_take(job_id, owner, timing)
        if taken:
            made.drivers.append(taken)
            made.point("taken")
        return taken

    @contextmanager
    def transaction(self: Lease) -> Iterator[Any]:
        made.statement = "nothing"
        with real_transaction(self) as tx:
            yield tx
        made.point(f"{made.statement} committed")

    def start(self: turn.Turn, call: Callable[..., Any], *args: Any) -> Any:
        now = made.clock()

        def asked() -> Any:
            started.set(now)
            made.point("request")
            return call(*args)

        return real_start(self, asked)

    def close(self: turn.Turn) -> None:
        if isinstance(sys.exc_info()[1], Crash):
            pool: Any = self.pool
            pool.outlive(made.chance)
        real_close(self)

    really_send = sender.send

    def send(*sent: Any) -> Any:
        made.point("sending")
        return really_send(*sent)

    patch.setattr(sender, "send", send)
    patch.setattr(driver, "take", take)
    patch.setattr(lease.Lease, "transaction", transaction)
    patch.setattr(turn.Turn, "start", start)
    patch.setattr(turn.Turn, "close", close)
    patch.setattr(turn, "ThreadPoolExecutor", Threads)
    patch.setattr(turn, "wait", lambda *args, **kwargs: wait(made.chance, *args, **kwargs))


def _watched(made: Storm, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def called(*args: Any, **kwargs: Any) -> Any:
        made.point(f"before {name}")
        found = real(*args, **kwargs)
        made.statement = name
        made.point(f"after {name}")
        return found

    return called
