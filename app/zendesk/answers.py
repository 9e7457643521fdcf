"""Turns an answer of Zendesk into its content, or into the error it stands for."""

import json
import logging
import re
from functools import cached_property
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from app.characters import keepable

from .envelopes import ErrorBody, read_error
from .errors import (
    Anonymous,
    BadRequest,
    Conflict,
    Facts,
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
from .limits import RateHeaders, read_date, read_limits
from .request import ME_PATH, TOKEN_PATH, Request
from .transport import RawAnswer
from .values import finite, fit, with_ids

log = logging.getLogger("app.zendesk")

LONGEST_WARNING = 500
RETRY_AFTER_UNSAID = 10.0
"""Seconds after a 429 that names none; the official Ruby client's default (docs/zendesk.md, Rate limits)."""

REQUEST_ID = re.compile(r"[\w.-]{1,80}")
ESCAPED_UNFIT = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
MAY_BE_A_GATEWAYS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)
INVALID_VALUES = ":invalid_values=>"

REFUSALS: dict[int, type[ZendeskError]] = {401: Unauthorized, 403: Forbidden, 404: NotFound, 409: Conflict}


class Answer:
    """A whole answer, whatever its status."""

    def __init__(self, request: Request, raw: RawAnswer) -> None:
        self.request = request
        self.status = raw.status
        self.seconds = raw.seconds
        self.limits: RateHeaders = read_limits(raw.headers)
        self.date = read_date(raw.headers.get("Date"))
        self.request_id = _request_id(raw.headers.get("X-Request-Id") or raw.headers.get("X-Zendesk-Request-Id"))
        self.warning = raw.headers.get("X-Zendesk-API-Warn")
        self.location_host = _host(raw.headers.get("Location"))
        self._cut = raw.cut
        self._body = raw.body

    @property
    def succeeded(self) -> bool:
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def redirected(self) -> bool:
        return self.status < HTTPStatus.BAD_REQUEST

    @property
    def failed(self) -> bool:
        return self.status >= HTTPStatus.INTERNAL_SERVER_ERROR

    @cached_property
    def anonymous(self) -> bool:
        """Whether Zendesk, asked who we are, takes us for a stranger: it answers 200 with a user without an id."""
        if not self.succeeded or self.request.path != ME_PATH:
            return False
        parsed = self._parsed
        user = parsed.get("user") if isinstance(parsed, dict) else None
        return isinstance(user, dict) and user.get("id") is None

    @property
    def loggable_warning(self) -> str:
        """The names of the keys that Zendesk dropped, without the values it shows beside them.

        See docs/zendesk.md, Dropped keys.
        """
        return (self.warning or "").partition(INVALID_VALUES)[0].rstrip(", \t")[:LONGEST_WARNING]

    @cached_property
    def content(self) -> dict[str, Any]:
        """The JSON object of a success; raises the error that the answer stands for when it is none."""
        parsed = self._parsed
        body = read_error(parsed)
        if body.code == "TooManyJobs":
            raise self._too_many_jobs(body)
        if not self.succeeded:
            raise self._error(body)
        if not isinstance(parsed, dict):
            raise self.unreadable(self._cut or "no JSON object")
        if self.anonymous:
            raise Anonymous(f"{self._said()} as the anonymous user", **self.facts(maybe_applied=False))
        return parsed

    def record(self, key: str) -> dict[str, Any]:
        """The object under `key`; raises Unreadable when there is none."""
        found = self.content.get(key)
        if not isinstance(found, dict):
            raise self.unreadable(f"no {key}")
        return found

    def records(self, key: str) -> list[dict[str, Any]]:
        """The list of objects under `key`; raises Unreadable when there is none."""
        found = self.content.get(key)
        if not isinstance(found, list) or not all(isinstance(record, dict) for record in found):
            raise self.unreadable(f"no list of {key}")
        return found

    def objects(self, key: str) -> list[dict[str, Any]]:
        """The list of objects under `key`, their ids as integers, None where one is no id."""
        return [with_ids(record) for record in self.records(key)]

    def unreadable(self, why: str) -> Unreadable:
        """The error for a success whose content is not what it should be."""
        return Unreadable(f"{self._said()} ({why})", **self.facts(maybe_applied=not self.request.safe))

    @cached_property
    def _parsed(self) -> Any:
        if self._cut:
            return None
        text = self._body.decode("utf-8", errors="replace")
        try:
            parsed = json.loads(text, parse_float=finite, parse_constant=str)
            return fit(parsed) if ESCAPED_UNFIT.search(text) else parsed
        except (ValueError, RecursionError):
            return keepable(text)

    def _error(self, body: ErrorBody) -> ZendeskError:
        message = self._said(body.code)
        facts = self.facts(body, maybe_applied=self.failed and not self.request.safe)
        if self.failed:
            return ServerError(message, retry_after=self.limits.retry_after, **facts)
        if self.redirected:
            return Redirected(f"{message} to {self.location_host or 'an unknown host'}", **facts)
        if self.status == HTTPStatus.TOO_MANY_REQUESTS:
            return RateLimited(message, retry_after=self._retry_after(), bucket=self._limited_bucket(), **facts)
        if self.status == HTTPStatus.UNPROCESSABLE_ENTITY:
            return Invalid(message, details=body.details, **facts)
        return self._refusal(body)(message, **facts)

    def _refusal(self, body: ErrorBody) -> type[ZendeskError]:
        if self.request.path == TOKEN_PATH and self.status in (400, 403):
            # OAuth's own errors (invalid_client, invalid_grant …) come with any of these.
            return Unauthorized
        if self.status == HTTPStatus.NOT_FOUND and body.code == "InvalidEndpoint":
            return InvalidEndpoint
        if self.status == HTTPStatus.NOT_FOUND and body.no_help_desk:
            return NoHelpDesk
        return REFUSALS.get(self.status, BadRequest)

    def _too_many_jobs(self, body: ErrorBody) -> TooManyJobs:
        return TooManyJobs(
            self._said(body.code),
            current_job_ids=body.current_job_ids,
            retry_after=self.limits.retry_after,
            **self.facts(body, maybe_applied=False),
        )

    def _retry_after(self) -> float:
        if self.limits.retry_after is not None:
            return self.limits.retry_after
        account = self.limits.account
        window = self.limits.exhausted_endpoint() or (account if account and not account.remaining else None)
        return window.reset if window and window.reset else RETRY_AFTER_UNSAID

    def _limited_bucket(self) -> str | None:
        """Whose limit a 429 is about: the request's own, or None for the account's.

        The body does not tell (docs/zendesk.md, Rate limits). An endpoint's counter at 0 does; so does an account that
        has plenty left, as in the one recorded 429. Otherwise it is the account's: the careful guess.
        """
        account = self.limits.account
        if self.limits.exhausted_endpoint() or (account and account.remaining > account.limit // 10):
            return self.request.bucket
        return None

    def _said(self, code: str | None = None) -> str:
        named = f" {code}" if code else ""
        return f"{self.request.route} answered {self.status}{named} [request {self.request_id or 'unnamed'}]"

    def facts(self, body: ErrorBody | None = None, *, maybe_applied: bool) -> Facts:
        """What every error of this answer carries."""
        refused = self.status in MAY_BE_A_GATEWAYS
        return Facts(
            request=self.request.name,
            key=self.request.key,
            by_gateway=refused and body is not None and not (body.own or body.no_help_desk),
            status=self.status,
            code=body.code if body else None,
            request_id=self.request_id,
            description=body.description if body else None,
            maybe_applied=maybe_applied,
        )


def log_answer(answer: Answer) -> None:
    """Notes an answer in the log; what Zendesk dropped of a request is worth a warning."""
    account = answer.limits.account
    log.debug(
        "%s %d in %.3f s [request %s] %s of the rate limit left",
        answer.request.route,
        answer.status,
        answer.seconds,
        answer.request_id,
        account.remaining if account else "an unknown part",
    )
    if answer.warning:
        log.warning(
            "%s: Zendesk ignored a part of the request: %s [request %s]",
            answer.request.route,
            answer.loggable_warning,
            answer.request_id,
        )


def _request_id(value: str | None) -> str | None:
    """The first one: some gateways send it twice (docs/zendesk.md, Errors)."""
    match = REQUEST_ID.match((value or "").strip())
    return match.group() if match else None


def _host(location: str | None) -> str | None:
    try:
        return urlsplit(location or "").hostname
    except ValueError:
        return None
