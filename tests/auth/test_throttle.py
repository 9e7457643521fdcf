"""Wrong passwords are borne only so long, and a stranger's guesses lock nobody out."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.auth import devices, people, throttle
from app.auth.attempts import FIRST, LONGEST, MOST_KEYS, PREFIX, Attempts, Counter
from app.auth.models import User
from config import Config
from tests.factories import PASSWORD, make_user
from tests.pages import PageClient


@pytest.fixture
def ada(app: Flask) -> User:
    with app.app_context():
        return make_user(email="ada@example.com")


def attempt(client: PageClient, password: str = PASSWORD, email: str = "ada@example.com", ip: str = "192.0.2.1") -> Any:
    form = {"email": email, "password": password}
    return client.submit("/login", form, environ_base={"REMOTE_ADDR": ip})


def guess(client: PageClient, times: int, **kwargs: str) -> list[int]:
    return [attempt(client, "a wrong guess", **kwargs).status_code for _ in range(times)]


def browser(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def test_after_ten_failures_even_the_right_password_waits(client: PageClient, ada: User) -> None:
    assert guess(client, 11) == [401] * 10 + [429]
    refused = attempt(client)
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= FIRST
    assert re.search(r"Try again in \d+ seconds\.", refused.get_data(as_text=True))
    assert 'value="ada@example.com"' in refused.get_data(as_text=True)


def test_redis_counts_for_all_processes(redis_url: str, app: Flask, client: PageClient, ada: User) -> None:
    import redis

    guess(client, 3)
    with redis.Redis.from_url(redis_url) as store:
        assert store.dbsize()
    assert guess(client, 8) == [401] * 7 + [429]


def test_an_unknown_address_is_throttled_like_a_known_one(client: PageClient, ada: User) -> None:
    assert guess(client, 11, email="nobody@example.com") == [401] * 10 + [429]


def test_success_does_not_count(client: PageClient, ada: User) -> None:
    assert [attempt(client).status_code for _ in range(12)] == [302] * 12


def test_being_refused_does_not_prolong_the_wait(client: PageClient, ada: User, app: Flask) -> None:
    guess(client, 10)
    first = int(attempt(client).headers["Retry-After"])
    guess(client, 5)
    assert int(attempt(client).headers["Retry-After"]) <= first


def test_other_people_and_networks_go_on(app: Flask, client: PageClient, ada: User) -> None:
    with app.app_context():
        make_user(email="bob@example.com")
    guess(client, 11)
    assert attempt(browser(app), email="bob@example.com").status_code == 302
    assert attempt(browser(app), ip="198.51.100.7").status_code == 302


def test_a_known_device_is_not_locked_out_by_others(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client)
    client.submit("/logout")
    assert guess(browser(app), 11)[-1] == 429
    assert attempt(client).status_code == 302


def test_a_known_device_has_its_own_ten_failures(client: PageClient, ada: User) -> None:
    attempt(client)
    assert guess(client, 11) == [401] * 10 + [429]


def test_a_device_is_known_only_to_the_account_that_signed_in_there(app: Flask, client: PageClient, ada: User) -> None:
    attempt(client)
    guess(browser(app), 11, email="bob@example.com")
    assert guess(client, 1, email="bob@example.com") == [429]


def test_a_forged_device_cookie_is_a_strangers(app: Flask) -> None:
    name = f"{app.config['SESSION_COOKIE_NAME']}-device"
    for value in ("", "x", "WyJhIiwiYiJd.aaaa.bbbb", "W10.Zm9v.YmFy"):
        with app.test_request_context(headers={"Cookie": f"{name}={value}"}):
            assert devices.known("ada@example.com") is None


def test_a_network_that_guesses_at_many_accounts_is_stopped(
    client: PageClient, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(people, "with_password", lambda *_: None)  # fifty slow hashes show nothing more
    codes = [guess(client, 1, email=f"person{number}@example.com")[0] for number in range(51)]
    assert codes == [401] * 50 + [429]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("192.0.2.1", "192.0.2.2", False),
        ("192.0.2.1:40001", "192.0.2.1:40002", True),
        ("[2001:db8:1:2::1]:40001", "2001:db8:1:2::9", True),
        ("unknown", "[::", True),
    ],
)
def test_a_network_is_an_ipv4_address_or_an_ipv6_prefix(app: Flask, one: str, other: str, same: bool) -> None:
    networks = set()
    for address in (one, other):
        with app.test_request_context(environ_base={"REMOTE_ADDR": address}):
            networks.add(throttle.network())
    assert (len(networks) == 1) is same


def test_people_behind_a_known_proxy_do_not_share_a_limit(config: Config, ada: User) -> None:
    app = create_app(replace(config, trusted_proxies=1))
    app.test_client_class = PageClient

    def through_the_proxy(client: str) -> int:
        form = {"email": "ada@example.com", "password": "a wrong guess"}
        return browser(app).submit("/login", form, headers={"X-Forwarded-For": f"192.0.2.99, {client}"}).status_code

    assert [through_the_proxy("203.0.113.7") for _ in range(11)][-1] == 429
    assert through_the_proxy("198.51.100.1") == 401


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every password is wrong, without the slow hash."""
    monkeypatch.setattr(people, "with_password", lambda *_: None)


