"""Tests a connection point by point, and says of each in one sentence whether it works or what is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from app import zendesk as zd
from app.account.connection import settings
from app.account.connection.check_wording import MISSING_SCOPE, in_words, refused
from app.account.connection.identity import RESTRICTED
from app.zendesk import Ask, Client, LocalBudget, MemoryTokenStore, Network, RateHeaders, Timeouts, account_of
from config import ZendeskConfig

GOOD, BAD, NOTE, OPEN = "good", "bad", "note", "open"
MARKS = {GOOD: "\N{CHECK MARK}", BAD: "\N{BALLOT X}", NOTE: "\N{EN DASH}", OPEN: "\N{EN DASH}"}
POINTS = ("Account", "User", "Scopes", "Views", "Macros", "Ticket fields", "Job list", "Plan limit")

PATIENT = Timeouts(connect=3.0, read=6.0, total=8.0)
MOST_COUNTED = 1_000
PLANS = {  # requests a minute (docs/zendesk.md, Rate limits)
    10: "Support Essential",
    200: "Team",
    400: "Growth or Professional",
    700: "Enterprise",
    2_500: "Enterprise Plus, or with the High Volume add-on",
}
ENDS = (zd.NetworkError, zd.RateLimited)  # what follows would only take as long, and fail as well


@dataclass(frozen=True)
class Point:
    """One thing that was looked at: `state` is GOOD, BAD, NOTE (neither) or OPEN (not looked at)."""

    name: str
    state: str
    sentence: str

    @property
    def mark(self) -> str:
        return MARKS[self.state]


@dataclass(frozen=True)
class Report:
    """What a test found."""

    host: str
    points: tuple[Point, ...]

    @property
    def works(self) -> bool:
        return self.problem is None

    @property
    def problem(self) -> str | None:
        """What is wrong, in one sentence; None when nothing is."""
        return next((point.sentence for point in self.points if point.state == BAD), None)


class Listening(LocalBudget):
    """A budget that remembers what Zendesk said last of the account's limit."""

    limit: int | None = None

    def observe(self, ask: Ask, limits: RateHeaders, refused: bool = False) -> None:
        super().observe(ask, limits, refused)
        if limits.account:
            self.limit = limits.account.limit


def check(zendesk: ZendeskConfig, network: Network | None = None) -> Report:
    """Look at everything that the tools need, with a token of its own; reads only, in some ten requests.

    Never raises because of Zendesk. Takes a second, and half a minute at most when Zendesk is slow.
    """
    budget = Listening(reserve=0.0)
    client = Client(
        zendesk.base_url,
        settings.credentials(zendesk),
        token_store=MemoryTokenStore(),
        budget=budget,
        background=False,
        max_wait=1.0,
        attempts=1,
        timeouts=PATIENT,
        network=network,
    )
    try:
        found = _Check(client, oauth=bool(zendesk.oauth_client_id))
        found.look()
        found.say_limit(budget.limit)
    finally:
        client.close()
    return Report(client.account, found.points())


