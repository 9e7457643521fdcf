"""Who we act as in Zendesk: asked now and then, known to every page, in the way of none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlalchemy.exc import SQLAlchemyError

from app import zendesk as zd
from app.account.connection import refusals, settings
from app.account.connection.clients import NotConnected, quick_client
from app.account.connection.faults import problem
from app.account.connection.open_transaction import holds_up_others
from app.account.connection.process import of_this_process
from app.zendesk import account_of
from config import ZendeskConfig

log = logging.getLogger(__name__)

LIVES = 300.0
TROUBLE_LIVES = 15.0
PATIENCE = 2.0

# `role_type` of agents who may comment inside, or chat, but change no tickets.
RESTRICTED = {1: "a light agent", 2: "a chat agent", 3: "a contributor"}


@dataclass(frozen=True)
class Identity:
    """The Zendesk user that we act as; `problem` says in a sentence why that is unknown, or why that user will not do.

    `as_of` is when that was found out, in seconds since 1970; None when Zendesk was not asked.
    """

    name: str | None = None
    email: str | None = None
    role: str | None = None
    problem: str | None = None
    as_of: float | None = field(default=None, compare=False)


NOT_ZENDESK = "No Zendesk answers at this address."
NOBODY_YET = Identity(problem="Zendesk has not said yet who we act as.")


class Acting:
    """What one process knows of the identity; asked by one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known, self._known_of, self._asked_at = NOBODY_YET, None, 0.0
        self._refused: float | None = None  # the last refusal that was known when Zendesk was asked

    def who(self, zendesk: ZendeskConfig | None, at_most: float = LIVES, refused: float | None = None) -> Identity:
        """The identity, `at_most` seconds old; looked at again sooner after a problem, or after a new refusal.

        :param refused: when any process was refused last.
        """
        if holds_up_others() or not self._lock.acquire(timeout=PATIENCE):
            return self._known if self._known_of == zendesk else NOBODY_YET
        try:
            if self._known_of != zendesk or self._is_due(at_most, refused):
                self._known, self._known_of, self._refused = _ask(), zendesk, refused
                self._asked_at = self._clock()
            return self._known
        finally:
            self._lock.release()

    def _is_due(self, at_most: float, refused: float | None) -> bool:
        lives = TROUBLE_LIVES if self._known.problem else at_most
        news = refused != self._refused and not self._known.problem
        return news or self._clock() - self._asked_at >= lives


def identity(at_most: float = LIVES) -> Identity:
    """Who we act as, as it was found out `at_most` seconds ago, and after the last refusal.

    Never raises, and takes about two seconds at most, four when a new token is due as well.
    """
    zendesk = settings.in_force()
    refused = refusals.last(account_of(zendesk.base_url)) if zendesk else None
    return of_this_process(Acting).who(zendesk, at_most, refused)


def _ask() -> Identity:
    try:
        me = quick_client().me()
    except NotConnected:
        return Identity(problem="No Zendesk account is connected yet.")
    except zd.ZendeskError as error:
        log.warning("unknown who we act as: %s", error)
        nowhere = isinstance(error, zd.NotFound | zd.InvalidEndpoint) and not isinstance(error, zd.NoHelpDesk)
        return Identity(problem=NOT_ZENDESK if nowhere else problem(error), as_of=time.time())
    except SQLAlchemyError as error:
        log.warning("unknown who we act as: the database failed (%s)", type(error).__name__)
        return Identity(problem="The database did not answer, so Zendesk was not asked.")
    found = Identity(me.get("name"), me.get("email"), me.get("role"), as_of=time.time())
    if found.role == "end-user":
        return replace(found, problem=f"{found.name} is an end user and may change no tickets.")
    return found
