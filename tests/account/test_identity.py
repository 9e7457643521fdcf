"""Who we act as: known to every page, seldom asked, in the way of none."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, Response
from sqlalchemy import text

from app import create_app
from app.account.connection import identity as module
from app.account.connection import refusals
from app.account.connection.current import client, identity
from app.account.connection.identity import LIVES, TROUBLE_LIVES, Acting, Identity
from app.database import transaction
from app.extensions import db
from app.sandbox import World
from app.zendesk import Unauthorized, account_of
from config import Config, ZendeskConfig
from tests.account.clock import Clock
from tests.connected import SANDBOX, paths
from tests.sandbox_server import serve

NAME = "Giga Tools Service"


def test_it_is_the_user_behind_the_credentials(connected: Flask) -> None:
    assert identity() == Identity(NAME, SANDBOX.email, "admin")


def test_it_is_asked_for_every_five_minutes(connected: Flask, world: World, zendesk: ZendeskConfig) -> None:
    clock = Clock()
    acting = Acting(clock)
    for seconds, asked in ((0.0, 1), (LIVES - 1.0, 1), (1.0, 2)):
        clock.now += seconds
        assert acting.who(zendesk).problem is None
        assert len(paths(world, "/users/me")) == asked


def test_trouble_is_said_and_looked_at_again_soon(connected: Flask, world: World, zendesk: ZendeskConfig) -> None:
    clock = Clock()
    acting = Acting(clock)
    with world.lock:
        rule = world.faults.add("502")
    assert acting.who(zendesk).problem == "Zendesk has trouble of its own."
    with world.lock:
        world.faults.remove(rule.id)
    clock.now += TROUBLE_LIVES
    assert acting.who(zendesk).name == NAME


def test_other_settings_mean_another_question(connected: Flask, config: Config, zendesk: ZendeskConfig) -> None:
    assert identity().problem is None
    connected.extensions["config"] = replace(config, zendesk=replace(zendesk, oauth_client_secret="wrong"))
    assert identity() == Identity(problem="Zendesk refuses our credentials.")


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"oauth_client_secret": "wrong"}, "Zendesk refuses our credentials."),
        ({"oauth_client_id": "", "email": SANDBOX.email, "api_token": "wrong"}, "Zendesk refuses our credentials."),
        ({"base_url": "http://127.0.0.1:1"}, "Zendesk does not answer."),
        ({"base_url": ""}, "No Zendesk account is connected yet."),
    ],
)
def test_a_wrong_connection_is_told_in_a_sentence(
    config: Config, zendesk: ZendeskConfig, changes: dict[str, str], problem: str
) -> None:
    with create_app(replace(config, zendesk=replace(zendesk, **changes))).app_context():
        assert identity() == Identity(problem=problem)


def answering(status: int, body: str, **headers: str) -> Callable[..., Any]:
    return Response(body, status, headers, content_type="application/json")


ANONYMOUS = '{"user": {"id": null, "name": "Anonymous user", "role": "end-user"}}'
END_USER = '{"user": {"id": 7, "name": "Kim", "email": "kim@example.com", "role": "end-user"}}'


@pytest.mark.parametrize(
    ("zendesks", "problem"),
    [
        (answering(200, ANONYMOUS), "Zendesk does not know the user we sign in as."),
        (answering(200, END_USER), "Kim is an end user and may change no tickets."),
        (
            answering(403, '{"error": {"title": "Forbidden", "message": "scope"}}'),
            "Zendesk forbids our credentials to read: a scope is missing or misspelt.",
        ),
        (
            answering(404, '{"error": {"title": "No help desk at x", "message": "There is no help desk"}}'),
            "There is no Zendesk account at this address.",
        ),
        (answering(404, ""), "No Zendesk answers at this address."),
        (answering(302, "", Location="https://other"), "This address redirects elsewhere, which is never followed."),
        (answering(429, "", **{"Retry-After": "60"}), "Zendesk's rate limit is used up for the moment."),
        (answering(200, "<html>"), "Zendesk gave no usable answer."),
    ],
)
def test_a_strange_zendesk_is_told_in_a_sentence(config: Config, zendesks: Response, problem: str) -> None:
    with serve(zendesks) as url:
        settings = ZendeskConfig(url, email="kim@example.com", api_token="secret")
        with create_app(replace(config, zendesk=settings)).app_context():
            assert identity().problem == problem


def test_it_never_raises_also_without_a_database(connected: Flask) -> None:
    with transaction() as tx:
        tx.execute(text("DROP TABLE zendesk_tokens"))
    assert identity().problem == "The database did not answer, so Zendesk was not asked."


def test_one_asks_and_nobody_waits_long_for_the_answer(
    connected: Flask, zendesk: ZendeskConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PATIENCE", 0.01)
    asked, answer = threading.Event(), threading.Event()

    def ask() -> Identity:
        asked.set()
        assert answer.wait(30)
        return Identity("Kim")

    monkeypatch.setattr(module, "_ask", ask)
    acting = Acting()
    first = threading.Thread(target=acting.who, args=(zendesk,))
    first.start()
    assert asked.wait(30)
    assert acting.who(zendesk).problem == "Zendesk has not said yet who we act as."
    answer.set()
    first.join()
    assert acting.who(zendesk).name == "Kim"


def test_zendesk_is_not_asked_while_a_writing_transaction_waits(connected: Flask, world: World) -> None:
    with connected.test_request_context(method="POST"):
        db.session.execute(text("SELECT 1"))
        assert identity().name is None
        assert paths(world) == []
        db.session.rollback()
        assert identity().name == NAME


def test_a_refusal_to_any_process_is_known_to_all_at_once(
    connected: Flask, config: Config, world: World, zendesk: ZendeskConfig
) -> None:
    assert identity().problem is None
    with world.lock:
        world.faults.add("revoked")
    assert identity().problem is None  # nobody has asked since: that is what `as_of` is for
    with create_app(config).app_context(), pytest.raises(Unauthorized):
        client().any_ticket()  # a worker, say
    assert identity().problem == "Zendesk refuses our credentials."
    asked = len(paths(world))
    assert identity().problem == "Zendesk refuses our credentials."
    assert len(paths(world)) == asked  # each page that says so does not ask again


def test_a_stray_refusal_is_looked_into_and_forgotten(connected: Flask, config: Config, world: World) -> None:
    assert identity().problem is None
    refusals.NotingWatcher(connected.extensions["meter"], account_of(config.zendesk.base_url)).refused()
    for _ in range(3):
        assert identity().problem is None
    assert len(paths(world, "/users/me")) == 2


def test_what_is_known_says_how_old_it_is(connected: Flask, world: World) -> None:
    first = identity().as_of
    assert first is not None
    assert identity().as_of == first
    assert (identity(at_most=0.0).as_of or 0.0) > first
