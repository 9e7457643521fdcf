"""The budget that all processes share: what Zendesk allows, evenly, fairly, with people first, whatever Redis does."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from app.account.budget.lone import ASSUMED_LIMIT, EXPECTED_PROCESSES
from app.account.budget.shared import AWAY_SECONDS, SharedBudget
from app.zendesk import Ask, RateHeaders, Reading
from app.zendesk.limits import LONGEST_RETRY_AFTER
from tests.account.rate_town import Account, Actor, Town, clicks, integration, works

TICKETS, COUNTS = "GET /views/{id}/tickets", "GET /views/{id}/count"
Make = Callable[..., SharedBudget]


@pytest.fixture
def town() -> Town:
    return Town()


@pytest.fixture
def process(redis_url: str, town: Town) -> Iterator[Make]:
    """`process()`: the budget of one more process that has the same Redis; its clock is the town's."""
    made: list[SharedBudget] = []

    def make(reserve: float = 0.2, patience: float = 10.0) -> SharedBudget:
        budget = SharedBudget(
            redis_url, "acme.zendesk.com", reserve, patience=patience, clock=town.clock, redis_clock=town.clock
        )
        made.append(budget)
        return budget

    yield make
    for budget in made:
        budget.close()


def job(share: str = "1", bucket: str = TICKETS) -> Ask:
    return Ask(bucket, background=True, share=share)


def person(bucket: str = TICKETS) -> Ask:
    return Ask(bucket, background=False)


def of_account(limit: int, remaining: int, reset: float | None = 60.0) -> RateHeaders:
    return RateHeaders(account=Reading(limit, remaining, reset))


def of_endpoint(name: str, limit: int, remaining: int, reset: float | None = 40.0) -> RateHeaders:
    return RateHeaders(endpoints={name: Reading(limit, remaining, reset)})


def granted(budget: SharedBudget, ask: Callable[[], Ask], tries: int) -> int:
    return sum(budget.wait(ask()) == 0 for _ in range(tries))


def waits_p95(waits: list[float]) -> float:
    return sorted(waits)[int(0.95 * len(waits))]


@pytest.mark.parametrize("resets", [True, False], ids=["with reset", "headers of 2017"])
@pytest.mark.parametrize(("limit", "reserve"), [(400, 0.2), (700, 0.2), (200, 0.0)])
def test_what_is_usable_is_used_without_429_while_others_take_a_third(
    process: Make, town: Town, limit: int, reserve: float, resets: bool
) -> None:
    account, waits = Account(town, limit, resets=resets), []
    processes = [process(reserve) for _ in range(8)]
    jobs = [works(account, processes[number % 8], str(1 + number % 2)) for number in range(16)]
    town.run(250, *jobs, clicks(account, processes[0], 2.0, waits), integration(account, 0.3))
    whole = account.whole()
    usable = sum(limit * (1 - reserve) - window["other"] - window["person"] for window in whole)
    used = sum(window["1"] + window["2"] for window in whole)
    ours = sum(window.total() - window["other"] for window in account.windows.values())
    assert used >= 0.9 * usable
    assert account.refused["1"] + account.refused["2"] + account.refused["person"] <= 0.005 * ours
    assert sum(window["1"] for window in whole) == pytest.approx(used / 2, rel=0.1)
    assert waits_p95(waits) <= 1.0


