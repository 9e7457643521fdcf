"""The OpenAPI 3.1 document of the API; a test compares its calls with the routes, and the answers with its schemas."""

from __future__ import annotations

from typing import Any

from flask import current_app

from app.jobs import status as st
from app.jobs.outcomes import OUTCOMES
from app.tools.mounted import job_kinds
from app.web.api.query import JOBS, LONGEST_KEY, MACROS, TICKETS, PageSize
from app.web.api.schemas import ANY_OBJECT, ID, SCHEMAS, TEXT, ref, said
from app.web.api.tool_schemas import request_schemas

Part = dict[str, Any]

PROBLEMS = {
    400: "What was sent is not JSON, or the CSRF token is missing.",
    401: "The request is not signed in, or its token is not known.",
    403: "The role, or this token, may not do this.",
    404: "It does not exist, or belongs to another person.",
    409: "It is not possible in the present state; the message says why.",
    413: "More than a megabyte was sent.",
    415: "What was sent is not declared as JSON.",
    422: "Some values do not fit; `fields` says which.",
    502: "Zendesk gave no usable answer.",
    503: "A part of the service, or Zendesk, is not available now.",
}
ALWAYS = (401,)
ASKS_ZENDESK = (502, 503)
WRITES = (400, 403, 404, 409, 503)

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


def document() -> Part:
    """The whole document, as JSON."""
    cookie = current_app.config["SESSION_COOKIE_NAME"]
    return {
        "openapi": "3.1.0",
        "info": {"title": "Zendesk Giga Tools", "version": "1", "description": ABOUT},
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": []}],
        "paths": PATHS,
        "components": {
            "schemas": SCHEMAS | request_schemas(job_kinds()),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
            },
        },
    }


def call(summary: str, answers: dict[int, Part], refusals: tuple[int, ...] = (), **parts: Any) -> Part:
    """One operation: what it does, answers and may refuse."""
    problems = {status: _json(PROBLEMS[status], "Problem") for status in sorted({*ALWAYS, *refusals})}
    responses = {str(status): answer for status, answer in (answers | problems).items()}
    return {"summary": summary, "responses": responses, **parts}


def _json(description: str, schema: str) -> Part:
    return {"description": description, "content": {"application/json": {"schema": ref(schema)}}}


def _query(name: str, description: str, schema: Part = TEXT) -> Part:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _id(name: str) -> Part:
    return {"name": name, "in": "path", "required": True, "schema": ID}


def _paging(size: PageSize) -> list[Part]:
    limit = {"type": "integer", "minimum": 1, "maximum": size.most, "default": size.usual}
    return [_query("limit", "Objects on a page.", limit), _query("cursor", "The next_cursor of the page before.")]


def _wish(summary: str, refusals: tuple[int, ...] = WRITES, **parts: Any) -> Part:
    return {"parameters": [_id("job_id")], "post": call(summary, {202: _json("The job.", "Job")}, refusals, **parts)}


