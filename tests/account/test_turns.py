"""Taking turns at reading Zendesk: one reader at a time, and never more often than allowed; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask
from sqlalchemy import update

from app.account.budget import turns
from app.account.budget.models import ZendeskRead
from app.database import transaction

HOST = "acme.zendesk.com"


@pytest.fixture(autouse=True)
def context(app: Flask, database: str) -> Iterator[None]:
    with app.app_context():
        yield


def pass_time(seconds: float) -> None:
    """Let time pass for the turns: their moments move into the past."""
    with transaction() as tx:
        tx.execute(update(ZendeskRead).values(not_before=ZendeskRead.not_before - seconds))


def test_one_reads_until_it_is_due_again() -> None:
    assert turns.take(HOST, "views", 30.0)
    assert not turns.take(HOST, "views", 30.0)
    pass_time(30.0)
    assert turns.take(HOST, "views", 30.0)


def test_subjects_and_accounts_are_apart() -> None:
    assert turns.take(HOST, "views", 30.0)
    assert turns.take(HOST, "macros", 30.0)
    assert turns.take("umbrella.zendesk.com", "views", 30.0)


def test_a_burst_is_followed_by_a_steady_pace() -> None:
    def as_many_as_allowed() -> int:
        return next(count for count in range(100) if not turns.take(HOST, "counts", 20.0, 3))

    assert as_many_as_allowed() == 3
    in_a_minute = 3
    for _ in range(3):
        pass_time(20.0)
        in_a_minute += as_many_as_allowed()
    assert in_a_minute == 6
    pass_time(3_600.0)
    assert as_many_as_allowed() == 3, "what was not used is not saved up"


def test_a_filled_cache_is_due_again_when_it_said() -> None:
    assert turns.read_at(HOST, "views") is None
    turns.take(HOST, "views", 30.0)
    with transaction() as tx:
        turns.done(tx, HOST, "views", 60.0)
    assert turns.read_at(HOST, "views") is not None
    pass_time(59.0)
    assert not turns.take(HOST, "views", 30.0)
    pass_time(1.0)
    assert turns.take(HOST, "views", 30.0)


def test_trouble_puts_off_the_next_turn_though_never_for_long() -> None:
    turns.take(HOST, "views", 30.0)
    turns.put_off(HOST, "views", 0.0)
    assert turns.take(HOST, "views", 30.0)
    turns.put_off(HOST, "views", 86_400.0)
    pass_time(turns.LONGEST - 1.0)
    assert not turns.take(HOST, "views", 30.0)
    pass_time(1.0)
    assert turns.take(HOST, "views", 30.0)


def test_a_clock_that_stepped_back_holds_nobody_up() -> None:
    turns.take(HOST, "views", 30.0)
    pass_time(-3_600.0)
    assert turns.take(HOST, "views", 30.0)
    assert not turns.take(HOST, "views", 30.0)
    pass_time(30.0)
    assert turns.take(HOST, "views", 30.0)


@pytest.mark.parametrize("burst", [1, 3])
def test_of_many_at_once_only_as_many_as_allowed_get_a_turn(burst: int) -> None:
    together = threading.Barrier(8)

    def take() -> bool:
        together.wait()
        return turns.take(HOST, "views", 30.0, burst)

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(copy_context().run, take) for _ in range(8)]
        assert sum(each.result() for each in waiting) == burst
