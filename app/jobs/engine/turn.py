"""One turn of a driver: its lease, its clock, what a person asks for meanwhile, and the threads that wait for Zendesk.

The turn's own thread is the only one that writes to the database; requests to Zendesk run beside it, so that the lease
is renewed on time however slow an answer is, and so that no transaction is ever open during a request.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any, TypeVar

from app.account.connection.writing import Hold
from app.jobs.engine.neighbours import Neighbours
from app.jobs.protocol.operation import Operation
from app.jobs.status import RequestedState
from app.jobs.store import job_items
from app.jobs.store.job_row import JobRow, read_job
from app.jobs.store.lease import Lease, LeaseLost
from app.jobs.timing import EngineTiming
from app.zendesk import Client, NetworkError

T = TypeVar("T")

READERS = 8  # requests at a time that render tickets


class NotSent(Exception):  # noqa: N818 - an event of the protocol, not a fault
    """It did not go out: the lease would not outlast the request, or Zendesk could not be asked before (the cause)."""


class PreconditionFailed(Exception):  # noqa: N818 - an event of the protocol, not a fault
    """What the job is made of is not what it was; the message is the sentence."""


class RevisionChanged(Exception):  # noqa: N818 - an event of the protocol, not a fault
    """An admin saved the macro meanwhile: what waits to be sent was rendered from the revision before."""

    def __init__(self, revision: str) -> None:
        super().__init__(revision)
        self.revision = revision


@dataclass(frozen=True)
class Wait:
    """How long a job has to wait after a turn, in seconds, and for what.

    `for_person`: for what a person does; by itself nothing happens when that time is over.
    """

    seconds: float = 0.0
    reason: str | None = None
    for_person: bool = False


@dataclass(frozen=True)
class Limits:
    """What a turn may take; `slots` are the Zendesk jobs that all jobs may have in flight."""

    slots: int
    seconds: float
    collect_at_most: int | None = None  # an inline driver leaves larger jobs to a worker


@dataclass(frozen=True)
class Guards:
    """What is asked on the way, each with a sentence or None: may it go on?"""

    stopping: Callable[[], bool]  # the process is asked to leave
    hold: Callable[[], Hold | None]  # what keeps everybody from writing
    recheck: Callable[[], str | None]  # why what the job is made of is no longer the same
    refused: Callable[[JobRow], str | None]  # why so many refusals should stop the job


@dataclass
class Turn:
    """What a driver knows while it works on one job."""

    lease: Lease
    client: Client
    operation: Operation
    job: JobRow
    limits: Limits
    guards: Guards
    revision: str | None = None  # of what the job is made of, as it was last seen; None once that has changed
    stop_reason: str | None = None  # the sentence with which the job stops, once what is at Zendesk is settled
    held: Hold | None = field(init=False)  # as of the last refresh; nothing new may be written meanwhile
    began: float = field(init=False)
    refreshed: float = field(init=False)
    others: Neighbours = field(init=False)
    pool: ThreadPoolExecutor = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.refreshed = self.clock()
        self.others = Neighbours(self.timing)
        self.held = self.guards.hold()
        threads = self.limits.slots + READERS + 2
        self.pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=f"job-{self.job.id}")

    @property
    def timing(self) -> EngineTiming:
        return self.lease.timing

    @property
    def clock(self) -> Callable[[], float]:
        return self.lease.timing.clock

    def close(self) -> None:
        """Let the threads go; a request that is out ends by itself, one that is not will find no lease."""
        self.lease.drop()
        self.pool.shutdown(wait=False, cancel_futures=True)

    def check_lease(self) -> None:
        """Called just before a write: a request may only go out while the lease outlasts it.

        :raises NotSent: when it would not.
        """
        if self.lease.left() < self.client.whole_timeout:
            raise NotSent(f"{self.lease.left():.1f} s of the lease are left")

    def refresh(self) -> None:
        """Renew the lease when it is time, and see what became of the job meanwhile.

        :raises LeaseLost: when another driver has the job.
        """
        self.lease.keep()
        if self.clock() - self.refreshed >= self.timing.refresh_every:
            self.job, self.held = read_job(self.job.id), self.guards.hold()
            self.refreshed = self.clock()
            if self.job.lease_token != self.lease.token:
                raise LeaseLost(f"job {self.job.id}: lease {self.lease.token} was taken over")
        self.others.look(self.job)

    @property
    def over(self) -> bool:
        """The time of this turn is used up, or the process has to leave."""
        spent = self.clock() - self.began
        if self.guards.stopping() or spent > self.limits.seconds:
            return True
        return self.others.wait and spent > self.timing.short_turn

    @property
    def may_start(self) -> bool:
        """New work may begin: no person asked to pause or stop, and nothing stands against it."""
        return self.job.requested_state == RequestedState.RUN and self.stop_reason is None

    def prefetch_from(self, revision: str | None) -> None:
        """Let Zendesk render anew what it rendered and what was not sent yet: that was made from an older revision."""
        with self.lease.transaction() as tx:
            job_items.prefetch_again(tx, self.job.id, revision)
        self.revision = revision

    def stop_with(self, sentence: str | None) -> None:
        """Begin nothing new; the job stops with this sentence once what is at Zendesk is settled."""
        self.stop_reason = self.stop_reason or sentence

    def stop_if_refused(self) -> bool:
        """Stop when too many tickets were refused, as of the last refresh; whether that is so."""
        sentence = self.guards.refused(self.job)
        self.stop_with(sentence)
        return sentence is not None

    def may_drive(self, total: int) -> bool:
        """Whether a job of so many tickets is this driver's: a request leaves larger ones to a worker."""
        return self.limits.collect_at_most is None or total <= self.limits.collect_at_most

    def may_list(self, total: int) -> bool:
        """The listing, of so many tickets by now, may go on in this turn."""
        return self.may_drive(total) and self.may_start and not self.over

    def start(self, call: Callable[..., T], *args: Any) -> Future[T]:
        """Run a request beside the turn; the thread sees the same application and log context."""
        return self.pool.submit(copy_context().run, call, *args)

    def wait_for(self, futures: Iterable[Future[Any]], seconds: float) -> set[Future[Any]]:
        """Wait for any of the requests, for so many seconds at most; keeps the lease."""
        self.refresh()
        pending, seconds = set(futures), min(max(seconds, 0.0), self.timing.refresh_every)
        if not pending:
            self.timing.sleep(seconds)
            return set()
        return wait(pending, timeout=seconds, return_when=FIRST_COMPLETED).done

    def result(self, future: Future[T]) -> T:
        """The answer of one read, waited for while the lease is kept; raises what the request raised.

        :raises NetworkError: when this process has to leave, or a person wants the job to stop, before it came.
        """
        while not future.done():
            if self.guards.stopping() or self.job.requested_state != RequestedState.RUN:
                raise NetworkError("an answer was not waited for: the turn has to end")
            self.wait_for([future], self.timing.refresh_every)
        return future.result()


def while_kept(lease: Lease, call: Callable[[], T]) -> T:
    """The answer of requests that come before a turn, made beside its thread, which keeps the lease meanwhile.

    :raises LeaseLost: when another driver has the job; and what `call` raises.
    """
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        future = pool.submit(copy_context().run, call)
        while not wait([future], timeout=lease.timing.refresh_every).done:
            lease.keep()
        return future.result()
    finally:  # a lease that is lost waits for no answer
        pool.shutdown(wait=False, cancel_futures=True)