def seconds_for(process: Make, town: Town, requests: int, *others: Actor, account: Account) -> float:
    """How long a job of so many requests takes, two at a time, beside others."""
    budget, began, last = process(), town.now, []
    threads = [works(account, budget, "small", requests // 2, done=lambda _: last.append(town.now)) for _ in range(2)]
    town.run(55, *others)
    began = town.now
    town.run(120, *threads, *others)
    assert len(last) == requests
    return max(last) - began


@pytest.mark.parametrize("requests", [20, 120])
def test_a_small_job_beside_a_large_one_takes_less_than_three_times_its_time_alone(
    process: Make, town: Town, requests: int
) -> None:
    alone = seconds_for(process, town, requests, account=Account(town))
    account = Account(town, phase=(town.now + 17.3) % 60)
    large = process()
    beside = seconds_for(process, town, requests, *(works(account, large, "large") for _ in range(12)), account=account)
    assert beside < 3 * alone


def test_a_job_with_few_threads_has_its_half_too(process: Make, town: Town) -> None:
    account, budget = Account(town), process()
    few = [works(account, budget, "few") for _ in range(3)]
    town.run(200, *(works(account, budget, "many") for _ in range(20)), *few)
    used = sum((window for window in account.whole()), start=account.whole()[0].__class__())
    assert used["few"] == pytest.approx(used.total() / 2, rel=0.1)


def test_a_job_that_asks_nothing_takes_no_share(process: Make, town: Town) -> None:
    account, budget = Account(town), process()
    town.run(10, *(works(account, budget, "1") for _ in range(4)))
    town.run(170, *(works(account, budget, "2") for _ in range(4)))
    assert all(window["2"] >= 0.9 * 0.8 * account.limit for window in account.whole())


def test_a_job_that_gives_up_waiting_keeps_its_place(process: Make, town: Town) -> None:
    budget = process()
    budget.observe(person(), of_account(100_000, 99_999))
    town.now += 1
    assert all(budget.wait(job(share)) == 0 for share in "12" * 20), "no head start is left to either"
    budget.observe(person(), of_account(60, 59))
    for _ in range(3):
        budget.wait(job("1"))
    impatient = job("2")
    first = budget.wait(impatient)
    budget.drop(impatient)
    later = [job("1") for _ in range(5)]
    for each in later:
        budget.wait(each)
    assert budget.wait(job("2")) == pytest.approx(first, abs=0.02)
    assert budget.wait(job("1")) > first


def test_a_window_is_not_spent_at_its_start(process: Make, town: Town) -> None:
    account = Account(town, phase=0.0)
    town.run(10, *(works(account, process(), "1", latency=0.05) for _ in range(30)))
    even = 0.8 * account.limit / 60
    assert account.windows[0].total() <= (10 + 2) * even + 1


def test_what_was_not_used_is_caught_up_within_the_window(process: Make, town: Town) -> None:
    account, budget = Account(town, phase=0.0), process()
    budget.observe(person(), account.take("other")[0])
    town.now += 40
    town.run(20, *(works(account, budget, "1", latency=0.1) for _ in range(20)))
    assert account.windows[0]["1"] >= 0.9 * 0.8 * account.limit


def test_background_work_stops_at_the_reserve_and_people_do_not(process: Make, town: Town) -> None:
    first, second = process(), process()
    first.observe(job(), of_account(100, 20))
    assert second.wait(job()) == pytest.approx(60.0, abs=0.1)
    assert granted(second, person, 30) == 20
    assert first.wait(person()) == pytest.approx(60.0, abs=0.1)
    town.now += 61
    assert second.wait(job()) == 0


@pytest.mark.process
def test_processes_and_threads_together_are_granted_what_is_left_and_no_more(redis_url: str) -> None:
    budget = SharedBudget(redis_url, "acme.zendesk.com", 0.2, patience=10.0)
    budget.observe(person(), of_account(100, 60, reset=600.0))
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        assert sum(pool.map(_grants_of_a_process, [redis_url] * 4)) == 60
    budget.close()


def _grants_of_a_process(redis_url: str) -> int:
    budget = SharedBudget(redis_url, "acme.zendesk.com", 0.2, patience=10.0)
    with ThreadPoolExecutor(8) as pool:
        found = sum(pool.map(lambda _: budget.wait(person()) == 0, range(40)))
    budget.close()
    return found


def test_an_answer_does_not_know_of_requests_that_went_after_its_own(process: Make) -> None:
    budget = process(reserve=0.0)
    budget.observe(person(), of_account(100, 60))
    early = person()
    budget.wait(early)
    assert granted(budget, person, 40) == 40
    budget.observe(early, of_account(100, 30))  # others took 29; our 40 are on their way
    assert budget.wait(person()) > 0


def test_a_reading_that_was_overtaken_does_not_raise_what_is_left(process: Make) -> None:
    budget = process()
    budget.observe(person(), of_account(100, 5, reset=30))
    budget.observe(person(), of_account(100, 60, reset=29))
    assert granted(budget, person, 10) == 5


def test_a_late_reading_of_the_window_before_is_not_taken_for_this_one(process: Make) -> None:
    budget = process()
    budget.observe(person(), of_account(100, 99, reset=59))
    budget.observe(person(), of_account(100, 0, reset=1))
    assert budget.wait(person()) == 0


def test_a_slow_answer_is_not_taken_for_a_new_window(process: Make, town: Town) -> None:
    budget, slow = process(), person()
    budget.wait(slow)
    budget.observe(person(), of_account(100, 3, reset=30))
    town.now += 8
    budget.observe(slow, of_account(100, 70, reset=30))
    assert granted(budget, person, 10) == 3


def test_a_slow_first_answer_tells_the_end_by_when_its_request_went(process: Make, town: Town) -> None:
    budget, slow = process(), person()
    budget.wait(slow)
    town.now += 8
    budget.observe(slow, of_account(100, 0, reset=30))
    assert budget.wait(person()) == pytest.approx(30 + 1 - 8, abs=0.1)


def test_a_new_window_is_known_by_its_end_or_by_a_jump(process: Make, town: Town) -> None:
    budget = process()
    budget.observe(person(), of_account(100, 0, reset=30))
    budget.observe(person(), of_account(100, 90, reset=59))
    assert budget.wait(person()) == 0
    other = process()
    budget.observe(person(), of_account(100, 0, reset=None))
    town.now += 1
    assert other.wait(person()) > 0
    budget.observe(person(), of_account(100, 5, reset=None))
    assert other.wait(person()) > 0, "a few more are no new window"
    budget.observe(person(), of_account(100, 99, reset=None))
    assert other.wait(person()) == 0


def test_the_retry_after_of_one_process_holds_for_all(process: Make, town: Town) -> None:
    first, second = process(), process()
    first.block(COUNTS, 12.0)
    assert second.wait(person(COUNTS)) == pytest.approx(12.0, abs=0.01)
    assert second.wait(person(TICKETS)) == 0
    first.block(None, 30.0)
    first.block(None, 1.0)
    assert second.wait(person(TICKETS)) == pytest.approx(30.0, abs=0.01)
    town.now += 31
    assert second.wait(person(COUNTS)) == 0


def test_the_counter_of_an_endpoint_holds_for_all_and_for_its_requests_only(process: Make) -> None:
    first, second = process(), process()
    first.observe(person(COUNTS), of_endpoint("views-count", 6, 2))
    assert granted(first, lambda: person(COUNTS), 1) + granted(second, lambda: person(COUNTS), 5) == 2
    assert second.wait(person(COUNTS)) == pytest.approx(40.0, abs=0.1)
    assert second.wait(person(TICKETS)) == 0


@pytest.mark.parametrize("name", ["inflight-jobs", "per-ticket-updates"])
def test_what_is_no_rate_of_the_bucket_stops_nothing(process: Make, name: str) -> None:
    budget = process()
    budget.observe(person(), of_endpoint(name, 30, 0))
    assert budget.wait(person()) == 0


def test_a_request_that_asks_again_because_our_answer_was_lost_counts_once(process: Make) -> None:
    budget = process()
    budget.observe(person(), of_account(100, 1))
    ask = person()
    assert [budget.wait(ask), budget.wait(ask)] == [0, 0]
    assert budget.wait(person()) > 0


def test_a_request_that_is_not_sent_gives_back_what_it_was_granted(process: Make) -> None:
    budget, ask = process(), person()
    budget.observe(person(), of_account(100, 1))
    assert budget.wait(ask) == 0
    budget.drop(ask)
    assert budget.wait(person()) == 0


def test_requests_of_a_dead_process_do_not_stay_in_flight(process: Make, town: Town) -> None:
    budget = process()
    granted(budget, person, 9)
    assert (budget.look() or {})["out"] == 9
    town.now += 60
    assert (budget.look() or {})["out"] == 0


def test_redis_emptied_costs_one_small_burst(process: Make, town: Town, redis_url: str) -> None:
    budget, grants = process(), 0
    with redis.Redis.from_url(redis_url) as server:
        for tenth in range(100):
            if tenth % 20 == 10:
                server.flushall()
            grants += granted(budget, job, 20)
            town.now += 0.1
    even = 0.8 * ASSUMED_LIMIT / 60
    assert grants <= 10 * even + 6 * 2 * even


@pytest.mark.parametrize("junk", [b"\xc1 nothing that unpacks", b"\xa3abc", ["a list"]])
def test_junk_in_redis_is_written_over(process: Make, redis_url: str, junk: bytes | list[str]) -> None:
    budget = process()
    with redis.Redis.from_url(redis_url) as server:
        for key in budget._keys:
            server.lpush(key, *junk) if isinstance(junk, list) else server.set(key, junk)
        assert budget.wait(person()) == 0
        assert (budget.look() or {})["minute"]["people"] == 1


TAMPERED = [
    "s.at = s.at + 1e9",
    "s.ends = 1e15",
    "s.ends = 'x'",
    "s.limit = 0",
    "s.limit = -1",
    "s.limit = 0/0",
    "s.left = -1e300",
    "s.left = {}",
    "s.tokens = -1e9",
    "s.tokens = -math.huge",
    "s.tokens = 0/0",
    "s.tokens = nil",
    "s.before = 1e300",
    "s.virtual = math.huge",
    "s.last = {a = 1e300}",
    "s.last = 7",
    "s.stops[''] = s.at + 1e9",
    "s.stops[''] = math.huge",
    "s.stops['GET /views/{id}/tickets'] = s.at + 86400",
    "s.stops[''] = {}",
    "s.stops = 'x'",
    "s.names = nil",
    "s.queue = {x = {share = '1', tag = -1e9, expires = s.at + 1e9}}",
    "s.queue = {x = {share = '1', tag = 'x'}}",
    "s.points = {p = {limit = 1, left = 0, ends = s.at + 1e9}}; s.names = {['GET /views/{id}/tickets'] = {p = true}}",
    "s.points = {p = 1}",
    "s.out = {x = {at = s.at + 1e9, number = 1, kind = 'jobs'}}",
    "s.out = {x = 1}",
    "s.jobs = -1e9",
    "s.out = {x = {at = s.at, number = 1, kind = {}}}",
    "s.refused = 'many'",
    "s.granted = {}",
]


def tamper(redis_url: str, budget: SharedBudget, change: str) -> None:
    """Change what Redis holds of the budget, as somebody could who can write there."""
    script = (
        f"local s = cmsgpack.unpack(redis.call('GET', KEYS[1])); {change}; redis.call('SET', KEYS[1], cmsgpack.pack(s))"
    )
    with redis.Redis.from_url(redis_url) as server:
        server.eval(script, 1, budget._keys[0])


@pytest.mark.parametrize("change", TAMPERED)
def test_what_no_run_can_have_left_in_redis_stops_nobody(
    process: Make, town: Town, redis_url: str, change: str
) -> None:
    budget = process()
    budget.observe(person(), of_account(400, 399))
    assert budget.wait(job()) == 0
    tamper(redis_url, budget, change)
    assert budget.wait(person()) == 0
    assert process().wait(job()) == 0
    assert (budget.look() or {})["stopped"] == 0


def test_a_stop_lasts_no_longer_than_zendesks_longest(process: Make, town: Town, redis_url: str) -> None:
    budget = process()
    budget.wait(job())
    tamper(redis_url, budget, f"s.stops[''] = s.at + {LONGEST_RETRY_AFTER}")
    assert 0 < budget.wait(job()) <= LONGEST_RETRY_AFTER
    town.now += LONGEST_RETRY_AFTER + 1
    assert budget.wait(job()) == 0, "in this process, which remembers stops, too"


def test_minutes_that_are_none_are_passed_over(process: Make, redis_url: str) -> None:
    budget = process()
    budget.wait(person())
    minute = {"ends": 1, "limit": 400, "jobs": 1, "people": 1, "others": 0, "waits": 0, "refused": 0}
    with redis.Redis.from_url(redis_url) as server:
        server.rpush(budget._keys[1], b"\xff\xfe", "x", "[]", "null", "{}", json.dumps(minute | {"jobs": "x"}))
        server.rpush(budget._keys[1], json.dumps(minute), json.dumps(minute | {"jobs": 1e300}))
    assert [json.loads(text) for text in (budget.look() or {})["hour"]] == [minute]


def test_a_clock_that_is_set_back_makes_nobody_wait_for_it(process: Make, town: Town) -> None:
    process().observe(person(), of_account(100, 0, reset=60))
    town.now -= 3600
    assert process().wait(person()) == 0


def test_keys_are_the_accounts_own_and_expire(process: Make, redis_url: str) -> None:
    process().wait(person())
    with redis.Redis.from_url(redis_url, decode_responses=True) as server:
        (key,) = server.keys()
        assert "acme.zendesk.com" in key
        assert 0 < server.ttl(key) <= 7200


def test_minutes_are_kept_for_an_hour(process: Make, town: Town) -> None:
    account, budget = Account(town), process()
    town.run(70 * 60, clicks(account, budget, 20.0, []))
    seen = budget.look() or {}
    assert len(seen["hour"]) == 60


def test_without_redis_a_process_takes_a_part_and_never_fails(town: Town) -> None:
    budget = SharedBudget("redis://127.0.0.1:1/0", "acme", 0.2, clock=town.clock)
    budget.observe(person(), of_account(800, 799, reset=60))
    budget.drop(person())
    assert budget.look() is None
    assert granted(budget, job, 200) == 0.8 * 800 / EXPECTED_PROCESSES
    assert granted(budget, person, 200) == 800 / EXPECTED_PROCESSES


def test_without_redis_and_before_any_answer_the_door_is_not_open(town: Town) -> None:
    budget = SharedBudget("redis://127.0.0.1:1/0", "acme", 0.2, clock=town.clock)
    assert granted(budget, job, 200) == 0.8 * ASSUMED_LIMIT / EXPECTED_PROCESSES
    town.now += 30
    assert granted(budget, job, 200) == 0.8 * ASSUMED_LIMIT / EXPECTED_PROCESSES / 2


def test_a_redis_that_hangs_is_asked_once_and_taken_back_when_it_answers(
    process: Make, town: Town, redis_url: str
) -> None:
    budget = process(patience=0.2)
    budget.observe(person(), of_account(100, 10))
    with redis.Redis.from_url(redis_url) as server:
        server.client_pause(600_000, all=False)
        budget.wait(person())
        asked, budget._script = [], lambda *_: asked.append(1)  # type: ignore[assignment]
        assert granted(budget, person, 5) == 5
        assert not asked
        server.client_unpause()
    del budget._script
    budget._script = process()._script
    assert budget.look() is None
    town.now += AWAY_SECONDS
    assert (budget.look() or {})["left"] == 10


def test_a_retry_after_outlives_redis(process: Make, redis_url: str) -> None:
    first, second = process(), process()
    first.block(None, 30.0)
    assert second.wait(person()) > 0
    with redis.Redis.from_url(redis_url) as server:
        server.flushall()
    assert first.wait(person()) > 0
    assert second.wait(person()) > 0, "it was told so before"


@pytest.mark.parametrize("odd", [of_account(100, 5_000), of_account(0, 0), of_endpoint("tickets-index", 0, 90_000)])
def test_odd_numbers_of_zendesks_make_nobody_forget_a_stop(process: Make, redis_url: str, odd: RateHeaders) -> None:
    first, second = process(), process()
    ask = person()
    assert first.wait(ask) == 0
    first.block(None, 30.0)
    first.observe(ask, odd)
    assert second.wait(person()) > 0
    assert (second.look() or {})["stopped"] == 30.0
