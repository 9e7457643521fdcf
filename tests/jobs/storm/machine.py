"""The state machine: people, workers, agents, Zendesk and the network, in any order that hypothesis can think of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as some
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.jobs.collaborators import engine
from app.jobs.engine.wakeup import sweep
from app.jobs.models import Job
from app.jobs.outcomes import CanaryState, Outcome
from app.jobs.status import Status
from tests.jobs.storm.storm import INSIDE, OUTSIDE, Blow, Order, Storm

MOST_TURNS = 40  # in a row, without anybody waiting
ROUNDS = 60  # of waking workers, within which every job ends once the storm is over
FEWEST_TICKETS = 4  # that are left, so that there is something to change
MOST_ORDERS = 4
PUT = "method=PUT:path=/tickets/update_many"
FAULTS = (
    f"500:{PUT}:times=2",
    f"500-after:{PUT}:times=2",
    f"502:{PUT}:times=1",
    f"503:{PUT}:times=1",
    f"503:{PUT}:times=1:retry_after=20",
    f"429:{PUT}:times=1:retry_after=5",
    f"reset:{PUT}:times=1",
    f"reset-after:{PUT}:times=2",
    f"slow:{PUT}:times=1:seconds=12",
    "500:method=GET:path=/tickets/*/audits:times=4",
    "503:method=GET:path=/tickets/show_many:times=4",
    "429:method=GET:path=/job_statuses/*:times=1:retry_after=30",
    "too-many-jobs:slots=30",
    "job-failed:times=1",
    "job-killed:times=1",
    "job-vanished:times=1",
    "job-half:times=2",
    "agent-edits:tickets=2:times=2",
    "revoked",
)

crashes = some.builds(
    Blow,
    point=some.sampled_from([f"{when} {name}" for name in INSIDE for when in ("before", "after")]),
    n=some.sampled_from([0, 0, 1, 2]),
    what=some.sampled_from(["crash", "fail"]),
)
unclear = some.builds(  # whether it was committed
    Blow, point=some.sampled_from([f"{name} committed" for name in INSIDE]), n=some.just(0), what=some.just("fail")
)
outside = some.builds(
    Blow,
    point=some.sampled_from(OUTSIDE),
    n=some.sampled_from([0, 0, 1, 2]),
    what=some.sampled_from(["crash", "stall", "stall", "pause", "cancel", "edit", "land", "land"]),
    seconds=some.sampled_from([18.0, 40.0, 1.5, 100.0]),
    successor=some.sampled_from([20.0, 1.0, 0.0]),
)
fates = some.builds(
    Blow,
    point=some.just("put leaving"),
    n=some.sampled_from([0, 0, 1, 2]),
    what=some.sampled_from(["late", "late", "lost", "never"]),
    seconds=some.sampled_from([60.0, 25.0, 5.0, 400.0]),
)
blows = some.lists(some.one_of(fates, outside, crashes, unclear), min_size=1, max_size=5)
which = some.integers(0, 11)


class Machine(RuleBasedStateMachine):
    """Drives one storm; `storm` is set by whoever runs it."""

    storm: Storm

    @initialize(
        seed=some.integers(0, 2**16),
        metadata=some.sampled_from([True, True, False]),
        kind=some.sampled_from(["comment", "comment", "rendered", "veiled", "tag"]),
        customers=some.booleans(),
    )
    def begin(self, seed: int, metadata: bool, kind: str, customers: bool) -> None:
        self.storm.begin(seed, metadata=metadata)
        self.storm.start(kind, customers=customers)

    @precondition(lambda self: len(self.storm.orders) < MOST_ORDERS)
    @rule(
        kind=some.sampled_from(["comment", "comment", "rendered", "veiled", "tag"]),
        dry_run=some.booleans(),
        customers=some.booleans(),
        with_=blows,
    )
    def start(self, kind: str, dry_run: bool, customers: bool, with_: list[Blow]) -> None:
        self.storm.blows = with_
        self.storm.start(kind, dry_run=dry_run, customers=customers)

    @rule(order=which)
    def carry_out(self, order: int) -> None:
        if chosen := self._order(order):
            self.storm.carry_out(chosen)

    @rule(job=which, seconds=some.sampled_from([1.0, 3.0, 45.0]), with_=blows)
    def turn(self, job: int, seconds: float, with_: list[Blow]) -> None:
        self.storm.blows = with_
        if chosen := self._job(job):
            self.storm.drive(chosen.id, seconds)

    @rule(with_=blows)
    def sweep(self, with_: list[Blow]) -> None:
        """Workers come for every job that the sweep finds."""
        self.storm.blows = with_
        sweep(engine())
        for _ in range(MOST_TURNS):
            if not self.storm.woken:
                return
            self.storm.drive(self.storm.woken.pop())
        raise AssertionError(f"{MOST_TURNS} turns in a row, and a worker is woken for again: {self._standing()}")

    @rule()
    def flush(self) -> None:
        """Redis forgets who was woken for."""
        self.storm.woken.clear()

    @rule(seconds=some.sampled_from([0.5, 2.0, 11.0, 31.0, 310.0]))
    def wait(self, seconds: float) -> None:
        self.storm.clock.sleep(seconds)

    @rule(hours=some.sampled_from([-1, 1]))
    def step_the_clock(self, hours: int) -> None:
        """Somebody sets the database's clock."""
        self.storm.clock.skew += hours * 3600.0
        self.storm.skewed = True

    @rule(ticket=which, as_us=some.sampled_from([False, False, False, True]))
    def edit(self, ticket: int, as_us: bool) -> None:
        tickets = self.storm.tickets()
        self.storm.edit(tickets[ticket % len(tickets)], as_us=as_us)

    @rule(ticket=which, deleted=some.booleans())
    def lose_a_ticket(self, ticket: int, deleted: bool) -> None:
        tickets = self.storm.tickets()
        deleted = deleted and len(tickets) > FEWEST_TICKETS
        lose = self.storm.delete if deleted else self.storm.close
        lose(tickets[ticket % len(tickets)])

    @rule(written=some.sampled_from(FAULTS))
    def fault(self, written: str) -> None:
        self.storm.fault(written)

    @rule()
    def faults_end(self) -> None:
        with self.storm.world.lock:
            self.storm.world.faults.remove()

    @rule(job=which, command=some.sampled_from(["pause", "resume", "resume", "go_on", "go_on", "cancel"]), with_=blows)
    def command(self, job: int, command: str, with_: list[Blow]) -> None:
        self.storm.blows = with_
        if chosen := self._job(job):
            self.storm.command(command, chosen.id)

    @rule(order=which, dry_run=some.booleans())
    def retry(self, order: int, dry_run: bool) -> None:
        if chosen := self._order(order):
            self.storm.ask_for_a_retry(chosen, dry_run=dry_run)

    @rule(job=which)
    def mark(self, job: int) -> None:
        if chosen := self._job(job):
            unknown = [item.ticket_id for item in self.storm.items(chosen.id) if item.outcome == Outcome.UNKNOWN]
            for ticket_id in unknown[:1]:
                self.storm.mark(chosen.id, ticket_id)

    @invariant()
    def promises(self) -> None:
        self.storm.witness.check_step()

    def teardown(self) -> None:
        end(self.storm)

    def _job(self, number: int) -> Job | None:
        jobs = self.storm.jobs()
        return jobs[number % len(jobs)] if jobs else None

    def _standing(self) -> list[tuple[int, str, str | None, str | None]]:
        return [(job.id, job.status, job.requested_state, job.error) for job in self.storm.jobs()]

    def _order(self, number: int) -> Order | None:
        orders = [order for order in self.storm.orders if order.jobs]
        return orders[number % len(orders)] if orders else None


def end(storm: Storm) -> None:
    """Let the storm be over: the sweep must find every job that is not at rest, and every job must end."""
    storm.calm()
    for _ in range(ROUNDS):
        resting = [job for job in storm.jobs() if job.status in (Status.PAUSED, Status.FAILED)]
        for job in resting:
            storm.command("go_on" if job.canary_status == CanaryState.WAITING else "resume", job.id)
        storm.clock.sleep(31.0)
        storm.woken.clear()
        if not sweep(engine()) and not resting:
            break
        for job_id in storm.woken[:]:
            storm.drive(job_id)
    storm.calm()
    storm.witness.check_end()


def machine_on(storm: Storm) -> Any:
    """The state machine on this storm, as hypothesis wants it: without arguments."""
    return type("Machine", (Machine,), {"storm": storm})
