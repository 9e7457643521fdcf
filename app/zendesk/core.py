"""Carries a request through budget, sign-in, sending and retries; the resources are built on it."""

import copy
import json
import logging
import math
import random
import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Self

import requests
from requests.adapters import BaseAdapter

from app import numbers

from .access_token import AccessToken
from .account import account_of
from .answers import Answer, log_answer
from .budget import Ask, Budget, LocalBudget
from .credentials import ApiToken, Credentials, MemoryTokenStore, OAuthClient, Token, TokenStore
from .errors import NetworkError, RateLimited, Unauthorized, ZendeskError
from .leash import LEAST, Leash
from .limits import RateHeaders
from .network import Network, Sending, Timeouts
from .program import user_agent
from .request import TOKEN_PATH, Request
from .retries import TRANSIENT, delay, should_retry
from .transport import NoAnswerError, Transport
from .watcher import NobodyWatches, Watcher

TOKEN_SECONDS = 1800.0
"""How long a token is taken to live when /oauth/tokens does not say: the default of newer clients.

See docs/zendesk.md, Sign-in.
"""

LONGEST_TOKEN_SECONDS = 172_800.0
"""The longest that Zendesk lets a token live (api-reference/ticketing/oauth/grant_type_tokens)."""

LONG_SECONDS, LONG_READ_SECONDS = 3.0, 20.0
"""A failure that took longer than this is not tried again by a brisk client, or by any."""

PATIENCE = 10.0
"""Seconds for which a person waits for an answer."""

EXTRAS_WAIT = 2.0
"""Seconds for which a read that can be done without waits for the rate limit."""

REPLACEMENTS = 2
"""How many tokens may follow a refused one: another process's, which can be as old, and then one of our own."""

log = logging.getLogger("app.zendesk")


