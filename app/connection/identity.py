"""Who we act as in Zendesk: asked now and then, known to every page, in the way of none."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from flask import has_request_context, request
from sqlalchemy.exc import SQLAlchemyError

from app import zendesk as zd
from app.connection import settings
from app.connection.clients import NotConnected, SecretUnreadable, quick_client
from app.connection.process import of_this_process
from app.extensions import db
from config import ZendeskConfig

log = logging.getLogger(__name__)

LIVES = 300.0
TROUBLE_LIVES = 15.0
PATIENCE = 2.0
READING = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True)
class Identity:
    """The Zendesk user that we act as; `problem` says in a sentence why nobody knows, or why that user will not do."""

    name: str | None = None
    email: str | None = None
    role: str | None = None
    problem: str | None = None


PROBLEMS: tuple[tuple[type[zd.ZendeskError], str], ...] = (
    (SecretUnreadable, "The saved secret cannot be decrypted any more: an admin must enter it again."),
    (zd.Anonymous, "Zendesk does not know the user we sign in as."),
    (zd.Unauthorized, "Zendesk refuses our credentials."),
    (zd.Forbidden, "Zendesk forbids this to the user we act as (403)."),
    (zd.NoHelpDesk, "There is no Zendesk account at this address."),
    (zd.NotFound, "No Zendesk answers at this address."),
    (zd.InvalidEndpoint, "No Zendesk answers at this address."),
    (zd.Redirected, "This address redirects elsewhere, which is never followed."),
    (zd.NetworkError, "Zendesk does not answer."),
    (zd.RateLimited, "Zendesk's rate limit is used up for the moment."),
    (zd.ServerError, "Zendesk has trouble of its own."),
    (zd.ZendeskError, "Zendesk gave no usable answer."),
)
NETWORK = {  # by Python's name for what failed, which the client gives as the code
    "ProxyError": "The proxy of this installation (HTTPS_PROXY) does not let us through to Zendesk.",
    "SSLCertVerificationError": (
        "Zendesk's certificate is not trusted here: the network may read along, and need REQUESTS_CA_BUNDLE."
    ),
    "gaierror": "Zendesk's name cannot be looked up: this machine's network has no way out, or needs HTTPS_PROXY.",
}
NOBODY_YET = Identity(problem="Zendesk has not said yet who we act as.")


class Acting:
    """What one process knows of the identity; asked by one thread at a time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known, self._known_of, self._until = NOBODY_YET, None, 0.0

    def who(self, zendesk: ZendeskConfig | None) -> Identity:
        """The identity, as of the last five minutes; a problem is looked at again sooner."""
        if _holds_up_others() or not self._lock.acquire(timeout=PATIENCE):
            return self._known if self._known_of == zendesk else NOBODY_YET
        try:
            if self._known_of != zendesk or self._clock() >= self._until:
                self._known, self._known_of = _ask(), zendesk
                self._until = self._clock() + (TROUBLE_LIVES if self._known.problem else LIVES)
            return self._known
        finally:
            self._lock.release()


def identity() -> Identity:
    """Who we act as. Never raises, and takes about two seconds at most, four when a new token is due as well."""
    return of_this_process(Acting).who(settings.in_force())


def _ask() -> Identity:
    try:
        me = quick_client().me()
    except NotConnected:
        return Identity(problem="No Zendesk account is connected yet.")
    except zd.ZendeskError as error:
        log.warning("nobody knows who we act as: %s", error)
        return Identity(problem=problem(error))
    except SQLAlchemyError as error:
        log.warning("nobody knows who we act as: the database failed (%s)", type(error).__name__)
        return Identity(problem="The database did not answer, so nobody was asked.")
    found = Identity(me.get("name"), me.get("email"), me.get("role"))
    if found.role == "end-user":
        return replace(found, problem=f"{found.name} is an end user and may change no tickets.")
    return found


def problem(error: zd.ZendeskError) -> str:
    """Why the connection does not work, for the person who looks at the top bar."""
    if isinstance(error, zd.NetworkError) and error.code in NETWORK:
        return NETWORK[error.code]
    if error.by_gateway and not isinstance(error, zd.NotFound):
        return f"Something between us and Zendesk refuses this ({error.status}): a gateway or a firewall."
    if isinstance(error, zd.Forbidden) and error.about_scopes:
        return "Zendesk forbids our credentials to read: a scope is missing or misspelt."
    return next(sentence for kind, sentence in PROBLEMS if isinstance(error, kind))


def _holds_up_others() -> bool:
    """Whether this request has a writing transaction open: on SQLite nobody could write until Zendesk has answered."""
    writes = has_request_context() and request.method not in READING
    return writes and db.session.registry.has() and db.session().in_transaction()
