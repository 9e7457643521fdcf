"""Somebody signed in who sends hostile values to every address and every form that there is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from flask.testing import FlaskClient
from justhtml import JustHTML
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.account.cache import views
from app.auth import sessions, tokens
from app.auth.models import User
from app.extensions import db
from tests.factories import make_item, make_job, make_user
from tests.hostile.spy import NOT_READ, Spy
from tests.hostile.values import WORST
from tests.pages import PageClient

VARIABLE = re.compile(r"<(?:[^:>]+:)?(\w+)>")


class WalkingClient(PageClient):
    """A client that does not read the pages that it gets: there are thousands."""

    open = FlaskClient.open


class Walker:
    """A person with a job, a token and a colleague; signed in anew whenever something has signed them out."""

    def __init__(self, app: Flask, role: str) -> None:
        self.app, self.client, self.spy, self.sent = app, WalkingClient(app, app.response_class), Spy(app), 0
        self.signed_out, self.unread = True, 0
        with app.app_context():
            self.user, other = make_user(role), make_user("agent")
            job = make_job(self.user, status="completed", dry_run=True, total=2, succeeded=1, unknown=1)
            make_item(job, 17, outcome="succeeded")
            make_item(job, 18, outcome="unknown")
            tokens.create(self.user, "nightly")
            view = views.views()[0]
            self.worst = WORST[db.engine.dialect.name]
        self.ids = {"job_id": job.id, "user_id": other.id, "token_id": 1, "ticket_id": 17, "slug": "tag-manager"}
        self.typed = {"view_id": str(view.id), "source_job_id": str(job.id), "ticket_id": "18", "there": "yes"}

    def rules(self, method: str) -> Iterator[Rule]:
        """The routes of pages that take this method."""
        for rule in self.app.url_map.iter_rules():
            of_a_page = not rule.rule.startswith("/api/") and not rule.endpoint.endswith("static")
            if of_a_page and method in (rule.methods or ()):
                yield rule

    def address(self, rule: Rule, **values: str) -> str:
        """The address of what there is, or with a value in place of one of its numbers or names."""
        known = {**self.ids, **values}
        return VARIABLE.sub(lambda found: quote(str(known.get(found[1], 1)), safe=""), rule.rule)

    def get(self, address: str, query: Mapping[str, str] | None = None) -> TestResponse:
        return self._send("GET", f"{address}?{urlencode(query)}" if query else address)

    def post(self, address: str, form: Mapping[str, str]) -> TestResponse:
        """Send a form; its CSRF token is always right, or nothing else of it would be read."""
        return self._send("POST", address, data={**form, "csrf_token": self.client.csrf_token()})

    def queries(self) -> Iterator[tuple[Rule, list[str]]]:
        """The pages that read something of the query, with its names."""
        for rule in self.rules("GET"):
            self.get(self.address(rule))
            if names := self.spy.names[rule.endpoint]:
                yield rule, sorted(names)

    def filled_in(self) -> Iterator[tuple[Rule, dict[str, str]]]:
        """What takes forms, with all that its forms have or that it has been seen to read, filled in."""
        forms = self.forms()
        self.spy.names.clear()
        for rule in self.rules("POST"):
            full = forms.get(rule.endpoint, {})
            self.post(self.address(rule), full)
            yield rule, {**dict.fromkeys(self.spy.names[rule.endpoint], ""), **full}

    def forms(self) -> dict[str, dict[str, str]]:
        """By endpoint the fields of its forms on all pages, each with what stands in it."""
        adapter, found = self.app.url_map.bind("localhost"), {}
        for rule in self.rules("GET"):
            page = self.get(self.address(rule))
            if page.mimetype != "text/html" or page.status_code != 200:
                continue
            for form in JustHTML(page.text, sanitize=False, fragment="<html" not in page.text).query("form"):
                here, method = page.request.path, (form.attrs.get("method") or "get").upper()
                named = {str(each.attrs["name"]): each.attrs.get("value") or "" for each in form.query("[name]")}
                fields = {name: value for name, value in named.items() if name not in NOT_READ}
                for action in {form.attrs.get("action") or here, *_buttons(form)}:
                    endpoint, _ = adapter.match(action.partition("?")[0], method=method)
                    found.setdefault(endpoint, {}).update(fields)
        return {endpoint: {**fields, **self._known(fields)} for endpoint, fields in found.items()}

    def _known(self, fields: Mapping[str, str]) -> dict[str, str]:
        return {name: self.typed[name] for name in fields if name in self.typed}

    def _send(self, method: str, address: str, **kwargs: Any) -> TestResponse:
        if self.signed_out:
            self._sign_in()
        answer = self.client.open(address, method=method, **kwargs)
        self.signed_out = method != "GET"  # perhaps
        self.sent += 1
        self.unread += answer.status_code == HTTPStatus.BAD_REQUEST
        fine = answer.status_code < 500 or answer.status_code in (502, 503)
        assert fine, f"{method} {address[:200]} {str(kwargs)[:300]} answered {answer.status_code}"
        assert "Traceback" not in answer.text
        return answer

    def _sign_in(self) -> None:
        with self.client.session_transaction() as session, self.app.app_context():
            if sessions.user_of(session.get(sessions.KEY, ""), seen=False) is None:
                user = db.session.get_one(User, self.user.id)
                user.active, user.role = True, self.user.role
                db.session.commit()
                session[sessions.KEY] = sid = sessions.start(user) or ""
                sessions.confirm(sid)


def _buttons(form: Any) -> set[str]:
    return {each.attrs["formaction"] for each in form.query("[formaction]")}