@dataclass
class _Check:
    client: Client
    oauth: bool
    found: dict[str, Point] = field(default_factory=dict)

    def points(self) -> tuple[Point, ...]:
        """All points in their order; those that were not reached are open."""
        return tuple(self.found.get(name, Point(name, OPEN, "Not looked at.")) for name in POINTS)

    def look(self) -> None:
        me = self._sign_in()
        if me is None or not self._judge(me):
            return
        try:
            self._scopes()
            self._count("Views", self.client.views, "active view")
            self._count("Macros", self.client.active_macros, "active macro")
            self._count("Ticket fields", self.client.ticket_fields, "ticket field")
            self._try("Job list", lambda: _first(self.client.recent_zendesk_jobs()), "Zendesk's own jobs can be read.")
        except ENDS as error:
            self._say("Account", BAD, f"In the middle of the test: {in_words(error, self.client.account)}")

    def say_limit(self, limit: int | None) -> None:
        if limit is not None:
            plan = f", as of the plan {PLANS[limit]}" if limit in PLANS else ""
            self._say("Plan limit", GOOD, f"{limit:,} requests a minute{plan}.")
        elif "User" in self.found:
            self._say("Plan limit", NOTE, "Zendesk did not say how many requests a minute it allows.")

    def _sign_in(self) -> dict[str, Any] | None:
        """The user, once account and credentials are right; else the point at fault says why not."""
        host = self.client.account
        issued = False
        try:
            self.client.sign_in()
            issued = self.oauth
            me = self.client.me()
        except zd.ZendeskError as error:
            point = "User" if isinstance(error, zd.Unauthorized) else "Account"
            sentence = in_words(error, host)
            if isinstance(error, zd.Unauthorized):
                sentence = refused(error, oauth=self.oauth, issued=issued)
            elif isinstance(error, zd.Forbidden) and not error.by_gateway:
                point, sentence = ("Scopes", MISSING_SCOPE) if issued else ("User", sentence)
            if point != "Account":
                self._say("Account", GOOD, f"{host} answers.")
            self._say(point, BAD, sentence)
            return None
        self._say("Account", GOOD, f"{host} answers.")
        return me

    def _judge(self, me: dict[str, Any]) -> bool:
        """Say who the user is; False when the rest needs no look."""
        name, role = me.get("name") or "The user", me.get("role")
        restricted = RESTRICTED.get(me.get("role_type") or 0)
        if me.get("suspended") is True:
            self._say("User", BAD, f"{name} is suspended in Zendesk. Lift that, or use another service user.")
        elif role not in ("agent", "admin"):
            self._say("User", BAD, f"{name} is an end user and may change no tickets. Use an agent or an admin.")
            return False
        elif restricted:
            self._say("User", BAD, f"{name} is {restricted} and may change no tickets. Use a full agent or an admin.")
        elif role == "agent":
            limits = "only views and macros that are shared with this agent can be used here"
            self._say("User", GOOD, f"{name} ({me.get('email')}), agent: {limits}.")
        else:
            self._say("User", GOOD, f"{name} ({me.get('email')}), admin.")
        return True

    def _scopes(self) -> None:
        """Reading alone is tested: only a write could show whether writing is allowed."""
        if not self.oauth:
            self._say("Scopes", NOTE, "An API token may do all that its user may. Writing was not tested.")
            return
        try:
            _first(self.client.views())
            self.client.any_ticket()
        except zd.Forbidden as error:
            sentence = in_words(error, self.client.account) if error.by_gateway else MISSING_SCOPE
            self._say("Scopes", BAD, sentence)
        except ENDS:
            raise
        except zd.ZendeskError as error:
            self._say("Scopes", BAD, in_words(error, self.client.account))
        else:
            self._say("Scopes", GOOD, "Reading works. Writing was not tested: try it on one ticket.")

    def _count(self, name: str, listed: Callable[[], Iterable[Any]], what: str) -> None:
        def count() -> str:
            number = sum(1 for _ in islice(listed(), MOST_COUNTED + 1))
            if number == 0:
                return f"No {what}s that this user may see."
            if number > MOST_COUNTED:
                return f"More than {MOST_COUNTED:,} {what}s."
            return f"{number:,} {what if number == 1 else what + 's'}."

        self._try(name, count)

    def _try(self, name: str, look: Callable[[], Any], sentence: str | None = None) -> None:
        try:
            said = look()
        except ENDS:
            raise
        except zd.ZendeskError as error:
            self._say(name, BAD, f"{name}: {in_words(error, self.client.account)}")
        else:
            self._say(name, GOOD, sentence or said)

    def _say(self, name: str, state: str, sentence: str) -> None:
        self.found[name] = Point(name, state, sentence)


def _first(listed: Iterable[Any]) -> Any:
    return next(iter(listed), None)


def not_connected() -> Report:
    """The report while no account is configured."""
    sentence = "No Zendesk account is connected yet: save one under Connection, or name one in the environment."
    return Report("", (Point("Account", BAD, sentence),))


def unreadable(zendesk: ZendeskConfig) -> Report:
    """The report when the saved secret cannot be decrypted."""
    sentence = "None of the present ENCRYPTION_KEYS opens the saved secret: enter it again, or bring the key back."
    return Report(account_of(zendesk.base_url), (Point("Account", BAD, sentence),))


def check_in_force() -> Report:
    """Test the account that is in force."""
    now = settings.current()
    if now is None:
        return not_connected()
    return check(now.zendesk, settings.network()) if now.readable else unreadable(now.zendesk)
