"""The error that each answer stands for, and whether the change may have been executed."""

from typing import Any

import pytest

from app.zendesk import (
    BadRequest,
    Conflict,
    Forbidden,
    Invalid,
    InvalidEndpoint,
    NoHelpDesk,
    NotFound,
    RateLimited,
    Redirected,
    ServerError,
    TooManyJobs,
    Unauthorized,
    Unreadable,
    ZendeskError,
)
from app.zendesk.answers import RETRY_AFTER_UNSAID
from app.zendesk.request import Request
from tests.zendesk.factories import an_answer

UPDATE = {"method": "PUT", "path": "/api/v2/tickets/update_many"}
ROUTE = "GET /views/{id}/tickets"


def the_error(status: int, body: Any = None, **more: str) -> ZendeskError:
    with pytest.raises(ZendeskError) as caught:
        _ = an_answer(status, body, **more).content
    return caught.value


ENVELOPES: list[tuple[int, Any, type[ZendeskError], str | None, str | None]] = [
    (
        400,
        {"errors": [{"code": "InvalidPaginationDepth", "title": "Too deep"}]},
        BadRequest,
        "InvalidPaginationDepth",
        "Too deep",
    ),
    (
        400,
        {"error": "TooManyValues", "description": "Parameter  cannot", "max_count": 100},
        BadRequest,
        "TooManyValues",
        "Parameter cannot",
    ),
    (400, {"error": {"title": "Invalid attribute", "message": "page"}}, BadRequest, None, "Invalid attribute: page"),
    (400, b"Required parameter missing: phone_number", BadRequest, None, "Required parameter missing: phone_number"),
    (401, {"error": "Couldn't authenticate you"}, Unauthorized, None, "Couldn't authenticate you"),
    (
        403,
        {"error": {"title": "Forbidden", "message": "You do not have access"}},
        Forbidden,
        "Forbidden",
        "Forbidden: You do not have access",
    ),
    (403, {"error": "Forbidden", "description": "No"}, Forbidden, "Forbidden", "No"),
    (404, {"error": "RecordNotFound", "description": "Not found"}, NotFound, "RecordNotFound", "Not found"),
    (404, {"error": "InvalidEndpoint", "description": "Not found"}, InvalidEndpoint, "InvalidEndpoint", "Not found"),
    (
        404,
        {"error": {"title": "No help desk at foo", "message": "None"}},
        NoHelpDesk,
        None,
        "No help desk at foo: None",
    ),
    (404, b"", NotFound, None, None),
    (404, b" ", NotFound, None, None),
    (406, {"error": "CommentRequired", "description": "x"}, BadRequest, "CommentRequired", "x"),
    (
        409,
        b"Requester creation collision - please try again",
        Conflict,
        None,
        "Requester creation collision - please try again",
    ),
    (
        409,
        {"error": "DatabaseConflict", "description": "Database collision"},
        Conflict,
        "DatabaseConflict",
        "Database collision",
    ),
    (413, b"", BadRequest, None, None),
    (500, b"<html><h1>Oops</h1></html>", ServerError, None, "Oops"),
    (502, b"\xff\xfe\x00 not text", ServerError, None, "\ufffd\ufffd\ufffd not text"),
    (503, b"[" * 100_000, ServerError, None, "[" * 500),
    (520, {"error": None}, ServerError, None, None),
]


@pytest.mark.parametrize(("status", "body", "kind", "code", "description"), ENVELOPES)
def test_every_envelope_is_understood(
    status: int, body: Any, kind: type[ZendeskError], code: str | None, description: str | None
):
    error = the_error(status, body)
    assert type(error) is kind
    assert (error.status, error.code, error.description) == (status, code, description)


def test_invalid_keeps_zendesks_sentences_by_field():
    details = {
        "base": [{"description": "Cause: is required", "error": None, "ticket_field_id": 1}, "bare"],
        "status": [{"description": "Status: closed prevents ticket update"}, {}],
        "odd": "not a list",
    }
    error = the_error(422, {"error": "RecordInvalid", "description": "Record validation errors", "details": details})
    assert isinstance(error, Invalid)
    assert error.details == {
        "base": ["Cause: is required", "bare"],
        "status": ["Status: closed prevents ticket update", ""],
    }


@pytest.mark.parametrize("status", [200, 400, 409, 422, 429, 500, 503])
def test_too_many_jobs_is_told_by_its_key_and_surely_was_not_executed(status: int):
    body = {"error": "TooManyJobs", "description": "Too many TicketBulkUpdateJob jobs", "current_job_ids": ["a", "b"]}
    error = the_error(status, body, **UPDATE)
    assert isinstance(error, TooManyJobs)
    assert error.current_job_ids == ("a", "b")
    assert error.maybe_applied is False


