"""The OpenAPI 3.1 document of the API, made of its routes, of what stands on them, and of their models."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import current_app
from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema
from werkzeug.routing import Rule

from app.auth.access import is_public
from app.web.api import answers, bodies
from app.web.api.query import LONGEST_KEY
from app.web.api.reading import Body, Query

Part = dict[str, Any]
Model = type[BaseModel]
View = TypeVar("View", bound=Callable[..., Any])

ROOT = "/api/v1"
SCHEMAS = "#/components/schemas/"
GOOD = {201: "It is finished, or saved.", 202: "It was taken on; the job shows how it goes on."}
PROBLEMS = {
    400: "What was sent is not JSON, or the CSRF token is missing.",
    401: "The request is not signed in, or its token is not known.",
    403: "The role, or this token, may not do this.",
    404: "It does not exist, or belongs to another person.",
    409: "It is not possible in the present state; the message says why.",
    413: "More was sent than is taken at once: 16 MB with a list of tickets, else 1 MB.",
    415: "What was sent is not declared as JSON.",
    422: "Some values do not fit; `fields` says which.",
    502: "Zendesk gave no usable answer.",
    503: "A part of the service, or Zendesk, is not available now.",
}
ASKS_ZENDESK = (502, 503)

KEY_HEADER = {
    "name": "Idempotency-Key",
    "in": "header",
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY},
    "description": "The same key of the same person answers with the same job for 24 hours.",
}
ABOUT = (
    "Bulk work on Zendesk tickets. Scripts send `Authorization: Bearer <token>`; pages use their session cookie, and "
    "the header X-CSRFToken on writes. Every error is a problem object; the request id is in X-Request-ID."
)


@dataclass(frozen=True)
class Call:
    """What a route takes, answers and may refuse; what follows from these and its address is not said."""

    summary: str
    answer: Model | None  # None: a file, or this document
    at_once: bool = False  # a POST that answers what was asked, and takes nothing on
    saves: bool = False  # a POST that keeps something: 201
    made: bool = False  # a job is made, under an Idempotency-Key: 201 or 202
    query: type[Query] | None = None
    body: type[Body] | None = None
    body_needed: bool = True
    refuses: tuple[int, ...] = ()
    media: str = "application/json"

    @property
    def models(self) -> list[Model]:
        return [model for model in (self.answer, self.query, self.body) if model]

    def statuses(self, method: str) -> tuple[int, ...]:
        """Of what it answers when all is well."""
        if self.saves:
            return (201,)
        return (201, 202) if self.made else (202,) if method == "POST" and not self.at_once else (200,)

    def refusals(self, method: str, path: str) -> list[int]:
        """The statuses of the problems that it may answer with."""
        found = {401, *self.refuses}
        found |= {404} if "{" in path else set()
        found |= {400, 403, 404, 409, 503} if method != "GET" else set()
        found |= {413, 415, 422} if self.body else set()
        return sorted(found | ({422} if self.query else set()))


CALLS: dict[Callable[..., Any], Call] = {}


def call(summary: str, answer: Model | None, **about: Any) -> Callable[[View], View]:
    """Say of a view what stands in the document (see `Call`); put it between the route and the function."""

    def note(view: View) -> View:
        CALLS[view] = Call(summary, answer, **about)
        return view

    return note


def document() -> Part:
    """The whole document, as JSON."""
    routes = [rule for rule in current_app.url_map.iter_rules() if rule.rule.startswith(f"{ROOT}/")]
    requests = bodies.job_requests()
    models = {model for rule in routes for model in _call(rule).models} | {answers.Problem, *requests.values()}
    schemas = _schemas(sorted(models, key=lambda model: model.__name__))
    schemas[bodies.JobRequest.__name__] = _one_of(requests)
    paths: Part = {}
    for rule in routes:
        path = re.sub(r"<(?:[^:>]+:)?(\w+)>", r"{\1}", rule.rule.removeprefix(ROOT))
        item = paths.setdefault(path, {"parameters": [_id(name) for name in sorted(rule.arguments)]})
        (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
        item[method.lower()] = _operation(rule, method, path, schemas)
    schemas = {name: schema for name, schema in schemas.items() if not name.endswith(Query.__name__)}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Zendesk Giga Tools", "version": "1", "description": ABOUT},
        "servers": [{"url": ROOT}],
        "security": [{"token": []}, {"session": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": current_app.config["SESSION_COOKIE_NAME"]},
            },
        },
    }


class _Untitled(GenerateJsonSchema):
    """Titles would only repeat the names."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _call(rule: Rule) -> Call:
    return CALLS[current_app.view_functions[rule.endpoint]]


def _schemas(models: list[Model]) -> Part:
    _, made = models_json_schema(
        [(model, "validation") for model in models], ref_template=SCHEMAS + "{model}", schema_generator=_Untitled
    )
    return made["$defs"]


def _one_of(requests: dict[str, type[bodies.JobRequest]]) -> Part:
    """The body of POST /jobs: what a tool takes, told apart by `tool`."""
    mapping = {slug: SCHEMAS + request.__name__ for slug, request in requests.items()}
    return {
        "oneOf": [{"$ref": where} for where in mapping.values()],
        "discriminator": {"propertyName": "tool", "mapping": mapping},
    }


def _operation(rule: Rule, method: str, path: str, schemas: Part) -> Part:
    each, open_to_all = _call(rule), is_public(rule.endpoint)
    responses = {status: _content(_about(each, status), each.answer, each.media) for status in each.statuses(method)}
    if not open_to_all:
        responses |= {status: _content(PROBLEMS[status], answers.Problem) for status in each.refusals(method, path)}
    found: Part = {"summary": each.summary, "responses": {str(status): said for status, said in responses.items()}}
    found["parameters"] = [*_parameters(each.query, schemas), *([KEY_HEADER] if each.made else [])]
    if each.body:
        found["requestBody"] = {"required": each.body_needed, **_media(each.body)}
    return found | ({"security": []} if open_to_all else {})


def _about(each: Call, status: int) -> str:
    return GOOD.get(status) or (each.answer.__doc__ if each.answer else None) or each.summary


def _content(description: str, model: Model | None, media: str = "application/json") -> Part:
    return {"description": description, **_media(model, media)}


def _media(model: Model | None, media: str = "application/json") -> Part:
    plain = {"type": "object" if media == "application/json" else "string"}
    return {"content": {media: {"schema": {"$ref": SCHEMAS + model.__name__} if model else plain}}}


def _id(name: str) -> Part:
    return {"name": name, "in": "path", "required": True, "schema": answers.ID}


def _parameters(query: type[Query] | None, schemas: Part) -> Iterator[Part]:
    """A model's fields as parameters of an address, where a value that is left out is no null."""
    for name, schema in schemas[query.__name__]["properties"].items() if query else ():
        plain = next((each for each in schema.get("anyOf", ()) if each != {"type": "null"}), {})
        about = {key: value for key, value in {**plain, **schema}.items() if key != "anyOf"}
        description = about.pop("description")
        if about.get("default") in (None, ""):
            about.pop("default", None)
        yield {"name": name, "in": "query", "schema": about, "description": description}
