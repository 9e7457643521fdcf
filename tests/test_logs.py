"""Logs tell what happened and to which request, keep secrets to themselves, and cannot be forged."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
import structlog
from flask import Flask

from app import logs
from app.auth.access import public
from tests.pages import PageClient

TOKEN = "zgt_" + "A1b2" * 10

Lines = Callable[[], list[dict[str, Any]]]


class UnheardOf(Exception):  # noqa: N818
    pass


def broken() -> str:
    raise UnheardOf


@pytest.fixture
def lines(app: Flask, capsys: pytest.CaptureFixture[str]) -> Lines:
    """What was logged since the last call, as JSON objects."""
    logs.configure("json")
    capsys.readouterr()
    return lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]


@pytest.fixture
def text(app: Flask, capsys: pytest.CaptureFixture[str]) -> Callable[[], str]:
    """What was logged since the last call, as text."""
    logs.configure("text")
    capsys.readouterr()
    return lambda: capsys.readouterr().err


def test_a_request_is_one_line_with_its_route_and_not_its_address(
    app: Flask, sign_in: Callable[..., PageClient], lines: Lines
) -> None:
    app.add_url_rule("/probe/<int:number>", "probe", lambda number: {"ok": number})
    client = sign_in()
    client.get("/probe/17?q=customer@example.com")
    (line,) = lines()
    assert line["method"] == "GET"
    assert line["route"] == "/probe/<int:number>"
    assert line["status"] == 200
    assert line["user"] == client.user_id
    assert line["ms"] >= 0
    assert "customer" not in json.dumps(line)


def test_the_line_bears_the_id_that_the_answer_bears(client: PageClient, lines: Lines) -> None:
    answer = client.get("/login")
    assert lines()[-1]["request_id"] == answer.headers["X-Request-ID"]


def test_an_inbound_id_goes_on_and_each_request_else_has_its_own(client: PageClient) -> None:
    own = client.get("/healthz", headers={"X-Request-ID": "proxy-4f2a.91"}).headers["X-Request-ID"]
    assert own == "proxy-4f2a.91"
    assert client.get("/healthz").headers["X-Request-ID"] != client.get("/healthz").headers["X-Request-ID"]


@pytest.mark.parametrize("strange", ["short", "x" * 65, "a b c d e f", "id=1;drop table", "é" * 10, "<script>alert"])
def test_a_strange_inbound_id_is_replaced(client: PageClient, strange: str) -> None:
    assert client.get("/healthz", headers={"X-Request-ID": strange}).headers["X-Request-ID"] != strange


def test_work_elsewhere_can_bear_a_requests_id(lines: Lines) -> None:
    logs.bind_request_id("of-a-request-1")
    logging.getLogger("worker").info("turn of job %s ended", 7)
    assert logs.request_id() == "of-a-request-1"
    (line,) = lines()
    assert (line["event"], line["request_id"]) == ("turn of job 7 ended", "of-a-request-1")


@pytest.mark.parametrize(
    "said",
    [
        {"password": "hush-hush-hush"},
        {"authorization": "hush-hush-hush"},
        {"api_token": "hush-hush-hush"},
        {"client_secret": "hush-hush-hush"},
        {"Cookie": "hush-hush-hush"},
        {"headers": {"Authorization": "Bearer hush-hush-hush"}},
        {"headers": [{"x": "Bearer hush-hush-hush"}]},
        {"sent": "Authorization: Bearer hush-hush-hush"},
        {"sent": "Basic hush-hush-hush="},
        {"url": "redis://:hush-hush-hush@10.0.0.1/0"},
        {"url": "postgresql://giga:hush-hush-hush@db/giga"},
        {"body": '{"access_token": "hush-hush-hush", "expires_in": 300}'},
        {"body": "grant_type=client_credentials&client_secret=hush-hush-hush"},
        {"body": b"password=hush-hush-hush"},
        {"error": ValueError("Bearer hush-hush-hush")},
    ],
)
def test_secrets_stay_out_whatever_they_are_called(lines: Lines, said: dict[str, Any]) -> None:
    structlog.get_logger("probe").info("sent", **said)
    (line,) = lines()
    assert "hush" not in json.dumps(line)
    assert "[redacted]" in json.dumps(line)


def test_our_own_tokens_stay_out_of_messages_and_tracebacks(lines: Lines) -> None:
    logging.getLogger("probe").warning("refused %s", TOKEN)
    try:
        raise ValueError(f"not a token: {TOKEN}")
    except ValueError:
        logging.getLogger("probe").exception("broken")
    first, second = lines()
    assert first["event"] == "refused zgt_[redacted]"
    assert "A1b2" not in json.dumps(second)
    assert "ValueError: not a token" in second["exception"]


def test_numbers_that_are_called_tokens_are_kept(lines: Lines) -> None:
    structlog.get_logger("probe").info("lease taken", lease_token=7)
    assert lines()[0]["lease_token"] == 7


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\x0b", "\u2028", "\x1b[2J"])
def test_input_cannot_forge_a_line(text: Callable[[], str], ending: str) -> None:
    structlog.get_logger("probe").warning("sign-in failed", email=f"a@b{ending}2026-01-01 info forged line")
    logging.getLogger("probe").warning("for %s", f"a@b{ending}2026-01-01 info forged line")
    written = text()
    assert len(written.split("\n")) == 3
    assert ending.strip("\n") not in written or ending == "\n"


def test_a_traceback_is_indented_so_that_it_is_no_line_of_its_own(text: Callable[[], str]) -> None:
    try:
        raise ValueError("x\n2026-01-01 info forged line\r2026-01-01 info forged line")
    except ValueError:
        logging.getLogger("probe").exception("broken")
    written = text()
    assert "\r" not in written
    first, *rest = written.splitlines()
    assert "broken" in first
    assert any("ValueError" in line for line in rest)
    assert all(line.startswith("    ") for line in rest)


def test_a_stack_trace_is_in_the_log_and_not_in_the_answer(app: Flask, client: PageClient, lines: Lines) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", public(broken))
    answer = client.get("/broken")
    found = [line for line in lines() if "UnheardOf" in line.get("exception", "")]
    assert found
    assert found[0]["request_id"] == answer.headers["X-Request-ID"]
    assert "UnheardOf" not in answer.get_data(as_text=True)


def test_what_is_asked_all_day_long_is_not_logged(client: PageClient, lines: Lines) -> None:
    for path in ("/healthz", "/static/icon.svg"):
        client.get(path).close()
    assert lines() == []


def test_setting_up_again_does_not_double_the_lines(lines: Lines) -> None:
    logs.configure("json")
    logging.getLogger("probe").warning("once")
    assert len(lines()) == 1
