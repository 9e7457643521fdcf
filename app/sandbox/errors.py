"""The refusals of the API, each in the envelope in which Zendesk sends it (docs/zendesk.md, Errors)."""

from __future__ import annotations

import json
from typing import Any

from werkzeug.wrappers import Response

Details = dict[str, list[dict[str, Any]]]


class ApiError(Exception):
    """An answer other than success; `body` is sent as JSON, or as it is when it is text."""

    def __init__(
        self,
        status: int,
        body: dict[str, Any] | str,
        headers: dict[str, str] | None = None,
        content_type: str = "text/plain; charset=utf-8",
    ) -> None:
        super().__init__(f"{status} {body}")
        self.status, self.body, self.headers = status, body, headers or {}
        self.content_type = content_type if isinstance(body, str) else "application/json; charset=utf-8"

    def response(self) -> Response:
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return Response(text, self.status, self.headers, content_type=self.content_type)


def unauthorized() -> ApiError:
    return ApiError(401, {"error": "Couldn't authenticate you"})


def forbidden(message: str = "You do not have access to this page. Please contact the account owner.") -> ApiError:
    """The role or the plan does not allow it (docs/zendesk.md, Sign-in)."""
    return ApiError(403, {"error": {"title": "Forbidden", "message": message}})


def missing_scope(scope: str) -> ApiError:
    """The token does not allow it: the string form that circulates beside the other (docs/zendesk.md, Sign-in)."""
    description = f"You are missing the following required scopes: {scope}"
    return ApiError(403, {"error": "Forbidden", "description": description})


def not_found() -> ApiError:
    return ApiError(404, {"error": "RecordNotFound", "description": "Not found"})


def invalid_endpoint() -> ApiError:
    return ApiError(404, {"error": "InvalidEndpoint", "description": "Not found"})


def invalid_attribute(message: str) -> ApiError:
    return ApiError(400, {"error": {"title": "Invalid attribute", "message": message}})


def too_many_values(most: int) -> ApiError:
    """As recorded, with the empty parameter name that leaves two blanks (docs/zendesk.md, Changing tickets)."""
    description = f"Parameter  cannot specify more than {most} values"
    return ApiError(400, {"error": "TooManyValues", "description": description, "max_count": most})


def pagination_depth() -> ApiError:
    title = "Requests beyond 10,000 records are not supported; use cursor pagination"
    return ApiError(400, {"errors": [{"code": "InvalidPaginationDepth", "title": title}]})


def invalid_cursor() -> ApiError:
    return ApiError(400, {"errors": [{"code": "InvalidPaginationParameter", "title": "Invalid page parameter"}]})


def record_invalid(details: Details) -> ApiError:
    body = {"error": "RecordInvalid", "description": "Record validation errors", "details": details}
    return ApiError(422, body)


def update_conflict() -> ApiError:
    """A stale stamp; status documented, body from a public fake (docs/zendesk.md, Changing tickets)."""
    return ApiError(409, {"error": "UpdateConflict", "description": CONFLICT})


RECORDED_CONFLICT = (
    "Safe update timestamp prevented the update due to outdated ticket data. "
    "Please fetch the latest ticket data and try again."
)
"""The details of a conflict in the results of a job, in the words of a recording of August 2023."""

CONFLICT = "Safe Update prevented the update due to outdated ticket data."
