"""The token in the database: sealed, shared by all processes, and renewed by one of them at a time."""

from __future__ import annotations

import multiprocessing
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import text

from app import create_app
from app.account.connection.clients import client
from app.account.connection.tokens import DatabaseTokenStore
from app.database import read_transaction, transaction
from app.sandbox import World
from app.zendesk import NetworkError, Token
from config import Config
from tests.account.clock import Clock
from tests.connected import paths

OWNER = "acme.zendesk.com giga"
LOGIN = "digest of the secret"
KEY = Fernet.generate_key().decode()
OLD = Token("first", expires_at=2_000.0, issued_at=200.0)


def store(**changes: Any) -> DatabaseTokenStore:
    clock = Clock()
    return DatabaseTokenStore(
        **{"owner": OWNER, "login": LOGIN, "keys": (KEY,), "clock": clock, "sleep": clock.sleep, **changes}
    )


class Fetch:
    """Gives out tokens "first", "second" … and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def __call__(self) -> Token:
        self.count += 1
        return Token(["first", "second", "third"][self.count - 1], 2_000.0 + self.count, 200.0)


@pytest.fixture
def fetch(app: Flask, database: str) -> Iterator[Fetch]:
    """Inside an application context, once on each database."""
    with app.app_context():
        yield Fetch()


def set_renewing(until: str) -> None:
    """Let another process have claimed the renewal, until so many seconds from now."""
    now = "(julianday('now') - 2440587.5) * 86400.0"
    with transaction() as tx:
        now = now if tx.dialect.name == "sqlite" else "extract(epoch from clock_timestamp())"
        tx.execute(text(f"UPDATE zendesk_tokens SET renewing_until = {now} + {until}"))  # noqa: S608 - our own words


def test_a_new_token_is_fetched_once_and_seen_by_all(fetch: Fetch) -> None:
    assert store().read() is None
    token = store().renew(None, fetch)
    assert token.value == "first"
    assert store().read() == token
    assert store().renew(None, fetch) == token
    assert fetch.count == 1


def test_an_old_token_is_replaced_and_a_replaced_one_is_not_fetched_again(fetch: Fetch) -> None:
    first = store().renew(None, fetch)
    second = store().renew(first, fetch)
    assert second.value == "second"
    assert store().renew(first, fetch) == second, "somebody was quicker"
    assert fetch.count == 2


def test_the_database_holds_no_token_in_the_clear(fetch: Fetch) -> None:
    store().renew(None, fetch)
    with read_transaction() as tx:
        rows = tx.execute(text("SELECT * FROM zendesk_tokens")).all()
    assert len(rows) == 1
    assert "first" not in str(rows)


def test_a_token_serves_no_other_account_or_client(fetch: Fetch) -> None:
    store().renew(None, fetch)
    assert store(owner="acme.zendesk.com another").read() is None
    assert store(owner="umbrella.zendesk.com giga").read() is None


def test_a_token_of_other_credentials_counts_as_none(fetch: Fetch) -> None:
    store().renew(None, fetch)
    corrected = store(login="digest of another secret")
    assert corrected.read() is None
    assert corrected.renew(None, fetch).value == "second"


def test_a_key_may_be_changed_while_tokens_live(fetch: Fetch) -> None:
    token = store().renew(None, fetch)
    newer = Fernet.generate_key().decode()
    assert store(keys=(newer, KEY)).read() == token
    replaced = store(keys=(newer, KEY)).renew(token, fetch)
    assert store(keys=(newer,)).read() == replaced, "new tokens are sealed with the newest key"


def test_a_token_that_cannot_be_opened_is_fetched_anew(fetch: Fetch) -> None:
    store().renew(None, fetch)
    stranger = store(keys=(Fernet.generate_key().decode(),))
    assert stranger.read() is None
    assert stranger.renew(None, fetch).value == "second"


def test_a_failed_renewal_leaves_the_old_token_and_lets_the_next_one_try(fetch: Fetch) -> None:
    first = store().renew(None, fetch)

    def fail() -> Token:
        raise NetworkError("no answer")

    with pytest.raises(NetworkError, match="no answer"):
        store().renew(first, fail)
    assert store().read() == first
    assert store().renew(first, fetch).value == "second"


def test_whoever_waits_too_long_for_another_process_gives_up_without_asking(fetch: Fetch) -> None:
    first = store().renew(None, fetch)
    set_renewing("15")
    clock = Clock()
    waiting = store(patience=5.0, clock=clock, sleep=clock.sleep)
    with pytest.raises(NetworkError) as refused:
        waiting.renew(first, fetch)
    assert not refused.value.maybe_applied
    assert 5.0 <= clock.now - 1_000.0 < 5.5
    assert fetch.count == 1


def test_waiting_needs_no_lock(fetch: Fetch) -> None:
    first = store().renew(None, fetch)
    set_renewing("15")
    with transaction() as tx:
        tx.execute(text("DELETE FROM zendesk_reads"))
        with pytest.raises(NetworkError):
            store(patience=0.0).renew(first, fetch)


@pytest.mark.parametrize("until", ["-0.001", "3600"])
def test_a_claim_that_ran_out_or_comes_from_a_wrong_clock_holds_nobody_up(fetch: Fetch, until: str) -> None:
    first = store().renew(None, fetch)
    set_renewing(until)
    assert store(patience=0.0).renew(first, fetch).value == "second"


def test_a_renewal_between_look_and_claim_is_not_repeated(fetch: Fetch, monkeypatch: pytest.MonkeyPatch) -> None:
    first = store().renew(None, fetch)
    late = store()
    claim = late._claim

    def after_another() -> bool:
        store().renew(first, fetch)
        return claim()

    monkeypatch.setattr(late, "_claim", after_another)
    assert late.renew(first, fetch).value == "second"
    assert fetch.count == 2
    assert store(patience=0.0).renew(Token("second", 0.0), fetch).value == "third", "the claim was given back"


def test_nothing_is_locked_while_zendesk_is_asked(fetch: Fetch) -> None:
    def write_meanwhile() -> Token:
        with transaction() as tx:
            tx.execute(text("DELETE FROM zendesk_reads"))
        return fetch()

    assert store().renew(None, write_meanwhile).value == "first"


def test_many_threads_fetch_one_token(fetch: Fetch) -> None:
    together = threading.Barrier(8)

    def renew() -> str:
        together.wait()
        return DatabaseTokenStore(OWNER, LOGIN, (KEY,), patience=10.0).renew(None, fetch).value

    with ThreadPoolExecutor(8) as pool:
        waiting = [pool.submit(copy_context().run, renew) for _ in range(8)]
        assert {each.result() for each in waiting} == {"first"}
    assert fetch.count == 1


def ask_who(config: Config, start: Any) -> None:
    """What another process does in the test below."""
    app = create_app(config)
    start.wait(30)
    with app.app_context():
        client().me()


@pytest.mark.process
def test_several_processes_fetch_one_token(config: Config, world: World) -> None:
    spawned = multiprocessing.get_context("spawn")
    start = spawned.Barrier(2)
    processes = [spawned.Process(target=ask_who, args=(config, start)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    assert len(paths(world, "/users/me")) == 2
    assert len(paths(world, "/oauth/tokens")) == 1


def test_a_token_that_zendesk_forgot_is_replaced_once(connected: Flask, world: World) -> None:
    client().me()
    with world.lock:
        world.faults.add("expired", path="/users/me", times=1)
    client().me()
    assert len(paths(world, "/oauth/tokens")) == 2
