"""Reads from Zendesk that something can do without: where one fails, its part is missing, and a sentence says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.account.connection.faults import problem
from app.zendesk import Client, Forbidden, InvalidEndpoint, NotFound, RateLimited, Unauthorized, ZendeskError

FORBIDDEN = "Zendesk forbids that to the user we act as."  # one list says nothing of scopes: others are read

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """What was read, or what stands in its place; then `missing` says in a sentence what could not be read and why."""

    value: T
    missing: str | None = None


def optional(client: Client, read: Callable[[Client], T], instead: T, what: str) -> Part[T]:
    """Read something that only adds to what is shown.

    Tried once and for ten seconds at most, whatever the trouble is: no person waits for it, and nothing fails over it.
    An iterator must be emptied inside `read` (`lambda zendesk: list(zendesk.triggers())`), so that its pages count.

    :param instead: what to go on with where it cannot be read.
    :param what: what is read, as a sentence begins: "The ticket fields".
    """
    try:
        return Part(read(client.for_extras()))
    except ZendeskError as error:
        log.info("done without (%s): %s", what, error)
        why = FORBIDDEN if isinstance(error, Forbidden) else problem(error)
        return Part(instead, f"{what} could not be read: {why}")


def worth_a_wait(client: Client, error: ZendeskError) -> bool:
    """Whether what a job is made of had better be read again later than be done without.

    Not what is refused for good. Other trouble is a worker's while a person waits; a worker waits for the account's
    rate limit and for nothing else, so that one list that fails again and again holds no job.
    """
    if isinstance(error, Forbidden | NotFound | InvalidEndpoint):
        return False
    limited = isinstance(error, RateLimited) and error.bucket is None
    return limited or isinstance(error, Unauthorized) or not client.background
