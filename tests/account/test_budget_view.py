"""What pages and metrics are told of the budget: of all processes, and nothing while nobody knows."""

from __future__ import annotations

import pytest
from flask import Flask

from app.account.connection import gauge
from app.account.connection.clients import budget, client
from app.zendesk import Ask, RateHeaders, Reading
from tests.desk import disconnect


def test_nobody_knows_the_budget_without_redis_or_before_the_first_answer(connected: Flask) -> None:
    client().me()
    assert gauge.look() is None


def test_the_budget_is_not_known_before_the_first_answer(connected: Flask, redis_url: str) -> None:
    assert gauge.share_left() is None


def test_without_an_account_there_is_no_budget(connected: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    disconnect(monkeypatch)
    assert gauge.share_left() is None


def test_who_used_the_minute_and_what_is_left(connected: Flask, redis_url: str) -> None:
    client().for_job(7).me()
    client(background=False).me()
    budget().observe(Ask(None, False), RateHeaders(Reading(100_000, 75_000, 60.0)), refused=True)
    view = gauge.look()
    assert view is not None
    assert (view.minute.jobs, view.minute.people) == (2, 1), "the token is asked for, too"
    assert view.minute.others == 24_997
    assert (view.minute.refused, view.in_flight, view.jobs_waiting) == (1, 0, 0)
    assert gauge.share_left() == 0.75
    budget().block(None, 20.0)
    assert gauge.share_left() == 0


def test_jobs_that_wait_are_counted_and_so_are_their_waits(connected: Flask, redis_url: str) -> None:
    budget().observe(Ask(None, False), RateHeaders(Reading(60, 59, 60.0)))
    for share in ("1", "2", "1", "2", "1", "2"):
        budget().wait(Ask(None, background=True, share=share))
    view = gauge.look()
    assert view is not None
    assert view.jobs_waiting == 2
    assert view.minute.waits == 6 - view.minute.jobs > 0