@pytest.mark.parametrize("status", [301, 400, 401, 403, 404, 409, 413, 422, 429])
def test_a_refused_write_surely_was_not_executed(status: int):
    assert the_error(status, b"whatever", **UPDATE).maybe_applied is False


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_failed_write_may_have_been_executed_and_a_failed_read_changes_nothing(status: int):
    assert the_error(status, b"", **UPDATE).maybe_applied is True
    assert the_error(status, b"").maybe_applied is False


@pytest.mark.parametrize("body", [b"<html>Welcome</html>", b"", b'{"job_status": {"id"', b"[]", b"null", b'"x"'])
def test_an_unreadable_success_of_a_write_may_have_been_executed(body: bytes):
    error = the_error(200, body, **UPDATE)
    assert isinstance(error, Unreadable)
    assert error.maybe_applied is True
    assert the_error(200, body).maybe_applied is False


def test_a_redirect_names_the_host_and_nothing_else_of_its_target():
    error = the_error(302, b"", Location="https://evil.example/steal?token=hunter2", **UPDATE)
    assert isinstance(error, Redirected)
    assert "302" in str(error)
    assert "evil.example" in str(error)
    assert "hunter2" not in str(error)
    assert error.maybe_applied is False


@pytest.mark.parametrize("location", ["", "/relative", "http://[broken"])
def test_a_redirect_to_nowhere_is_still_told(location: str):
    assert isinstance(the_error(301, b"", Location=location), Redirected)


@pytest.mark.parametrize(
    "body",
    [
        b"Number of allowed API requests per minute exceeded",
        b"<html>Rate limit for ticket updates exceeded</html>",
        {"error": "APIRateLimitExceeded", "description": "Number of allowed incremental export API requests"},
        {"errors": [{"code": "TooManyRequests", "title": "Too many requests to update"}]},
    ],
)
def test_a_429_is_told_by_its_status_whatever_its_body(body: Any):
    error = the_error(429, body, Retry_After="93")
    assert isinstance(error, RateLimited)
    assert error.retry_after == 93.0


@pytest.mark.parametrize(
    ("headers", "bucket"),
    [
        ({"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "684"}, ROUTE),
        ({"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "700"}, ROUTE),
        ({"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "0"}, None),
        ({"X_Rate_Limit": "700", "X_Rate_Limit_Remaining": "3"}, None),
        ({"zendesk_ratelimit_views": "total=5; remaining=0; resets=9"}, ROUTE),
        ({"zendesk_ratelimit_views": "total=5; remaining=4; resets=9"}, None),
        ({}, None),
    ],
)
def test_a_429_is_the_endpoints_or_the_accounts(headers: dict[str, str], bucket: str | None):
    error = the_error(429, b"", Retry_After="10", **headers)
    assert isinstance(error, RateLimited)
    assert error.bucket == bucket


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"zendesk_ratelimit_views": "total=5; remaining=0; resets=9"}, 9.0),
        ({"ratelimit_limit": "700", "ratelimit_remaining": "0", "ratelimit_reset": "41"}, 41.0),
        ({}, RETRY_AFTER_UNSAID),
    ],
)
def test_a_429_without_retry_after_waits_for_the_window(headers: dict[str, str], seconds: float):
    error = the_error(429, b"", **headers)
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_a_message_says_route_status_code_and_request_and_nothing_of_the_body():
    body = {"error": "RecordInvalid", "description": "The order of Ms. Jones", "details": {}}
    error = the_error(422, body, X_Request_Id="808d-SEA, 808d-SEA")
    assert str(error) == "GET /views/{id}/tickets answered 422 RecordInvalid [request 808d-SEA]"
    assert error.request_id == "808d-SEA"


def test_a_code_that_is_a_sentence_stays_out_of_the_message():
    error = the_error(422, {"error": "Ms. Jones cannot be saved"})
    assert error.code is None
    assert "Jones" not in str(error)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_at_the_token_endpoint_are_unauthorized(status: int):
    error = the_error(
        status, {"error": "invalid_client", "error_description": "x"}, method="POST", path="/oauth/tokens"
    )
    assert type(error) is Unauthorized
    assert error.code == "invalid_client"


def test_a_dropped_key_is_named_without_the_values():
    said = '{:allowed_parameters=>{:unpermitted_keys=>["ticket.id"], :invalid_values=>["Ms. Jones"]}}'
    answer = an_answer(200, {}, X_Zendesk_API_Warn=said)
    assert answer.warning == said
    assert "ticket.id" in answer.loggable_warning
    assert "Jones" not in answer.loggable_warning


@pytest.mark.parametrize(
    ("method", "path", "route"),
    [
        ("GET", "/api/v2/views/25/tickets", "GET /views/{id}/tickets"),
        ("GET", "/api/v2/job_statuses/V3-47ed0a", "GET /job_statuses/{id}"),
        ("PUT", "/api/v2/tickets/update_many", "PUT /tickets/update_many"),
        ("POST", "/oauth/tokens", "POST /oauth/tokens"),
    ],
)
def test_a_route_has_no_ids(method: str, path: str, route: str):
    assert Request(method, path, {"ids": "1,2"}).route == route
