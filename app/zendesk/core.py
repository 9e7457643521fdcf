"""Carries a request through budget, sign-in, sending and retries; the resources are built on it."""

import copy
import json
import logging
import math
import random
import time
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any, Self

import requests
from requests.adapters import BaseAdapter

from .access_token import AccessToken
from .account import account_of
from .answers import Answer
from .budget import Ask, Budget, LocalBudget
from .credentials import ApiToken, Credentials, MemoryTokenStore, OAuthClient, Token, TokenStore
from .errors import NetworkError, RateLimited, ZendeskError
from .limits import RateHeaders
from .request import TOKEN_PATH, Request
from .retries import TRANSIENT, delay, should_retry
from .transport import NoAnswerError, Timeouts, Transport
from .watcher import NobodyWatches, Watcher

PRODUCT = "ZendeskGigaTools/0.1.0"
PAGE_SIZE = 100
"""The most that Zendesk gives (api.md §4)."""

TOKEN_SECONDS = 1800.0
"""How long a token is taken to live when /oauth/tokens does not say: the default of newer clients (api.md §1)."""

LONG_SECONDS = 3.0
"""A failure that took longer than this is not tried again by a brisk client."""

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
        adapter: BaseAdapter | None = None,
        job: int | str | None = None,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """`base_url` is the account's address without `/api/v2`; `timeouts`, `max_wait` and `now` are in seconds."""
        self.account = account_of(base_url)
        self._base_url = base_url.strip().rstrip("/")
        self._credentials = credentials
        self._transport = Transport(timeouts or Timeouts(), adapter)
        self._budget = budget or LocalBudget()
        self._watcher = watcher or NobodyWatches()
        self._background = background
        self._max_wait = max_wait
        self._attempts = attempts
        self._again_within = math.inf
        self._job, self._user_agent = job, _user_agent(job)
        self._now, self._sleep, self._jitter = now, sleep, jitter
        self._tokens = AccessToken(token_store or MemoryTokenStore(), self._fetch_token, now)

    @property
    def whole_timeout(self) -> float:
        """Seconds after the call of a write within which it is answered, or given up as never sent or unknown.

        Its first byte leaves in the first `whole_timeout` minus the read timeout, or not at all: a lease that
        outlasts this when a write is called has not run out when Zendesk gets it.
        """
        return self._transport.timeouts.total

    def for_job(self, job: int | str) -> Self:
        """The same client for a job: with the job's share of the rate limit.

        The job is named in the User-Agent, which Zendesk keeps in each audit (api.md §11).
        """
        client = copy.copy(self)
        client._job, client._user_agent = job, _user_agent(job)
        return client

    def for_person(self, max_wait: float = 1.0) -> Self:
        """The same client for somebody who waits: may use the reserve, gives up sooner."""
        client = copy.copy(self)
        client._background, client._max_wait, client._attempts = False, max_wait, min(self._attempts, 2)
        return client

    def brisk(self) -> Self:
        """The same client for work that others wait for: what fails only after a long time is not tried again."""
        client = copy.copy(self)
        client._again_within = LONG_SECONDS
        return client

    def for_extras(self) -> Self:
        """The same client for what can be done without: one attempt, hardly a wait, and no answer that takes long."""
        client = copy.copy(self)
        client._max_wait, client._attempts = EXTRAS_WAIT, 1
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

    def pages(self, path: str, key: str, query: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Every record of a cursor-paginated list, page by page as they are needed.

        Stops on `has_more`, never on the links, which are filled in on the last page too (recorded.md §5); no link
        is followed. Raises Unreadable when a cursor comes back a second time, and what any GET raises.
        """
        after: str | None = None
        seen: set[str] = set()
        while True:
            answer = self._page(path, after, query)
            yield from answer.records(key)
            after = answer.next_cursor(seen)
            if after is None:
                return
            seen.add(after)

    def _page(self, path: str, after: str | None, query: dict[str, str] | None = None) -> Answer:
        cursor = {} if after is None else {"page[after]": after}
        return self._get(path, {**(query or {}), "page[size]": str(PAGE_SIZE), **cursor})

    def _get(self, path: str, query: dict[str, str] | None = None, bucket: str | None = None) -> Answer:
        return self._call(Request("GET", f"/api/v2{path}", query or {}, own_bucket=bucket))

    def _put(self, path: str, body: dict[str, Any], query: dict[str, str] | None = None) -> Answer:
        return self._call(Request("PUT", f"/api/v2{path}", query or {}, body))

    def _call(self, request: Request) -> Answer:
        """A success, after as many attempts as a safe request may have; a write has one."""
        started = time.monotonic()
        timeouts = self._transport.timeouts
        # A write that waited long could outlive the lease under which it was called.
        patience = self._max_wait if request.safe else min(self._max_wait, timeouts.send_within / 2)
        attempt = 0
        while True:
            attempt += 1
            token = self._token_for(request)
            ask = Ask(request.bucket, self._background, None if self._job is None else str(self._job))
            patience -= self._await_turn(request, ask, patience)
            began = time.monotonic()
            try:
                return self._attempt(request, ask, token, began if request.safe else started)
            except TRANSIENT as error:
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

    def _attempt(self, request: Request, ask: Ask, token: Token | None, started: float) -> Answer:
        began = self._now()
        answer = self._send(request, ask, token, started)
        for _ in range(REPLACEMENTS):
            if answer.status != HTTPStatus.UNAUTHORIZED or token is None:
                break
            # Not executed, so that this may follow a write, too.
            token = self._tokens.replacement(token)
            answer = self._send(request, ask, token, started)
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
        except ZendeskError as error:
            retry_after = getattr(error, "retry_after", None)
            if retry_after is not None:
                self._budget.block(answer.request.bucket, retry_after)
            raise
        return answer

    def _send(self, request: Request, ask: Ask, token: Token | None, started: float) -> Answer:
        prepared = self._prepared(request, token)
        began = time.monotonic()
        try:
            raw = self._transport.send(prepared, started)
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
            _log_answer(answer)
            return answer
        message = f"{request.route} got no answer ({reason})" if sent else f"{request.route} not sent ({reason})"
        raise NetworkError(message, code=reason, maybe_applied=sent and not request.safe)

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
        # Everybody else waits for this one.
        answer = self.brisk()._call(Request("POST", TOKEN_PATH, body=self._credentials.token_request()))
        content = answer.content
        value, lifetime = content.get("access_token"), content.get("expires_in")
        if not isinstance(value, str) or not value.isascii() or not value.isprintable() or not value:
            raise answer.unreadable("no access token")
        if not isinstance(lifetime, int | float) or isinstance(lifetime, bool) or lifetime <= 0:
            lifetime = TOKEN_SECONDS
        return Token(value, issued_at + lifetime, issued_at)


def _user_agent(job: int | str | None) -> str:
    return PRODUCT if job is None else f"{PRODUCT} (+job {job})"


def _log_answer(answer: Answer) -> None:
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
