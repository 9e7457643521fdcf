"""Every parameter that the OpenAPI document names, and every key of every body: hostile values make problem objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask

from app.account.cache import views
from app.auth.models import User
from app.extensions import db
from app.jobs.models import Job
from app.web.api import openapi
from app.web.api.bodies import JobRequest, Mark, RetryRequest
from app.web.api.reading import Body
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_item, make_job
from tests.hostile.share import Share
from tests.hostile.values import JSON, RAW_JSON, TEXTS, WORST
from tests.web.api.conftest import admin
from tests.web.api.contract import ROOT, Caller

__all__ = ["admin", "config", "stand_in", "world", "zendesk"]

Call = tuple[str, str, dict[str, Any]]
MARK = "\N{SNOWMAN}"  # stands for a hostile value until its JSON is put in


def calls(app: Flask) -> Iterator[Call]:
    """Method, path template and description of each call."""
    with app.app_context():
        paths = openapi.document()["paths"]
    for path, item in paths.items():
        for method in set(item) - {"parameters"}:
            each = item[method]
            yield method.upper(), path, {**each, "parameters": [*item["parameters"], *each["parameters"]]}


def send(caller: Caller, method: str, address: str, **kwargs: Any) -> None:
    """Send it as it is written; the answer is one of JSON or a file, and no fault of ours."""
    headers = {"Authorization": f"Bearer {caller.token}", **kwargs.pop("headers", {})}
    answer = caller.client.open(ROOT + address, method=method, headers=headers, **kwargs)
    said = f"{method} {address[:200]} {str(kwargs)[:200]} answered {answer.status_code}"
    assert answer.status_code < 500 or answer.status_code in (502, 503), said
    assert answer.mimetype in ("application/json", "text/csv"), said
    if answer.status_code >= 400:
        assert set(answer.get_json()) == {"error"}, said
        assert "Traceback" not in answer.text, said


def filled(path: str, values: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda match: quote(values.get(match[1], "1"), safe=""), path)


def an_object(app: Flask, tool: str) -> dict[str, Any]:
    """Every key of any body, with a value that is fine by itself."""
    with app.app_context():
        view = views.views()[0]
    return {
        "tool": tool,
        "source": {"view_id": view.id, "job_id": 1},
        "parameters": {"add": ["vip"], "remove": ["old"], "macro_id": 1, "closed": "skip"},
        "dry_run": True,
        "expected_total": 1,
        "canary": 0,
        "accept_current_user": False,
        "reason": "Carrier strike",
        "there": True,
    }


def bodies(model: type[Body], full: dict[str, Any]) -> Iterator[str]:
    """The body with each of its keys, at each depth, in turn replaced by each value."""
    keys = list(model.model_fields)
    base = {key: full[key] for key in keys if key in full}
    assert set(keys) <= set(full), f"no example here for {set(keys) - set(full)}"
    for key in keys:
        yield from _replaced(json.dumps({**base, key: MARK}))
        if isinstance(base[key], dict):
            for inner in base[key]:
                yield from _replaced(json.dumps({**base, key: {inner: MARK}}))
                yield from _replaced(json.dumps({**base, key: {inner: [MARK]}}))
    yield from _replaced(json.dumps(MARK))


def _replaced(text: str) -> Iterator[str]:
    mark = json.dumps(MARK)
    for value in JSON:
        yield text.replace(mark, json.dumps(value))
    for raw in RAW_JSON:
        yield text.replace(mark, raw)


@pytest.fixture
def job(app: Flask, admin: Caller) -> Job:
    """Job 1, ended, with tickets of every kind."""
    with app.app_context():
        job = make_job(db.session.get_one(User, admin.user.id), status="completed", total=2, failed=1, unknown=1)
        make_item(job, 17, outcome="failed", error="closed")
        make_item(job, 18, outcome="unknown")
        return job


@pytest.mark.usefixtures("database", "job")
def test_no_parameter_of_an_address_or_a_header_is_our_fault(app: Flask, admin: Caller, share: Share) -> None:
    sent = 0
    with app.app_context():
        values = TEXTS if db.engine.dialect.name == "sqlite" else WORST["postgresql"]
    for method, path, each in calls(app):
        for parameter in each["parameters"]:
            for value in share(values):
                where, name = parameter["in"], parameter["name"]
                address = filled(path, {name: value} if where == "path" else {})
                query = f"?{name}={quote(value, safe='')}" if where == "query" else ""
                headers = {name: value} if where == "header" and not re.search(r"[\r\n]|[^\x00-\xff]", value) else {}
                send(admin, method, address + query, headers=headers, json={} if method == "POST" else None)
                sent += 1
    assert sent + share.left > 100


@pytest.mark.usefixtures("job")
@pytest.mark.parametrize("tool", ["tag-manager", "apply-macro-to-view"])
@pytest.mark.parametrize("model", [JobRequest, RetryRequest, Mark])
def test_no_key_of_a_body_is_our_fault(app: Flask, admin: Caller, model: type[Body], tool: str, share: Share) -> None:
    name = model.__name__
    found = [(method, path) for method, path, each in calls(app) if f"/{name}'" in str(each.get("requestBody"))]
    assert found
    for method, path in found:
        for body in share(bodies(model, an_object(app, tool))):
            send(admin, method, filled(path, {"ticket_id": "18"}), data=body, content_type="application/json")


def test_bodies_that_are_no_json_are_problems_too(app: Flask, admin: Caller) -> None:
    posts = [(method, path) for method, path, each in calls(app) if method != "GET"]
    for method, path in posts:
        for body in (b"", b"\xff\xfe", b"\x00", b"[" * 100_000, b'{"a":' * 20_000, b"{}" * 2, b'"\\ud800"'):
            for kind in ("application/json", "text/plain", "application/x-www-form-urlencoded", "\x00/\xff"):
                send(admin, method, filled(path, {}), data=body, content_type=kind)


@pytest.mark.parametrize(
    "method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "\N{LATIN SMALL LETTER E WITH ACUTE}"]
)
def test_what_is_no_call_at_all_is_answered_with_a_problem_object(app: Flask, admin: Caller, method: str) -> None:
    known = [filled(path, {}) for _, path, _ in calls(app)]
    for address in (
        *known,
        "",
        "/",
        "//",
        "/nope",
        "/jobs/",
        "/jobs/x",
        "/jobs/1/nope",
        "/%00",
        "/%ff",
        "/../me",
        "/me?%00",
    ):
        answer = admin.client.open(ROOT + address, method=method, headers={"Authorization": f"Bearer {admin.token}"})
        assert answer.status_code < 500 or answer.status_code in (502, 503), f"{method} {address}"
        if answer.status_code >= 400 and method != "HEAD":
            assert set(answer.get_json()["error"]) >= {"code", "message"}, f"{method} {address}"
