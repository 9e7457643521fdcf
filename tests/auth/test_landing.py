"""After a sign-in nobody lands on another site, whatever `next` says."""

from __future__ import annotations

from itertools import product

import pytest
from flask import Flask

from app.auth.landing import here, landing

HOSTS = ("evil.example", "evil.example:80", "evil.example%2f", "user:pw@evil.example", "[::1]", "127.0.0.1", "EVIL")
STARTS = (
    "http://",
    "https://",
    "HtTpS://",
    "//",
    "///",
    "////",
    "/\\",
    "\\\\",
    "\\/",
    "/\t/",
    "/\n/",
    "/\r\n/",
    "\t//",
    " //",
    "/ /",
    "http:",
    "https:/",
    "javascript://",
    "data:text/html,",
    "/%09/",
    "/%5c",
    "/%2f%2f",
    "/.//",
    "/..//",
    "@",
    "/@",
    "//\u2044",
    "/\u2215/",
    "\u3000//",
    "/\x00/",
)
SINGLE = (
    "javascript:alert(1)",
    "vbscript:x",
    "mailto:a@b.example",
    "/login",
    "/login?next=/",
    "/logout",
    "/healthz",
    "/readyz",
    "/api/v1/me",
    "/api/v1/jobs/1/export.csv",
    "/static/icon.svg",
    "/nothing-here",
    "/?x=\r\nSet-Cookie: a=b",
    "/#fragment",
    "/?next=\\evil",
    "/" + "a" * 3000,
    "/;@evil.example",
    "?x=1",
    "#",
    "./",
    "../",
    "login",
    "/\u202e",
    "/é",
    "/?q=é",
    "/ ",
)
HOSTILE = [start + host for start, host in product(STARTS, HOSTS)] + list(SINGLE)


@pytest.mark.parametrize("target", HOSTILE)
def test_a_hostile_or_useless_target_leads_home(app: Flask, target: str) -> None:
    with app.test_request_context("/login"):
        assert landing(target) == "/"


@pytest.mark.parametrize("target", [None, ""])
def test_no_target_leads_home(app: Flask, target: str | None) -> None:
    with app.test_request_context("/login"):
        assert landing(target) == "/"


@pytest.mark.parametrize("target", ["/", "/?page=2", "/probe/17", "/probe/17?outcome=failed&q=a%20b"])
def test_a_page_of_ours_is_kept(app: Flask, target: str) -> None:
    app.add_url_rule("/", "home", lambda: "")
    app.add_url_rule("/probe/<int:number>", "probe", lambda number: "")
    with app.test_request_context("/login"):
        assert landing(target) == target


def test_a_page_that_only_takes_posts_is_no_target(app: Flask) -> None:
    app.add_url_rule("/probe/send", "probe", lambda: "", methods=["POST"])
    with app.test_request_context("/login"):
        assert landing("/probe/send") == "/"


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("/probe/17?q=a%20b", "/probe/17?q=a%20b"),
        ("/", ""),
        ("/missing", ""),
        ("/probe/17?q=%0d%0a", "/probe/17?q=%0d%0a"),
    ],
)
def test_the_page_asked_for_is_named_in_full(app: Flask, asked: str, named: str) -> None:
    app.add_url_rule("/probe/<int:number>", "probe", lambda number: "")
    with app.test_request_context(asked):
        assert here() == named