class Core:
    """One way to one account: pool, token and budget are shared with every client made from this one.

    Thread-safe. Make it after a fork, not before. Waiting for the rate limit and between attempts takes at most
    `max_wait` seconds per call; when more is needed, the error that says so is raised instead.
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials,
        *,
        token_store: TokenStore | None = None,
        budget: Budget | None = None,
        watcher: Watcher | None = None,
        background: bool = True,
        max_wait: float = 5.0,
        attempts: int = 3,
        timeouts: Timeouts | None = None,
        reads: Timeouts | None = None,
        network: Network | None = None,
        adapter: BaseAdapter | None = None,
        job: int | str | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`base_url` is the account's address without `/api/v2`; `timeouts`, `max_wait` and `now` are in seconds.

        `reads` are the timeouts of a job's GETs, which may take longer than a write or a person who waits for one;
        `network` is the way out of a company's network.
        """
        self.account = account_of(base_url)
        self._base_url = base_url.strip().rstrip("/")
        self._credentials = credentials
        self._transport = Transport(timeouts or Timeouts(), adapter, network)
        self._reads, self._patience, self._leash = reads, math.inf, Leash()
        self._readable: Callable[[str], None] = _nobody_asks
        self._budget = budget or LocalBudget()
        self._watcher = watcher or NobodyWatches()
        self._background = background
        self._max_wait = max_wait
        self._attempts = attempts
        self._again_within = LONG_READ_SECONDS
        self._job, self._user_agent = job, user_agent(job)
        self._now, self._sleep, self._jitter = now, sleep, jitter
        self._tokens = AccessToken(token_store or MemoryTokenStore(), self._fetch_token, now)

    @property
    def background(self) -> bool:
        """Whether no person waits for what this client asks."""
        return self._background

    @property
    def whole_timeout(self) -> float:
        """Seconds after the call of a write within which it is answered, or given up as never sent or unknown.

        Its first byte leaves in the first `whole_timeout` minus the read timeout, or not at all: a lease that
        outlasts this when a write is called has not run out when Zendesk gets it.
        """
        return self._transport.timeouts.total

    def for_job(self, job: int | str, readable: Callable[[str], None] | None = None) -> Self:
        """The same client for a job: with the job's share of the rate limit.

        The job is named in the User-Agent, which Zendesk keeps in each audit (docs/zendesk.md, Audits). `readable` is
        told the key of each request whose answer could be read, in the thread that made it.
        """
        client = copy.copy(self)
        client._job, client._user_agent = job, user_agent(job)
        client._readable = readable or _nobody_asks
        return client

    def for_person(self, max_wait: float = 1.0) -> Self:
        """The same client for a person who waits: may use the reserve, gives up after ten seconds."""
        client = self.brisk()
        client._background, client._max_wait, client._attempts = False, max_wait, min(self._attempts, 2)
        return client

    def brisk(self, leash: Leash | None = None) -> Self:
        """The same client for work that others wait for: what fails only after a long time is not tried again.

        Clients on one `leash` share its patience for answers that do not come.
        """
        client = copy.copy(self)
        client._again_within, client._reads = LONG_SECONDS, None
        client._patience, client._leash = PATIENCE, leash or self._leash
        return client

    def for_extras(self) -> Self:
        """The same client for what can be done without: one attempt, hardly a wait, and no answer that takes long."""
        client = self.brisk()
        client._max_wait, client._attempts = min(EXTRAS_WAIT, self._max_wait), 1
        return client

    def sign_in(self) -> None:
        """Fetches an access token, unless one is known; with an API token there is nothing to do.

        Raises Unauthorized when Zendesk refuses the client: apart from a request, so that a person can be told which.
        """
        if isinstance(self._credentials, OAuthClient):
            self._tokens.current()

    def close(self) -> None:
        """Closes the pool, also for the clients made from this one."""
        self._transport.close()

    def _get(self, path: str, query: dict[str, str] | None = None, bucket: str | None = None) -> Answer:
        return self._call(Request("GET", f"/api/v2{path}", query or {}, own_bucket=bucket))

    def _put(self, path: str, body: dict[str, Any], query: dict[str, str] | None = None) -> Answer:
        return self._call(Request("PUT", f"/api/v2{path}", query or {}, body))

    def _call(self, request: Request) -> Answer:
        """A success, after as many attempts as a safe request may have; a write has one."""
        started = time.monotonic()
        timeouts = self._transport.timeouts
        reads = self._reads if self._reads and request.method == "GET" else timeouts
        # A write that waited long could outlive the lease under which it was called.
        patience = self._max_wait if request.safe else min(self._max_wait, timeouts.send_within / 2)
        attempt = 0
        while True:
            attempt += 1
            token = self._token_for(request)
            ask = Ask(request.bucket, self._background, None if self._job is None else str(self._job))
            patience -= self._await_turn(request, ask, patience)
            began = time.monotonic()
            left = max(LEAST, min(self._patience - (began - started), self._leash.left))
            within = reads.within(left) if request.safe else timeouts
            try:
                answer = self._attempt(request, ask, token, Sending(began if request.safe else started, within))
                self._readable(request.key)
                return answer
            except TRANSIENT as error:
                self._leash.wait(error, time.monotonic() - began)
                pause = delay(error, attempt, self._jitter)
                late = time.monotonic() - began > self._again_within
                if late or pause > patience or not should_retry(error, attempt, self._attempts, request.safe):
                    raise
                log.info("%s; attempt %d follows in %.1f s", error, attempt + 1, pause)
            patience -= pause
            self._watcher.waited("again", pause)
            self._sleep(pause)

    def _await_turn(self, request: Request, ask: Ask, patience: float) -> float:
        """Waits until the budget lets the request go; returns the seconds waited."""
        waited = 0.0
        while (seconds := self._budget.wait(ask)) > 0:
            if waited + seconds > patience:
                self._budget.drop(ask)
                message = f"{request.route} not sent: the rate limit allows it in {seconds:.0f} s"
                raise RateLimited(message, retry_after=seconds, bucket=request.bucket)
            self._watcher.waited("rate limit", seconds)
            self._sleep(seconds)
            waited += seconds
        return waited

    def _token_for(self, request: Request) -> Token | None:
        signs_in = isinstance(self._credentials, OAuthClient) and request.path != TOKEN_PATH
        return self._tokens.current() if signs_in else None

    def _attempt(self, request: Request, ask: Ask, token: Token | None, sending: Sending) -> Answer:
        began = self._now()
        answer = self._send(request, ask, token, sending)
        for _ in range(REPLACEMENTS):
            if token is None or not (answer.status == HTTPStatus.UNAUTHORIZED or answer.anonymous):
                break
            # Not executed, so that this may follow a write, too.
            token = self._tokens.replacement(token)
            answer = self._send(request, ask, token, sending)
            if token.issued_since(began):
                break
        return self._checked(answer)

    def _checked(self, answer: Answer) -> Answer:
        """The answer if it is a success, else its error; `Retry-After` stops the bucket it is about."""
        try:
            _ = answer.content
        except RateLimited as error:
            self._budget.block(error.bucket, error.retry_after)
            raise
        except Unauthorized:
            self._watcher.refused()
            raise
        except ZendeskError as error:
            retry_after = getattr(error, "retry_after", None)
            if retry_after is not None:
                self._budget.block(answer.request.bucket, retry_after)
            raise
        return answer

    def _send(self, request: Request, ask: Ask, token: Token | None, sending: Sending) -> Answer:
        prepared = self._prepared(request, token)
        began = time.monotonic()
        try:
            raw = self._transport.send(prepared, sending.started, sending.timeouts)
        except NoAnswerError as failure:
            reason, sent = failure.reason, failure.sent
            if sent:
                self._budget.observe(ask, RateHeaders())
            else:
                self._budget.drop(ask)
            self._watcher.answered(request.route, None, time.monotonic() - began, None)
        else:
            answer = Answer(request, raw)
            self._budget.observe(ask, answer.limits, refused=answer.status == HTTPStatus.TOO_MANY_REQUESTS)
            self._watcher.answered(request.route, answer.status, answer.seconds, answer.limits.account)
            log_answer(answer)
            return answer
        message = f"{request.route} got no answer ({reason})" if sent else f"{request.route} not sent ({reason})"
        applied = sent and not request.safe
        raise NetworkError(message, code=reason, maybe_applied=applied, request=request.name, key=request.key)

    def _prepared(self, request: Request, token: Token | None) -> requests.PreparedRequest:
        headers = {"Accept": "application/json", "Accept-Encoding": "gzip, deflate", "User-Agent": self._user_agent}
        data = None
        if request.body is not None:
            headers["Content-Type"] = "application/json"
            data = json.dumps(request.body, allow_nan=False).encode()
        if token:
            headers["Authorization"] = f"Bearer {token.value}"
        elif isinstance(self._credentials, ApiToken):
            headers["Authorization"] = self._credentials.header
        url = self._base_url + request.path
        return requests.Request(request.method, url, headers, params=request.query, data=data).prepare()

    def _fetch_token(self) -> Token:
        """A new access token; a login of its own is not a write, whatever was about to be sent with it."""
        if not isinstance(self._credentials, OAuthClient):
            raise TypeError("Only an OAuth client fetches tokens.")
        issued_at = self._now()
        # The other threads wait for this one.
        answer = self.brisk()._call(Request("POST", TOKEN_PATH, body=self._credentials.token_request()))
        content = answer.content
        value, lifetime = content.get("access_token"), content.get("expires_in")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
            raise answer.unreadable("no access token")
        return Token(value, issued_at + (numbers.seconds(lifetime, LONGEST_TOKEN_SECONDS) or TOKEN_SECONDS), issued_at)


def _nobody_asks(_key: str) -> None:
    """It is not asked which answers could be read."""
