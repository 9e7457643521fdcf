"""Wrong passwords are borne only so long, and a stranger's guesses lock nobody out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from app import create_app
from app.auth import devices, people, throttle
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
    assert 0 < int(refused.headers["Retry-After"]) <= 15 * 60 + 1  # whole seconds, rounded up
    assert "Try again in 15 minutes." in refused.get_data(as_text=True)
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
            networks.add(throttle._network())
    assert (len(networks) == 1) is same


def test_people_behind_a_known_proxy_do_not_share_a_limit(config: Config, ada: User) -> None:
    app = create_app(replace(config, trusted_proxies=1))
    app.test_client_class = PageClient

    def through_the_proxy(client: str) -> int:
        form = {"email": "ada@example.com", "password": "a wrong guess"}
        return browser(app).submit("/login", form, headers={"X-Forwarded-For": f"192.0.2.99, {client}"}).status_code

    assert [through_the_proxy("203.0.113.7") for _ in range(11)][-1] == 429
    assert through_the_proxy("198.51.100.1") == 401
