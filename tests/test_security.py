"""Every answer bears the security headers, whatever kind it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask, request
from sqlalchemy import text

from app import create_app
from app.auth.access import public
from app.extensions import db
from config import Config
from tests.factories import make_config
from tests.pages import PageClient

PATHS = ("/login", "/nowhere", "/api/v1/nowhere", "/healthz", "/readyz", "/logout", "/broken", "/static/icon.svg")


def broken() -> str:
    raise RuntimeError


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_bears_the_headers(app: Flask, client: PageClient, path: str) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.add_url_rule("/broken", "broken", public(broken))
    with client.get(path) as answer:
        headers = answer.headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert "*" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Request-ID"]


def test_pages_are_not_kept_in_caches_and_static_files_may_be(sign_in: Callable[..., PageClient]) -> None:
    client = sign_in()
    assert client.get("/nowhere").headers["Cache-Control"] == "no-store"
    assert client.get("/login").headers["Cache-Control"] == "no-store"
    with client.get("/static/icon.svg") as static:
        assert static.headers["Cache-Control"] != "no-store"


@pytest.mark.parametrize(
    ("environment", "scheme", "sent"),
    [
        ("production", "https", True),
        ("production", "http", False),
        ("development", "https", False),
    ],
)
def test_https_is_made_to_stay_only_in_production_over_https(
    config: Config, environment: str, scheme: str, sent: bool
) -> None:
    client = create_app(replace(config, environment=environment)).test_client()
    response = client.get("/healthz", base_url=f"{scheme}://giga.example")
    assert ("Strict-Transport-Security" in response.headers) is sent


def test_production_over_plain_http_redirects_nowhere(config: Config) -> None:
    client = create_app(replace(config, environment="production")).test_client()
    assert client.get("/healthz").status_code == 200


def test_production_cookies_are_for_this_host_over_https(config: Config) -> None:
    app = create_app(replace(config, environment="production"))
    cookie = app.test_client().get("/login", base_url="https://giga.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    with app.app_context():
        db.engine.dispose()


def test_a_get_takes_no_write_lock(app: Flask, client: PageClient) -> None:
    """While somebody writes, pages are still served: their transactions only read."""

    def look() -> dict[str, int]:
        return {"users": db.session.execute(text("SELECT count(*) FROM users")).scalar_one()}

    app.add_url_rule("/look", "look", public(look))
    with app.app_context(), db.engine.connect() as writer:
        writer.exec_driver_sql("CREATE TABLE held (id INTEGER)")
        assert client.get("/look").json == {"users": 0}
        writer.rollback()


def test_a_new_installation_answers_without_tables(tmp_path: Path) -> None:
    assert create_app(make_config(tmp_path)).test_client().get("/healthz").json == {"status": "ok"}


@pytest.mark.parametrize(
    ("proxies", "forwarded", "seen"),
    [
        (0, "203.0.113.7", "127.0.0.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        (2, "198.51.100.1, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (2, "203.0.113.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_as_many_proxies_are_believed_as_there_are_and_only_about_the_address(
    config: Config, proxies: int, forwarded: str, seen: str
) -> None:
    app = create_app(replace(config, trusted_proxies=proxies))
    headers = {"X-Forwarded-For": forwarded, "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}
    app.add_url_rule("/seen", "seen", public(lambda: f"{request.remote_addr} {request.host} {request.scheme}"))
    assert app.test_client().get("/seen", headers=headers).text == f"{seen} localhost http"
