"""The budget of one process: reserve, windows, blocked buckets."""

import threading

import pytest

from app.zendesk import Ask, LocalBudget, RateHeaders, Reading
from tests.zendesk.factories import Clock

TICKETS = "GET /views/{id}/tickets"
COUNTS = "GET /views/count_many"


def a_budget(clock: Clock, reserve: float = 0.2) -> LocalBudget:
    return LocalBudget(reserve, clock=clock.now)


def of_account(limit: int, remaining: int, reset: float | None = 30.0) -> RateHeaders:
    return RateHeaders(account=Reading(limit, remaining, reset))


def granted(budget: LocalBudget, background: bool, tries: int, bucket: str = TICKETS) -> int:
    return sum(budget.wait(Ask(bucket, background)) == 0 for _ in range(tries))


def test_knows_no_limit_before_the_first_answer():
    assert granted(a_budget(Clock()), background=True, tries=50) == 50


def test_background_work_stops_at_the_reserve_and_people_go_on():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), of_account(100, 30))
    assert granted(budget, background=True, tries=50) == 10
    assert granted(budget, background=False, tries=50) == 20


def test_says_how_long_until_the_window_ends():
    clock = Clock()
    budget = a_budget(clock)
    budget.observe(Ask(TICKETS, True), of_account(100, 20, reset=30.0))
    clock.time += 10
    assert budget.wait(Ask(TICKETS, background=True)) == pytest.approx(20.0)
    clock.time += 20
    assert budget.wait(Ask(TICKETS, background=True)) == 0


def test_without_a_reset_header_a_window_lasts_a_minute():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), of_account(100, 0, reset=None))
    assert budget.wait(Ask(TICKETS, background=False)) == pytest.approx(60.0)


def test_an_overtaken_answer_of_the_same_window_gives_nothing_back():
    clock = Clock()
    budget = a_budget(clock)
    budget.observe(Ask(TICKETS, True), of_account(100, 21, reset=30.0))
    budget.observe(Ask(TICKETS, True), of_account(100, 60, reset=29.0))
    assert granted(budget, background=True, tries=10) == 1


def test_an_answer_of_the_last_window_does_not_stop_the_new_one():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), of_account(100, 99, reset=59.0))
    budget.observe(Ask(TICKETS, True), of_account(100, 0, reset=1.0))
    assert budget.wait(Ask(TICKETS, background=True)) == 0


def test_a_new_window_is_told_by_its_later_end():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), of_account(100, 0, reset=5.0))
    budget.observe(Ask(TICKETS, True), of_account(100, 99, reset=60.0))
    assert budget.wait(Ask(TICKETS, background=True)) == 0


def test_a_new_window_without_a_reset_header_is_told_by_the_jump():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), of_account(100, 0, reset=None))
    budget.observe(Ask(TICKETS, True), of_account(100, 5, reset=None))
    assert budget.wait(Ask(TICKETS, background=False)) > 0
    budget.observe(Ask(TICKETS, True), of_account(100, 99, reset=None))
    assert budget.wait(Ask(TICKETS, background=False)) == 0


def test_a_blocked_bucket_leaves_the_others_alone():
    clock = Clock()
    budget = a_budget(clock)
    budget.block(COUNTS, 12.0)
    assert budget.wait(Ask(COUNTS, background=False)) == pytest.approx(12.0)
    assert budget.wait(Ask(TICKETS, background=True)) == 0
    clock.time += 12
    assert budget.wait(Ask(COUNTS, background=False)) == 0


def test_a_blocked_account_stops_every_bucket():
    budget = a_budget(Clock())
    budget.block(None, 10.0)
    assert budget.wait(Ask(COUNTS, background=False)) == pytest.approx(10.0)
    assert budget.wait(Ask(TICKETS, background=False)) == pytest.approx(10.0)


def test_a_shorter_block_does_not_shorten_a_longer_one():
    budget = a_budget(Clock())
    budget.block(None, 60.0)
    budget.block(None, 1.0)
    assert budget.wait(Ask(TICKETS, background=False)) == pytest.approx(60.0)


def test_an_endpoints_counter_stops_the_requests_that_showed_it():
    budget = a_budget(Clock())
    budget.observe(Ask(COUNTS, True), RateHeaders(endpoints={"views-count": Reading(6, 2, 40.0)}))
    assert granted(budget, background=True, tries=5, bucket=COUNTS) == 2
    assert budget.wait(Ask(COUNTS, background=True)) == pytest.approx(40.0)
    assert budget.wait(Ask(TICKETS, background=True)) == 0


def test_jobs_in_flight_are_no_rate():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), RateHeaders(endpoints={"inflight-jobs": Reading(30, 0, 60.0)}))
    assert budget.wait(Ask(TICKETS, background=True)) == 0


def test_ten_threads_together_get_no_more_than_there_is():
    budget = a_budget(Clock())
    budget.observe(Ask(TICKETS, True), of_account(1000, 700))
    grants: list[int] = []
    threads = [
        threading.Thread(target=lambda: grants.append(granted(budget, background=True, tries=100))) for _ in range(10)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(grants) == 500
