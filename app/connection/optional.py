"""Reads from Zendesk that something can do without: where one fails, its part is missing, and a sentence says so."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.connection.identity import problem
from app.zendesk import Client, ZendeskError

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True)
class Part(Generic[T]):
    """What was read, or what stands in its place; then `missing` says in a sentence what could not be read and why."""

    value: T
    missing: str | None = None


def optional(client: Client, read: Callable[[Client], T], instead: T, what: str) -> Part[T]:
    """Read something that only adds to what is shown.

    Tried once and for ten seconds at most, whatever the trouble is: nobody waits for it, and nothing fails over it.
    An iterator must be emptied inside `read` (`lambda zendesk: list(zendesk.triggers())`), so that its pages count.

    :param instead: what to go on with where it cannot be read.
    :param what: what is read, as a sentence begins: "The ticket fields".
    """
    try:
        return Part(read(client.for_extras()))
    except ZendeskError as error:
        log.info("done without (%s): %s", what, error)
        return Part(instead, f"{what} could not be read: {problem(error)}")
