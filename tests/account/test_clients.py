"""The clients of a process: made once, not across a fork, never for another account, and quick where pages wait."""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from app import create_app
from app.account.connection.clients import NotConnected, client, prompt_client, quick_client
from app.sandbox import World
from app.zendesk import Ask, NetworkError, RateHeaders, Reading
from app.zendesk.core import LONG_READ_SECONDS, LONG_SECONDS
from config import Config, ZendeskConfig
from tests.connected import paths


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_process_has_one_client(connected: Flask) -> None:
    assert client() is client()
    assert quick_client() is quick_client()


def test_a_forked_process_makes_its_own(connected: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    parents = client()
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert client() is not parents


def test_other_settings_mean_another_client(connected: Flask, config: Config) -> None:
    before = client()
    connected.extensions["config"] = replace(config, zendesk=replace(config.zendesk, base_url="http://127.0.0.1:1"))
    assert client().account == "127.0.0.1:1"
    assert client() is not before


def test_without_an_account_there_is_no_client(config: Config) -> None:
    with create_app(replace(config, zendesk=ZendeskConfig(""))).app_context(), pytest.raises(NotConnected):
        client()


def test_all_clients_use_one_token_and_one_budget(connected: Flask, world: World) -> None:
    for each in (client(), client(background=False), prompt_client(), quick_client()):
        each.me()
    assert len(paths(world, "/oauth/tokens")) == 1
    assert len({id(each._budget) for each in (client(), prompt_client(), quick_client())}) == 1


def test_a_person_may_use_the_share_that_jobs_leave(connected: Flask, config: Config) -> None:
    assert config.rate_reserve == 0.2
    patient = client()
    patient._budget.observe(Ask(None, True), RateHeaders(account=Reading(limit=100, remaining=15, reset=30.0)))
    assert patient._budget.wait(Ask(None, patient._background)) > 0
    for each in (client(background=False), prompt_client(), quick_client()):
        assert each._budget.wait(Ask(None, each._background)) == 0


def test_a_job_driven_in_a_request_does_not_wait_for_silence_twice(connected: Flask) -> None:
    assert client()._again_within == LONG_READ_SECONDS
    with connected.test_request_context():
        assert client()._again_within == client(background=False)._again_within == LONG_SECONDS


@pytest.mark.parametrize(("make", "seconds"), [(quick_client, 2.0), (prompt_client, 4.0)])
def test_pages_do_not_hang_with_zendesk(config: Config, silent: str, make, seconds: float) -> None:
    with create_app(replace(config, zendesk=replace(config.zendesk, base_url=silent))).app_context():
        began = time.monotonic()
        with pytest.raises(NetworkError):
            make().me()
        assert time.monotonic() - began < seconds + 0.5