def test_guesses_at_one_account_are_counted_across_networks(
    app: Flask, ada: User, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    codes = [guess(browser(app), 1, ip=f"198.51.{n % 100}.1")[0] for n in range(500)]
    assert codes.count(401) == throttle.OF_ACCOUNT
    assert set(codes[throttle.OF_ACCOUNT :]) == {429}


def test_an_account_that_nobody_has_is_counted_across_networks_alike(
    app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick(monkeypatch)
    answers = {
        email: [attempt(browser(app), "x", email=email, ip=f"198.51.{n}.1") for n in range(30)]
        for email in ("ada@example.com", "nobody@example.com")
    }
    codes = {email: [answer.status_code for answer in given] for email, given in answers.items()}
    assert codes["ada@example.com"] == codes["nobody@example.com"]
    words = {re.sub(r'(ada|nobody)@|(content|value)="[^"]{40,}"|\d+ seconds', "", a[-1].text) for a in answers.values()}
    assert len(words) == 1


def test_strangers_cannot_keep_the_owner_out_of_a_network_that_is_theirs(
    app: Flask, ada: User, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert attempt(browser(app), ip="203.0.113.5").status_code == 302
    with monkeypatch.context() as patch:
        quick(patch)
        assert [guess(browser(app), 1, ip=f"198.51.{n}.1")[0] for n in range(60)][-1] == 429
    assert attempt(browser(app), ip="203.0.113.5").status_code == 302, "another browser in the same place"
    assert attempt(browser(app), ip="203.0.113.77").status_code == 429, "a new place waits"


def test_a_new_password_lets_the_owner_in_again(app: Flask, ada: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        quick(patch)
        assert [guess(browser(app), 1, ip=f"198.51.{n}.1")[0] for n in range(60)][-1] == 429
    with app.app_context():
        people.set_password("ada@example.com", "seven-lemons-buy-hats")
    assert attempt(browser(app), "seven-lemons-buy-hats", ip="203.0.113.5").status_code == 302


@pytest.mark.parametrize("shared", [True, False])
def test_a_burst_passes_no_more_than_guesses_one_by_one(request: pytest.FixtureRequest, shared: bool) -> None:
    url = request.getfixturevalue("redis_url") if shared else "redis://127.0.0.1:1/0"
    processes = [Attempts(url) for _ in range(4 if shared else 1)]
    start = Barrier(50)

    def burst(number: int) -> float:
        start.wait()
        with processes[number % len(processes)].attempt(Counter("account:x", 10)) as made:
            return made.wait

    with ThreadPoolExecutor(50) as pool:
        assert sum(wait == 0 for wait in pool.map(burst, range(50))) == 10


def attempts(counting: Attempts, times: int, free: int = 3) -> list[float]:
    waits = []
    for _ in range(times):
        with counting.attempt(Counter("a", free)) as made:
            waits.append(made.wait)
    return waits


@pytest.fixture(params=["redis", "alone"])
def counting(request: pytest.FixtureRequest) -> Iterator[tuple[Attempts, Callable[[float], None]]]:
    """Attempts, counted in Redis or by the process, and a way to let time pass."""
    shift = [0.0]
    if request.param == "alone":
        yield Attempts("redis://127.0.0.1:1/0", lambda: 1e9 + shift[0]), lambda by: shift.__setitem__(0, shift[0] + by)
        return
    made = Attempts(request.getfixturevalue("redis_url"))

    def pass_time(by: float) -> None:
        for key in made._redis.scan_iter(f"{PREFIX}*"):
            level, at = made._redis.get(key).split()
            made._redis.set(key, f"{float(level):.6f} {float(at) - by:.6f}")

    yield made, pass_time


def test_each_further_attempt_waits_longer_and_never_for_ever(
    counting: tuple[Attempts, Callable[[float], None]],
) -> None:
    made, pass_time = counting
    attempts(made, 3)
    waits = []
    for _ in range(40):
        (wait,) = attempts(made, 1)
        waits.append(wait)
        pass_time(wait + 0.01)
        assert attempts(made, 1) == [0], "after the wait one more is taken"
    assert waits[0] == pytest.approx(FIRST, abs=1)
    assert waits[1] == pytest.approx(2 * FIRST, abs=1)
    assert max(waits) <= LONGEST
    pass_time(24 * 3600)
    assert attempts(made, 4)[:3] == [0, 0, 0], "forgotten in time"


def test_what_is_right_or_broke_is_not_counted(counting: tuple[Attempts, Callable[[float], None]]) -> None:
    made, _ = counting
    for _ in range(10):
        with made.attempt(Counter("a", 3)) as each:
            each.right = True
        with pytest.raises(RuntimeError), made.attempt(Counter("a", 3)):
            raise RuntimeError("the database is away")
    assert attempts(made, 4)[:3] == [0, 0, 0]


@pytest.mark.parametrize("junk", ["x", "", "1", "nan nan", "9e99 9e99", "inf 1", "-5 1", "5 99999999999", "1e400 5"])
def test_junk_in_redis_stops_nobody(redis_url: str, junk: str) -> None:
    made = Attempts(redis_url)
    made._redis.set(f"{PREFIX}a", junk)
    assert attempts(made, 4)[:3] == [0, 0, 0]
    made._redis.delete(f"{PREFIX}a")
    made._redis.lpush(f"{PREFIX}a", "a list")
    assert attempts(made, 4)[:3] == [0, 0, 0]


def test_a_level_far_up_waits_no_longer_than_the_longest(redis_url: str) -> None:
    made = Attempts(redis_url)
    made._redis.set(f"{PREFIX}a", f"999999999 {time.time():.6f}")
    assert 0 < attempts(made, 1)[0] <= LONGEST


def test_a_process_alone_keeps_so_many_and_no_more() -> None:
    made = Attempts("redis://127.0.0.1:1/0")
    for number in range(MOST_KEYS + 10):
        made._own.begin([Counter(f"account:{number}", 10)])
    assert len(made._own.kept) == MOST_KEYS
