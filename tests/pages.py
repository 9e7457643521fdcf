"""A test client that reads every page it is given: valid HTML, one h1, labels, CSRF fields, nothing inline."""

from __future__ import annotations

import hashlib
import os
from typing import Any, cast

from flask.testing import FlaskClient
from itsdangerous import URLSafeTimedSerializer
from justhtml import Element, JustHTML
from werkzeug.test import TestResponse

UNSEEN = ("hidden", "submit", "button", "reset", "image")
NAMED = ("aria-label", "aria-labelledby", "title")


class _Element(Element):
    """What a selector finds: always an element with attributes, which JustHTML's types do not know."""

    attrs: dict[str, str | None]


class PageClient(FlaskClient):
    """Flask's test client, whose HTML answers are all checked, and which can send forms and JSON as a browser would.

    What a page fetches to renew a part of itself has no `html` element and is checked as a fragment.
    """

    user_id = 0  # of the user signed in, see the fixture `sign_in`

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.mimetype == "text/html" and not 300 <= response.status_code < 400:
            html = response.get_data(as_text=True)
            check_page(html, response.request.path, fragment="<html" not in html)
        return response

    def csrf_token(self) -> str:
        """What this client's pages bear in `<meta name="csrf-token">`."""
        with self.session_transaction() as session:
            raw = session.setdefault("csrf_token", hashlib.sha1(os.urandom(64)).hexdigest())  # noqa: S324 - as Flask-WTF
        return str(URLSafeTimedSerializer(str(self.application.secret_key), salt="wtf-csrf-token").dumps(raw))

    def submit(self, path: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        """POST a form, with its CSRF field."""
        return self.post(path, data={"csrf_token": self.csrf_token(), **(data or {})}, **kwargs)

    def write(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        """POST JSON as our own pages do: with the session cookie and the CSRF header."""
        headers = {"X-CSRFToken": self.csrf_token(), **kwargs.pop("headers", {})}
        return self.post(path, json={} if body is None else body, headers=headers, **kwargs)


def check_page(html: str, where: str, *, fragment: bool = False) -> None:
    """Assert everything that each page (or fragment) must fulfil."""
    page = JustHTML(html, strict=True, sanitize=False, fragment=fragment)
    if not fragment:
        _check_document(page, where)
    for element in _all(page, "*"):
        _check_element(element, where)
    ids = [element.attrs["id"] for element in _all(page, "[id]")]
    assert len(ids) == len(set(ids)), f"{where}: an id is used twice among {ids}"
    _check_labels(page, set(ids), where)
    for form in _all(page, "form"):
        if (form.attrs.get("method") or "").lower() == "post":
            assert form.query('input[type="hidden"][name="csrf_token"]'), f"{where}: a POST form without csrf_token"


def _all(page: JustHTML | Element, selector: str) -> list[_Element]:
    return cast("list[_Element]", page.query(selector))


def _check_document(page: JustHTML, where: str) -> None:
    assert page.query("html[lang]"), f"{where}: no lang"
    titles = page.query("title")
    assert titles, f"{where}: no title"
    assert titles[0].to_text(), f"{where}: an empty title"
    assert len(page.query("h1")) == 1, f"{where}: {len(page.query('h1'))} h1 elements"


def _check_element(element: _Element, where: str) -> None:
    inline = [name for name in element.attrs if name == "style" or name.startswith("on")]
    assert not inline, f"{where}: inline {inline} in {element.name}; the Content-Security-Policy forbids it"
    assert element.name != "style", f"{where}: an inline style sheet"
    if element.name == "script":
        data = element.attrs.get("type") == "application/json"
        assert data or element.attrs.get("src"), f"{where}: an inline script"
    if element.name == "img":
        assert "alt" in element.attrs, f"{where}: an image without alt"
    if element.name == "button":
        named = element.to_text().strip() or any(element.attrs.get(name) for name in NAMED)
        assert named, f"{where}: a button without a name"


def _check_labels(page: JustHTML, ids: set[str | None], where: str) -> None:
    labels = {label.attrs.get("for") for label in _all(page, "label")}
    assert labels - {None} <= ids, f"{where}: labels for nothing: {labels - ids}"
    wrapped = {id(field) for label in _all(page, "label") for field in _all(label, "input, select, textarea")}
    for field in _all(page, "input, select, textarea"):
        if field.attrs.get("type") in UNSEEN:
            continue
        labelled = field.attrs.get("id") in labels - {None} or id(field) in wrapped
        assert labelled or any(field.attrs.get(name) for name in NAMED), f"{where}: no label for {field.attrs}"