PART = [
    _query("outcome", "Only tickets with this outcome.", {"enum": list(OUTCOMES)}),
    _query("error", "Only tickets with this reason: a code as in `error`, or none.", TEXT),
]
PATHS: Part = {
    "/openapi.json": {
        "get": {
            "summary": "This document.",
            "security": [],
            "responses": {
                "200": {"description": "OpenAPI 3.1", "content": {"application/json": {"schema": ANY_OBJECT}}}
            },
        }
    },
    "/me": {"get": call("Who asks.", {200: _json("The person.", "Person")})},
    "/views": {"get": call("The account's active views.", {200: _json("The views.", "Views")}, ASKS_ZENDESK)},
    "/views/{view_id}": {
        "parameters": [_id("view_id")],
        "get": call("One view.", {200: _json("The view.", "View")}, (404, *ASKS_ZENDESK)),
    },
    "/tags": {
        "get": call(
            "Tags of the account that begin with a text.",
            {200: _json("The tags; none for less than two characters.", "Tags")},
            ASKS_ZENDESK,
            parameters=[_query("q", "The beginning of a tag.")],
        )
    },
    "/macros": {
        "get": call(
            "Search in everything that macros say and do, by the same rules as the page, whose other parameters work "
            "too: comment, category, access, updated, used30, used7, language, finding. By id.",
            {200: _json("A page of the macros that fit.", "Macros")},
            (422, *ASKS_ZENDESK),
            parameters=[
                _query("q", "The words, as one phrase, or the regular expression; everything when left out."),
                _query("word", "Whole words only.", {"enum": ["1"]}),
                _query("case", "Upper and lower case differ.", {"enum": ["1"]}),
                _query("regex", "q is a regular expression in Python's syntax.", {"enum": ["1"]}),
                _query("field", "Only macros with such an action, such as status or custom_fields_17."),
                _query("active", "Only active or only inactive ones.", {"enum": ["true", "false"]}),
                *_paging(MACROS),
            ],
        )
    },
    "/jobs": {
        "post": call(
            "Start a job. By default a dry run, which changes nothing.",
            {201: _json("It is finished.", "Job"), 202: _json("It goes on in the background.", "Job")},
            (*WRITES, 413, 415, 422),
            parameters=[KEY_HEADER],
            requestBody={"required": True, "content": {"application/json": {"schema": ref("JobRequest")}}},
        ),
        "get": call(
            "Jobs, newest first; an agent's own, for an admin everybody's.",
            {200: _json("A page of jobs.", "Jobs")},
            (422,),
            parameters=[
                _query("tool", "Only jobs of this tool."),
                _query("status", "Only jobs with this status.", {"enum": list(st.STATUSES)}),
                *_paging(JOBS),
            ],
        ),
    },
    "/jobs/{job_id}": {
        "parameters": [_id("job_id")],
        "get": call("One job.", {200: _json("The job.", "Job")}, (404,)),
    },
    "/jobs/{job_id}/tickets": {
        "parameters": [_id("job_id")],
        "get": call(
            "The job's tickets with their outcomes, by ticket id.",
            {200: _json("A page of tickets.", "Tickets")},
            (404, 422),
            parameters=[
                *PART,
                *_paging(TICKETS),
            ],
        ),
    },
    "/jobs/{job_id}/cancel": _wish("Stop the job. What is at Zendesk already finishes, the rest is skipped."),
    "/jobs/{job_id}/pause": _wish("Pause the job after what is at Zendesk already."),
    "/jobs/{job_id}/resume": _wish("Let a paused or failed job go on where it stopped."),
    "/jobs/{job_id}/continue": _wish(
        "Let a job go on that is paused after its first tickets (`canary`), for a person to look at them."
    ),
    "/jobs/{job_id}/tickets/{ticket_id}/mark": {
        "parameters": [_id("job_id"), _id("ticket_id")],
        "post": call(
            "Say what a person found on a ticket whose outcome is unknown: the change is there (it succeeded), or it "
            "is not (it failed, and can be retried). Only while the job is paused or has ended.",
            {202: _json("The job.", "Job")},
            (*WRITES, 413, 415, 422),
            requestBody={"required": True, "content": {"application/json": {"schema": ref("Mark")}}},
        ),
    },
    "/jobs/{job_id}/retry": {
        "parameters": [_id("job_id")],
        "post": call(
            "Try the failed tickets again: by default a preview of them, read anew; answers with the new job.",
            {201: _json("It is finished.", "Job"), 202: _json("It goes on in the background.", "Job")},
            (*WRITES, 413, 415, 422),
            parameters=[KEY_HEADER],
            requestBody={"content": {"application/json": {"schema": ref("RetryRequest")}}},
        ),
    },
    "/jobs/{job_id}/export.csv": {
        "parameters": [_id("job_id")],
        "get": call(
            "Every ticket's outcome as CSV.",
            {200: {"description": "RFC 4180, in UTF-8", "content": {"text/csv": {"schema": said(TEXT, "CSV")}}}},
            (404, 409, 422),
            parameters=PART,
        ),
    },
    "/jobs/{job_id}/export.json": {
        "parameters": [_id("job_id")],
        "get": call(
            "Every ticket's outcome as JSON.", {200: _json("All tickets.", "Export")}, (404, 409, 422), parameters=PART
        ),
    },
}
