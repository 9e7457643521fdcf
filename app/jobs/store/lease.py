"""Who drives a job: a lease in its row, by the database's clock, with a token that only grows.

Every transaction of a driver begins with the guarded UPDATE of the job's row. It renews the lease and proves that it is
still ours; zero rows mean that another driver took over, and this one stops at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, exists, func, not_, null, or_, select, update

from app.database import db_now, read_transaction, transaction
from app.jobs.models import Job
from app.jobs.status import DRIVEN, RequestedState, Status
from app.jobs.timing import USUAL, EngineTiming


class LeaseLost(Exception):  # noqa: N818 - an event of the protocol, not a fault
    """Another driver has the job; whatever this one still holds in memory is worthless."""


def nobody_drives(timing: EngineTiming) -> ColumnElement[bool]:
    """SQL: no driver, or one that did not renew in time.

    NULL counts: a comparison alone would skip it. So does an expiry far ahead: it comes from a clock that stepped back.
    """
    expiry = Job.lease_expires_at
    return or_(expiry.is_(None), expiry <= db_now(), expiry > db_now() + 2 * timing.lease)


def is_due(timing: EngineTiming) -> ColumnElement[bool]:
    """SQL: the job needs a driver now; what a person asks for (to pause, to stop) ends any wait.

    A wait that ends far ahead comes from a clock that stepped back.
    """
    wake = Job.wake_at
    to_rest = Job.requested_state != RequestedState.RUN
    over = or_(wake.is_(None), wake <= db_now(), wake > db_now() + 2 * timing.longest_wait, to_rest)
    return and_(Job.status.in_(DRIVEN), over)


def _driven(timing: EngineTiming) -> ColumnElement[float]:
    """SQL: seconds since the lease was renewed last, as work on a list that is frozen: of it a job's pace is made.

    What lies between two turns (a pause, a look at the first tickets, a wait) counts as none.
    """
    since = timing.lease - (Job.lease_expires_at - db_now())
    return case((and_(Job.listed_at.is_not(None), since > 0), since), else_=0.0)


@dataclass
class Lease:
    """The right to drive one job."""

    job_id: int
    token: int
    timing: EngineTiming = USUAL
    renewed_at: float = field(default=0.0)
    vanished: bool = False  # the driver before this one never gave the job back

    @property
    def clock(self) -> Callable[[], float]:
        return self.timing.clock

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A writing transaction that commits only while the lease is ours.

        :raises LeaseLost: when it is not; nothing was written.
        """
        began = self.clock()  # before the statement: the lease must never seem longer here than it is in the database
        with transaction() as tx:
            renewed = tx.execute(
                update(Job)
                .where(Job.id == self.job_id, Job.lease_token == self.token, Job.lease_expires_at > db_now())
                .values(
                    lease_expires_at=db_now() + self.timing.lease,
                    active_seconds=Job.active_seconds + _driven(self.timing),
                )
            )
            if renewed.rowcount != 1:
                raise LeaseLost(f"job {self.job_id}: lease {self.token} is gone")
            yield tx
        self.renewed_at = began

    def left(self) -> float:
        """Seconds that the lease surely lasts."""
        return self.timing.lease - (self.clock() - self.renewed_at)

    def drop(self) -> None:
        """Count the lease as over, whatever the database says: its driver has stopped."""
        self.renewed_at = float("-inf")

    def keep(self) -> None:
        """Renew the lease when it is old enough.

        :raises LeaseLost: when it is no longer ours.
        """
        if self.left() < self.timing.lease - self.timing.renew_after:
            with self.transaction():
                pass

    def release(
        self,
        *,
        wake_in: float | None = None,
        waiting_for: str | None = None,
        for_person: bool = False,
        trouble: dict[str, Any] | None = None,
    ) -> None:
        """Give the job back, with the time from which another driver should go on.

        A job that was paused keeps what it waits for.

        :param for_person: it waits for what a person does; that time is only when a driver looks again.
        :param trouble: what the next driver has to know of requests that brought nothing.
        """
        with self.transaction() as tx:
            tx.execute(
                update(Job)
                .where(Job.id == self.job_id)
                .values(
                    lease_expires_at=None,
                    lease_owner=None,
                    woken_at=None,
                    trouble=null() if trouble is None else trouble,
                    waiting_for=case((Job.status == Status.PAUSED, Job.waiting_for), else_=waiting_for),
                    waits_for_person=case((Job.status == Status.PAUSED, Job.waits_for_person), else_=for_person),
                    wake_at=None if wake_in is None else db_now() + min(wake_in, self.timing.longest_wait),
                )
            )


def take(job_id: int, owner: str, timing: EngineTiming = USUAL) -> Lease | None:
    """The lease of a job that needs a driver, or None: it is driven already, has ended, or waits.

    A driver that vanished without giving back counts as a takeover.
    """
    began = timing.clock()
    vanished = case((Job.lease_expires_at.is_not(None), 1), else_=0)
    with transaction() as tx:
        before = tx.scalar(select(Job.recoveries).where(Job.id == job_id))
        taken = tx.execute(
            update(Job)
            .where(
                Job.id == job_id,
                is_due(timing),
                nobody_drives(timing),
            )
            .values(
                lease_token=Job.lease_token + 1,
                lease_expires_at=db_now() + timing.lease,
                lease_owner=owner,
                waiting_for=None,
                waits_for_person=False,
                wake_at=None,
                takeovers=Job.takeovers + vanished,
                recoveries=Job.recoveries + vanished,
                started_at=func.coalesce(Job.started_at, db_now()),
            )
            .returning(Job.lease_token, Job.recoveries)
        ).one_or_none()
    return None if taken is None else Lease(job_id, taken[0], timing, began, vanished=taken[1] != before)


def others_wait(job_id: int, timing: EngineTiming) -> bool:
    """Whether another job needs a driver now and has none: then turns are short."""
    with read_transaction() as tx:
        return bool(tx.scalar(select(exists().where(Job.id != job_id, is_due(timing), nobody_drives(timing)))))


def others_at_work(job_id: int, account: str, timing: EngineTiming) -> int:
    """How many other jobs are changing tickets of the same account now."""
    with read_transaction() as tx:
        at_work = (Job.account == account, Job.status == Status.RUNNING, not_(nobody_drives(timing)))
        return tx.scalar(select(func.count()).select_from(Job).where(Job.id != job_id, *at_work)) or 0
