"""The errors that callers of the Zendesk client see.

ZendeskError
├── RateLimited       429, or our own budget: come back after `retry_after` seconds
├── TooManyJobs       the account's 30 Zendesk jobs are taken (told by the `error` key, whatever the status)
├── Unauthorized      401 that a new OAuth token did not cure, or credentials refused by /oauth/tokens
│   └── Anonymous     200, but Zendesk takes us for its "Anonymous user"
├── Forbidden         403: plan, role or scope
├── NotFound          404 RecordNotFound: deleted, or invisible to us
├── InvalidEndpoint   404: not in this account's plan
│   └── NoHelpDesk    404: no account at this address
├── Conflict          409: changed since it was read, or a collision inside Zendesk
├── Invalid           422: `details` says which fields
├── BadRequest        every other 4xx: our mistake, repeating will not help
├── Redirected        3xx: never followed
├── ServerError       5xx, with `retry_after` when Zendesk named one
├── NetworkError      no answer: refused, reset, too slow
└── Unreadable        an answer of 2xx that is cut off, too large or not what it should be
    └── Endless       a list whose pages do not come to an end
"""
# ruff: noqa: N818 - the names are those of the field and of Zendesk's own words

from collections.abc import Sequence
from typing import TypedDict, Unpack


class Facts(TypedDict, total=False):
    """What every error may carry; see `ZendeskError`."""

    status: int | None
    code: str | None
    request_id: str | None
    description: str | None
    maybe_applied: bool
    request: str | None
    key: str | None
    by_gateway: bool


class ZendeskError(Exception):
    """Zendesk did not do, or did not say that it did, what was asked.

    `str(error)` is made for the log: method, route, status, code and request id; never a body, a query or a secret.
    `description` is Zendesk's own sentence, at most 500 characters, in any language: for people who may see the
    ticket, not for the log.

    `maybe_applied` answers the one question that matters after a write: False means that it surely was not executed
    (docs/protocol.md, The steps of a batch), True that only reading back can tell. It is always False after a read.

    `request` is method and path, fit for a person who may see the job; `key` tells requests with other queries apart.
    `by_gateway`: a refusal (401, 403, 404) in words that are not Zendesk's: something in between may have given it.
    """

    def __init__(self, message: str, **facts: Unpack[Facts]) -> None:
        super().__init__(message)
        self.status = facts.get("status")
        self.code = facts.get("code")
        self.request_id = facts.get("request_id")
        self.description = facts.get("description")
        self.maybe_applied = facts.get("maybe_applied", False)
        self.request = facts.get("request")
        self.key = facts.get("key")
        self.by_gateway = facts.get("by_gateway", False)

    @property
    def about_scopes(self) -> bool:
        """Whether Zendesk itself says that a scope of the token is what is missing."""
        return not self.by_gateway and "scope" in f"{self.code} {self.description}".lower()


class RateLimited(ZendeskError):
    """No request may go for `retry_after` seconds; `bucket` is None when that holds for the whole account."""

    def __init__(self, message: str, *, retry_after: float, bucket: str | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after
        self.bucket = bucket


class TooManyJobs(ZendeskError):
    """The account runs as many Zendesk jobs as it may: 30 (docs/zendesk.md, Zendesk jobs).

    `current_job_ids` names them, if told.
    """

    def __init__(
        self,
        message: str,
        *,
        current_job_ids: Sequence[str] = (),
        retry_after: float | None = None,
        **facts: Unpack[Facts],
    ) -> None:
        super().__init__(message, **facts)
        self.current_job_ids = tuple(current_job_ids)
        self.retry_after = retry_after


class Unauthorized(ZendeskError):
    """The credentials are not accepted; nothing will work until a person changes them."""


class Anonymous(Unauthorized):
    """Zendesk answered 200 to a caller it does not know (docs/zendesk.md, Sign-in)."""


class Forbidden(ZendeskError):
    """The plan, the role or the token's scope does not allow this.

    See docs/zendesk.md, Sign-in: a misspelt scope ends here too.
    """


class NotFound(ZendeskError):
    """The record is deleted, or our user may not see it."""


class InvalidEndpoint(ZendeskError):
    """The account's plan does not have this endpoint (docs/zendesk.md, Sign-in)."""


class NoHelpDesk(InvalidEndpoint):
    """There is no Zendesk account at the address called."""


class Conflict(ZendeskError):
    """The record changed since it was read; read it again before deciding anew."""


class Invalid(ZendeskError):
    """Zendesk refuses the values; `details` maps a field's name to Zendesk's sentences about it.

    See docs/zendesk.md, Errors.
    """

    def __init__(self, message: str, *, details: dict[str, list[str]] | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.details = details or {}


class BadRequest(ZendeskError):
    """The request itself is wrong, and stays so when repeated."""


class Redirected(ZendeskError):
    """Zendesk pointed elsewhere; credentials are never carried there."""


class ServerError(ZendeskError):
    """Zendesk failed; `retry_after` is None when it did not say for how long."""

    def __init__(self, message: str, *, retry_after: float | None = None, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.retry_after = retry_after


class NetworkError(ZendeskError):
    """No answer came; with `maybe_applied` False not one byte of the request left this machine."""


class Unreadable(ZendeskError):
    """An answer came, but its content is cut off, too large, or not of the documented shape."""


class Endless(Unreadable):
    """A list was given up; `why` says it as a clause, such as "its pages go round in circles"."""

    def __init__(self, message: str, *, why: str, **facts: Unpack[Facts]) -> None:
        super().__init__(message, **facts)
        self.why = why
