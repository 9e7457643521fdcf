"""Safeguards around the protocol that real processes need: who drives, who notices, who stops. See `tests/force`.

Every process of a stand does without the one that is missing: workers, the web process, and the one that sweeps.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from app.database import db_now
from app.jobs.engine import turn, wakeup
from app.jobs.models import Job
from app.jobs.status import DRIVEN
from app.jobs.store import lease
from tests.ablation.protocol import no_fence, no_quarantine, no_stamp
from tests.ablation.safeguard import Safeguard


def no_expiry() -> None:
    """A lease lasts until it is given back."""
    for module in (lease, wakeup):
        module.nobody_drives = lambda _timing: Job.lease_expires_at.is_(None)


def no_look_ahead() -> None:
    """A time far ahead is taken for what it says."""

    def nobody_drives(_timing: Any) -> ColumnElement[bool]:
        return or_(Job.lease_expires_at.is_(None), Job.lease_expires_at <= db_now())

    def is_due(_timing: Any) -> ColumnElement[bool]:
        return and_(Job.status.in_(DRIVEN), or_(Job.wake_at.is_(None), Job.wake_at <= db_now()))

    for module in (lease, wakeup):
        module.nobody_drives, module.is_due = nobody_drives, is_due


def no_lease() -> None:
    """Whoever gets the message drives."""
    lease.nobody_drives = lambda _timing: Job.id.is_not(None)


def no_sweep() -> None:
    """A job is woken for when it is made and after each turn, and never again."""
    wakeup.sweep.__code__ = (lambda engine: 0).__code__  # the stand, imported by now, has the function itself


def no_leaving() -> None:
    """A process that is asked to leave works until its turn is over."""
    turn.Turn.over = property(lambda self: self.clock() - self.began > self.limits.seconds)


def no_commands() -> None:
    """What a person commands is seen when the turn is over."""
    turn.Turn.may_start = property(lambda self: self.stop_reason is None)


SAFEGUARDS = (
    Safeguard(
        "expiry",
        "the lease of a driver that died runs out",
        no_expiry,
        "test_a_web_process_killed_during_an_inline_job_is_taken_over",
        "tests/force/test_web.py",
        "sqlite",
    ),
    Safeguard(
        "far-ahead",
        "a time far ahead comes from a clock that stepped back",
        no_look_ahead,
        "test_the_databases_clock_steps_while_a_driver_is_dead",
        "tests/force/test_clocks.py",
        "databases_clock and sqlite",
    ),
    Safeguard(
        "lease",
        "one driver at a time has a job",
        no_lease,
        "test_the_same_message_many_times_drives_a_job_once",
        "tests/force/test_messages.py",
        "same_message and sqlite",
    ),
    Safeguard(
        "sweep",
        "a job whose message was lost is woken for again",
        no_sweep,
        "test_jobs_whose_messages_were_emptied_out_are_woken_for_again",
        "tests/force/test_redis.py",
        "emptied and sqlite",
    ),
    Safeguard(
        "leaving",
        "a worker that is asked to leave ends its turn soon",
        no_leaving,
        "test_rolling_restarts_end_turns_soon_and_redo_nothing",
        "tests/force/test_ended.py",
        "rolling and sqlite",
    ),
    Safeguard(
        "commands",
        "a command to pause or cancel is seen between two requests",
        no_commands,
        "test_no_change_starts_later_than_three_seconds_after_the_command",
        "tests/force/test_requested_state.py",
        "three_seconds and sqlite",
    ),
    Safeguard(
        "fence-by-force",
        "a driver that was stopped and wakes writes nothing",
        no_fence,
        "test_it_sends_nothing_and_changes_no_outcome",
        "tests/force/test_frozen.py",
        "sqlite-comments",
    ),
    Safeguard(
        "stamp-by-force",
        "each ticket goes under its own stamp",
        no_stamp,
        "test_a_change_that_lands_long_after_its_batch_went_again_changes_nothing_any_more",
        "tests/force/test_zendesk.py",
        "lands_long_after and sqlite-comments",
    ),
    Safeguard(
        "quarantine-by-force",
        "a batch over which drivers die is quarantined",
        no_quarantine,
        "test_a_batch_whose_driver_dies_three_times_is_quarantined_and_the_rest_is_done",
        "tests/force/test_zendesk.py",
        "dies_three_times and sqlite",
    ),
)
