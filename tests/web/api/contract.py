"""A caller of the API that checks every answer against the API's own OpenAPI document."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from jsonschema import Draft202012Validator
from werkzeug.test import TestResponse

from app.auth import tokens
from app.auth.models import User
from app.web.api import openapi
from tests.factories import make_user

ROOT = "/api/v1"


class Caller:
    """Somebody with a bearer token."""

    def __init__(
        self, app: Flask, role: str = "agent", user: User | None = None, *, public_replies: bool = False
    ) -> None:
        with app.app_context():
            self.user = user or make_user(role)
            self.token = tokens.create(self.user, "tests", public_replies=public_replies)
            self.document = openapi.document()
        self.client = app.test_client()

    def get(self, path: str, **kwargs: Any) -> TestResponse:
        return self.call("GET", path, **kwargs)

    def post(self, path: str, body: Any = None, **kwargs: Any) -> TestResponse:
        """POST JSON; `data=` sends something else."""
        if "data" not in kwargs:
            kwargs["json"] = {} if body is None else body
        return self.call("POST", path, **kwargs)

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **kwargs: Any) -> TestResponse:
        headers = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        response = self.client.open(ROOT + path, method=method, headers=headers, **kwargs)
        check_answer(self.document, response)
        return response


def check_answer(document: dict[str, Any], response: TestResponse) -> None:
    """Assert that this answer is one of those that the document describes."""
    method, path = response.request.method.lower(), response.request.path
    template = next(each for each in document["paths"] if _fits(each, path))
    answers = document["paths"][template][method]["responses"]
    assert str(response.status_code) in answers, f"{method} {path} answered {response.status_code}, undocumented"
    described = answers[str(response.status_code)]["content"]
    assert response.mimetype in described, f"{method} {path} answered {response.mimetype}, undocumented"
    if response.mimetype == "application/json":
        schema = {**described["application/json"]["schema"], "components": document["components"]}
        Draft202012Validator(schema).validate(response.get_json())


def _fits(template: str, path: str) -> bool:
    return re.fullmatch(ROOT + re.sub(r"{\w+}", "[0-9]+", template).replace(".", r"\."), path) is not None
