"""The OpenAPI document says what the routes are, neither more nor less."""

from __future__ import annotations

import re

from flask import Flask
from jsonschema import Draft202012Validator

from app.web.api import openapi
from app.web.api.schemas import SCHEMAS
from tests.pages import PageClient
from tests.web.api.contract import ROOT


def test_the_document_names_exactly_the_calls_that_exist(app: Flask) -> None:
    routes = {
        (re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT)), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ROOT)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {
        (path, method) for path, item in openapi.PATHS.items() for method in item if method in ("get", "post", "put")
    }
    assert described == routes


def test_every_placeholder_of_an_address_is_described(app: Flask) -> None:
    for path, item in openapi.PATHS.items():
        named = {each["name"] for each in item.get("parameters", ())}
        assert named == set(re.findall(r"{(\w+)}", path)), path


def test_every_schema_is_one_and_every_reference_leads_somewhere(app: Flask) -> None:
    for schema in SCHEMAS.values():
        Draft202012Validator.check_schema(schema)
    with app.app_context():
        referred = set(re.findall(r"#/components/schemas/(\w+)", str(openapi.document())))
    assert referred == set(SCHEMAS)


def test_anybody_may_read_the_document(client: PageClient) -> None:
    answer = client.get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    assert answer.get_json()["openapi"].startswith("3.1")
