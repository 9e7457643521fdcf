"""Whatever goes wrong, people get a page with a next step, programs a JSON problem, and nobody a stack trace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, abort, jsonify, request
from redis.exceptions import ConnectionError as RedisGone
from sqlalchemy.exc import OperationalError

from app import zendesk as zd
from app.account.connection.current import NotConnected
from app.auth.access import public
from app.jobs.commands.service import JobRefused
from app.web.errors import ApiError
from tests.pages import PageClient

Fail = Callable[[Exception | int], Any]


@pytest.fixture
def fail(app: Flask, client: PageClient) -> Callable[..., Any]:
    """`fail(error, "/api/v1/broken")`: what is answered when a view there raises this (a number: aborts with it)."""
    raised: list[Exception | int] = []

    def broken() -> Any:
        error = raised.pop()
        if isinstance(error, int):
            abort(error)
        raise error

    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", public(broken))
    app.add_url_rule("/api/v1/broken", "api_broken", public(broken))

    def answer(error: Exception | int, path: str = "/broken", **headers: str) -> Any:
        raised.append(error)
        return client.get(path, headers=headers)

    return answer


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503])
def test_each_error_has_a_page_and_a_problem(fail: Callable[..., Any], status: int) -> None:
    page, problem = fail(status), fail(status, "/api/v1/broken")
    assert page.status_code == problem.status_code == status
    assert page.mimetype == "text/html"
    error = problem.json["error"]
    assert set(problem.json) == {"error"}
    assert set(error) == {"code", "message"}
    assert error["message"].endswith(".")
    for answer in (page, problem):
        assert answer.headers["X-Request-ID"]
        assert "Traceback" not in answer.get_data(as_text=True)
    assert page.headers["X-Request-ID"] in page.get_data(as_text=True)


def test_a_program_that_asks_for_json_gets_it_anywhere(fail: Callable[..., Any]) -> None:
    assert fail(404, Accept="application/json").json["error"]["code"] == "not_found"
    assert fail(404, Accept="text/html,application/json;q=0.9").mimetype == "text/html"


def test_the_words_of_abort_are_shown(app: Flask, client: PageClient) -> None:
    app.add_url_rule("/words", "words", public(lambda: abort(404, "Job 12 does not exist.")))
    assert "Job 12 does not exist." in client.get("/words").get_data(as_text=True)


@pytest.mark.parametrize("path", ["/broken", "/api/v1/broken"])
def test_what_nobody_foresaw_is_500_without_details(fail: Callable[..., Any], path: str) -> None:
    answer = fail(RuntimeError("secret detail of the inside"), path)
    assert answer.status_code == 500
    assert "secret detail" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("kind", [ApiError, JobRefused])
def test_a_refusal_says_why_and_which_fields(fail: Callable[..., Any], kind: type[Exception]) -> None:
    refusal = kind("unknown_tool", "There is no tool of that name.", 422, {"tool": "Unknown."})
    answer = fail(refusal, "/api/v1/broken")
    assert answer.status_code == 422
    assert answer.json == {
        "error": {
            "code": "unknown_tool",
            "message": "There is no tool of that name.",
            "fields": {"tool": "Unknown."},
        }
    }
    assert "tool: Unknown." in fail(kind("x", "No.", 422, {"tool": "Unknown."})).get_data(as_text=True)


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (zd.RateLimited("429", retry_after=12.3), 503, "zendesk_busy", "13"),
        (zd.TooManyJobs("429"), 503, "zendesk_busy", None),
        (NotConnected("none"), 503, "not_connected", None),
        (zd.Anonymous("200"), 502, "zendesk_refuses_us", None),
        (zd.Unauthorized("401"), 502, "zendesk_refuses_us", None),
        (zd.Forbidden("403"), 502, "zendesk_forbids", None),
        (zd.NotFound("404"), 502, "zendesk_not_found", None),
        (zd.NoHelpDesk("404"), 502, "zendesk_unknown", None),
        (zd.InvalidEndpoint("404"), 502, "zendesk_plan", None),
        (zd.Redirected("302"), 502, "zendesk_unknown", None),
        (zd.NetworkError("no answer"), 502, "zendesk_unreachable", None),
        (zd.ServerError("500", retry_after=60), 502, "zendesk_trouble", "60"),
        (zd.Unreadable("?"), 502, "zendesk_trouble", None),
        (zd.Invalid("422", description="hush"), 502, "zendesk_trouble", None),
    ],
)
def test_trouble_with_zendesk_is_said_as_such(
    fail: Callable[..., Any], error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    answer = fail(error, "/api/v1/broken")
    assert (answer.status_code, answer.json["error"]["code"]) == (status, code)
    assert answer.headers.get("Retry-After") == retry_after
    assert "hush" not in answer.get_data(as_text=True)
    assert fail(error).status_code == status


@pytest.mark.parametrize(
    ("error", "named"),
    [(OperationalError("SELECT hush", {}, Exception("hush")), "The database"), (RedisGone("hush"), "Redis")],
)
def test_a_part_that_is_away_is_named(fail: Callable[..., Any], error: Exception, named: str) -> None:
    for path in ("/broken", "/api/v1/broken"):
        answer = fail(error, path)
        assert answer.status_code == 503
        assert f"{named} does not answer" in answer.get_data(as_text=True)
        assert "hush" not in answer.get_data(as_text=True)


def test_without_a_database_signed_in_people_still_get_a_page(
    app: Flask, sign_in: Callable[..., PageClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = sign_in()

    def gone(*_: object, **__: object) -> None:
        raise OperationalError("SELECT", {}, Exception("no such host"))

    monkeypatch.setattr("app.auth.sessions.user_of", gone)
    app.add_url_rule("/probe", "probe", lambda: "")
    answer = client.get("/probe")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503
    assert "The database does not answer" in page
    assert 'rel="stylesheet"' in page, "the bare page, where the real one can be shown"


def test_when_even_the_error_page_fails_a_bare_one_is_sent(
    fail: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> str:
        raise RuntimeError("template")

    monkeypatch.setattr("app.web.errors.render_template", broken)
    answer = fail(500)
    assert answer.status_code == 500
    assert "Something broke here" in answer.get_data(as_text=True)


def test_a_missing_form_field_is_a_bad_request_without_inside_words(app: Flask, client: PageClient) -> None:
    app.config["TRAP_BAD_REQUEST_ERRORS"] = False
    app.add_url_rule("/field", "field", public(lambda: request.args["missing"]))
    answer = client.get("/field")
    assert answer.status_code == 400
    assert "missing" not in answer.get_data(as_text=True)


def test_what_is_too_large_is_refused(app: Flask, client: PageClient) -> None:
    app.add_url_rule("/api/v1/large", "large", public(lambda: jsonify(request.get_json())), methods=["POST"])
    answer = client.write("/api/v1/large", {"x": "y" * 2_000_000})
    assert answer.status_code == 413
    assert answer.json is not None
    assert answer.json["error"]["code"] == "too_large"


def test_405_says_what_is_allowed(client: PageClient) -> None:
    answer = client.get("/logout", headers={"Accept": "application/json"})
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
