"""How a driver dies in a test of one process, and how its lease ends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import update

from app.database import db_now, transaction
from app.jobs.models import Job
from tests.jobs.statements import wrap


class Killed(BaseException):
    """A driver's process ends here."""


def die_once(point: str, patch: pytest.MonkeyPatch) -> None:
    """Let the next driver die in this function of the store: before it writes, or right after `claim` has written."""

    def mortal(real: Callable[..., object]) -> Callable[..., object]:
        def dies(*args: object, **kwargs: object) -> object:
            wrap(point, patch, lambda _: real)
            if point == "claim":
                real(*args, **kwargs)
            raise Killed

        return dies

    wrap(point, patch, mortal)


def set_times(job_id: int, lease_expires_in: float | None = None, wake_in: float | None = None) -> None:
    """Move the times of a job's row, as if time had passed."""
    values = {}
    if lease_expires_in is not None:
        values["lease_expires_at"] = db_now() + lease_expires_in
    if wake_in is not None:
        values["wake_at"] = db_now() + wake_in
    with transaction() as tx:
        tx.execute(update(Job).where(Job.id == job_id).values(**values))


def let_the_lease_run_out(job_id: int) -> None:
    set_times(job_id, lease_expires_in=-1.0)
