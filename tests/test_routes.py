"""Rules that every route keeps, whoever adds it: a permission, a kebab-case address, no change by GET."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy import inspect, text
from werkzeug.routing import IntegerConverter, Rule

from app.auth import tokens
from app.auth.access import is_public
from app.extensions import db
from app.jobs.models import Job
from tests.factories import make_item, make_job, make_user
from tests.pages import PageClient

PUBLIC = {
    "/login",
    "/logout",
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/openapi.json",
    "/static/<path:filename>",
    "/bootstrap/static/<path:filename>",
}
SEGMENT = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*|[a-z]+\.(json|csv)|v1|<[a-z0-9_:()=]+>|")
WRITES = ("POST", "PUT", "PATCH", "DELETE")
# What a GET may note down: that somebody is here, what Zendesk said, and who took an export away.
CACHES = ("user_sessions", "zendesk_", "audit_log")


def rules(app: Flask, *methods: str) -> Iterator[Rule]:
    """The routes that take one of these methods; all without any."""
    for rule in app.url_map.iter_rules():
        if not methods or (rule.methods or set()) & set(methods):
            yield rule


def addresses(app: Flask, *methods: str) -> Iterator[tuple[Rule, str]]:
    """The routes with an address for each: of whatever has the number 1, or the name "x"."""
    adapter = app.url_map.bind("localhost")
    for rule in rules(app, *methods):
        if not rule.endpoint.endswith("static"):
            numbers = {name for name in rule.arguments if isinstance(rule._converters[name], IntegerConverter)}
            values = {name: 1 if name in numbers else "x" for name in rule.arguments}
            yield rule, adapter.build(rule.endpoint, values, method=min(rule.methods or {"GET"}))


def test_only_these_routes_are_public(app: Flask) -> None:
    with app.app_context():
        public = {rule.rule for rule in rules(app) if is_public(rule.endpoint)}
    assert public <= PUBLIC


def test_a_stranger_gets_nowhere_else(app: Flask, client: PageClient) -> None:
    tried = 0
    for rule, address in addresses(app):
        if rule.rule in PUBLIC:
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            answer = client.open(address, method=method)
            tried += 1
            if address.startswith("/api/"):
                assert answer.status_code == 401, f"{method} {address}"
            elif method == "GET":
                assert answer.location.startswith("/login"), f"{method} {address}"
            else:
                assert answer.status_code == 401, f"{method} {address}"
    assert tried > 0


def test_no_write_passes_without_a_csrf_token(app: Flask, sign_in: Callable[..., PageClient]) -> None:
    client = sign_in("admin")
    for rule, address in addresses(app, *WRITES):
        for method in (rule.methods or set()) & set(WRITES):
            assert client.open(address, method=method).status_code == 400, f"{method} {address}"


def test_addresses_are_kebab_case(app: Flask) -> None:
    for rule in rules(app):
        assert all(SEGMENT.fullmatch(segment) for segment in rule.rule.split("/")), rule.rule


def test_no_get_changes_the_database(app: Flask, sign_in: Callable[..., PageClient]) -> None:
    with app.app_context():
        job = make_job(make_user("admin"), status="paused", total=2)
        make_item(job, 17)
        make_item(job, 18, outcome="failed", error="closed")
    client = sign_in("admin")
    for rule, address in addresses(app, "GET"):
        before = contents(app)
        client.get(address)
        assert contents(app) == before, f"GET {address} changed something"
        assert rule


def contents(app: Flask) -> dict[str, list[object]]:
    with app.app_context(), db.engine.connect() as connection:
        tables = [name for name in inspect(connection).get_table_names() if not name.startswith(CACHES)]
        return {name: list(connection.execute(text(f"SELECT * FROM {name}"))) for name in tables}  # noqa: S608


def told(client: PageClient, rule: Rule, values: dict[str, object]) -> tuple[int, str]:
    """What a person is told at an address that names these objects, their numbers aside."""
    method = min((rule.methods or set()) - {"HEAD", "OPTIONS"})
    address = client.application.url_map.bind("localhost").build(rule.endpoint, values, method=method)
    answer = client.get(address) if method == "GET" else client.write(address)
    words = re.sub(r"<[^>]*>", " ", answer.text)  # tags hold tokens that are never the same twice
    for number in values.values():
        words = re.sub(rf"\b{number}\b", "N", words)
    return answer.status_code, re.sub(r"\s+|[\w-]{20,}", " ", words)


def test_the_objects_of_others_answer_like_missing_ones(app: Flask, sign_in: Callable[..., PageClient]) -> None:
    with app.app_context():
        owner = make_user("admin")
        tokens.create(owner, "nightly")
        theirs = {"job_id": make_job(owner, status="failed", failed=1).id, "token_id": tokens.of(owner.id)[0].id}
    agent = sign_in("agent")
    tried = 0
    for rule in rules(app):
        names = rule.arguments & set(theirs)
        if names and not rule.rule.startswith("/admin"):
            beside = dict.fromkeys(rule.arguments - names, 1)  # such as a ticket of the job
            found = told(agent, rule, {name: theirs[name] for name in names} | beside)
            assert found == told(agent, rule, dict.fromkeys(names, 987_654) | beside), rule.rule
            assert found[0] in (302, 303, 404), rule.rule
            tried += 1
    assert tried > 10
    with app.app_context():
        assert tokens.of(owner.id)[0].revoked_at is None
        assert db.session.get_one(Job, theirs["job_id"]).status == "failed"


@pytest.mark.parametrize("role", ["agent", "admin"])
def test_every_page_can_be_shown_to_every_role(app: Flask, sign_in: Callable[..., PageClient], role: str) -> None:
    client = sign_in(role)
    with app.app_context():
        make_job(make_user(role))
    for _, address in addresses(app, "GET"):
        status = client.get(address).status_code
        assert status < 500 or status == 503, address  # 503: no account is connected here, and Redis is away
