"""The clients of the account in force: a patient one for jobs, and two for pages, which must not hang."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass

from flask import current_app, g, has_request_context

from app.account.budget.shared import SharedBudget
from app.account.connection import settings
from app.account.connection.process import of_this_process
from app.account.connection.refusals import NotingWatcher
from app.account.connection.tokens import DatabaseTokenStore
from app.zendesk import Client, Leash, Timeouts, Unauthorized, account_of
from app.zendesk.core import PATIENCE
from config import Config, ZendeskConfig

PROMPT = Timeouts(connect=1.0, read=3.0, total=4.0)
LONG = Timeouts(connect=3.05, read=60.0, total=65.0)  # a job's reads: Zendesk's own may take close to a minute
QUICK = Timeouts(connect=0.8, read=1.2, total=2.0)


class NotConnected(Unauthorized):
    """No Zendesk account is configured."""


class SecretUnreadable(Unauthorized):
    """The saved secret was encrypted with a key that is no longer there."""


@dataclass(frozen=True)
class Made:
    """Three ways to one account; they share its rate budget, and through the database its token."""

    patient: Client
    prompt: Client
    quick: Client
    budget: SharedBudget


class Clients:
    """The clients of one process, made when first needed, and anew when other settings are in force."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made_for: ZendeskConfig | None = None
        self._made: Made | None = None

    def of(self, zendesk: ZendeskConfig) -> Made:
        with self._lock:
            if self._made is None or self._made_for != zendesk:
                self._made, self._made_for = _make(zendesk), zendesk
            return self._made


def client(background: bool = True) -> Client:
    """A client of the account in force; a person who made a request of ours waits ten seconds in all for silence.

    :param background: False for a person who waits: may use the share of the rate limit that is left to people.
    :raises NotConnected: while no account is configured.
    """
    patient = _made().patient
    if has_request_context():
        if "zendesk_leash" not in g:
            g.zendesk_leash = Leash(PATIENCE)
        patient = patient.brisk(g.zendesk_leash)
    return patient if background else patient.for_person()


def prompt_client() -> Client:
    """A client for what pages show and can do without: gives up after four seconds, and does not try again.

    :raises NotConnected: while no account is configured.
    """
    return _made().prompt


def quick_client() -> Client:
    """A client for what every page shows: gives up after two seconds.

    :raises NotConnected: while no account is configured.
    """
    return _made().quick


def budget() -> SharedBudget:
    """The rate budget of the account in force.

    :raises NotConnected: while no account is configured.
    """
    return _made().budget


def _made() -> Made:
    now = settings.current()
    if now is None:
        raise NotConnected("no Zendesk account is configured")
    if not now.readable:
        raise SecretUnreadable("the saved Zendesk secret cannot be decrypted with the present keys")
    return of_this_process(Clients).of(now.zendesk)


def _make(zendesk: ZendeskConfig) -> Made:
    config: Config = current_app.extensions["config"]
    budget = SharedBudget(config.redis_url, account_of(zendesk.base_url), config.rate_reserve)
    watcher = NotingWatcher(current_app.extensions["meter"], account_of(zendesk.base_url))
    owner = f"{account_of(zendesk.base_url)} {zendesk.oauth_client_id}"
    login = hashlib.sha256(zendesk.oauth_client_secret.encode()).hexdigest()

    network = settings.network()

    def make(timeouts: Timeouts, attempts: int, token_patience: float, reads: Timeouts | None = None) -> Client:
        return Client(
            zendesk.base_url,
            settings.credentials(zendesk),
            token_store=DatabaseTokenStore(owner, login, config.encryption_keys, token_patience),
            budget=budget,
            watcher=watcher,
            timeouts=timeouts,
            reads=reads,
            network=network,
            attempts=attempts,
        )

    return Made(
        patient=make(Timeouts(), attempts=3, token_patience=5.0, reads=LONG),
        prompt=make(PROMPT, attempts=1, token_patience=1.0).for_person(max_wait=1.0),
        quick=make(QUICK, attempts=1, token_patience=1.0).for_person(max_wait=0.5),
        budget=budget,
    )
