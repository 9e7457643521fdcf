"""The OpenAPI document says what the routes are, neither more nor less."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator

from app.web.api import openapi
from tests.pages import PageClient
from tests.web.api.contract import ROOT


def paths(app: Flask) -> dict[str, Any]:
    with app.app_context():
        return openapi.document()["paths"]


def test_the_document_names_exactly_the_calls_that_exist(app: Flask) -> None:
    routes = {
        (re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT)), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(ROOT)
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, item in paths(app).items() for method in item if method != "parameters"}
    assert described == routes


def test_every_placeholder_of_an_address_is_described(app: Flask) -> None:
    for path, item in paths(app).items():
        named = {each["name"] for each in item["parameters"]}
        assert named == set(re.findall(r"{(\w+)}", path)), path


def test_every_schema_is_one_and_every_reference_leads_somewhere(app: Flask) -> None:
    with app.app_context():
        document = openapi.document()
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        Draft202012Validator.check_schema(schema)
    assert set(re.findall(r"#/components/schemas/(\w+)", str(document))) == set(schemas)


def test_the_parameters_of_an_address_are_those_that_its_call_reads(app: Flask) -> None:
    listed = {each["name"]: each["schema"] for each in paths(app)["/jobs"]["get"]["parameters"]}
    assert listed["limit"] == {"type": "integer", "minimum": 1, "maximum": 200, "default": 50}
    assert set(listed) == {"tool", "status", "limit", "cursor"}


@pytest.mark.parametrize(
    ("tool", "parameters", "fits"),
    [
        ("tag-manager", {"add": ["vip"]}, True),
        ("tag-manager", {"add": ["vip"], "closed": "try"}, True),
        ("tag-manager", {"add": "vip"}, False),
        ("tag-manager", {"add": ["vip"], "closed": "yes"}, False),
        ("tag-manager", {"macro_id": 25}, False),
        ("apply-macro-to-view", {"macro_id": 25}, True),
        ("apply-macro-to-view", {"macro_id": 0}, False),
        ("apply-macro-to-view", {}, False),
        ("another", {"macro_id": 25}, False),
    ],
)
def test_each_tool_describes_the_parameters_that_it_takes(
    app: Flask, tool: str, parameters: dict[str, Any], fits: bool
) -> None:
    with app.app_context():
        components = openapi.document()["components"]
    schema = Draft202012Validator({**components["schemas"]["JobRequest"], "components": components})
    body = {"tool": tool, "source": {"view_id": 1}, "parameters": parameters}
    assert schema.is_valid(body) is fits


def test_anybody_may_read_the_document(client: PageClient) -> None:
    answer = client.get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    assert answer.get_json()["openapi"].startswith("3.1")
