"""Faults on demand: rules that make the sandbox fail as a bad day at Zendesk would."""

from __future__ import annotations

import random
from itertools import count
from typing import TYPE_CHECKING, Any

from .answering import KINDS as ANSWERING
from .answering import answering
from .changes import RefusedError, apply
from .draft import BROWSER
from .odd_answers import DROPS_KEYS
from .odd_answers import KINDS as ODD
from .rules import InvalidRuleError, Rule, checked, pair
from .tickets import Ticket
from .zendesk_jobs import Fate, ZendeskJob

if TYPE_CHECKING:
    from .triggers import Trigger
    from .world import World

KINDS: dict[str, str] = {
    "500": "Answers 500 and does nothing.",
    "500-after": "Does what was asked, then answers 500.",
    "502": "Answers 502 with an HTML page and does nothing.",
    "503": "Answers 503 and does nothing; with retry_after it says when to come back.",
    "401": "A gateway before Zendesk answers 401 with an HTML page; nothing is done.",
    "403": "A gateway before Zendesk answers 403 with an HTML page; nothing is done.",
    "bad-ticket": "Refuses a whole request that names one ticket: with 404, or with status=422 as invalid.",
    "429": "Refuses for the rate limit; retry_after says when to come back.",
    "reset": "Resets the connection and does nothing.",
    "reset-after": "Does what was asked, then resets the connection.",
    "slow": "Does what was asked at once, answers after so many seconds.",
    "job-failed": "A Zendesk job ends as failed after a share of its tickets, without results.",
    "job-killed": "A Zendesk job ends as killed after a share of its tickets, without results.",
    "job-vanished": "A Zendesk job is no longer known after a share of its tickets.",
    "job-half": "A Zendesk job calls itself completed after a share of its tickets and says nothing of the rest.",
    "too-many-jobs": "Other programs hold so many slots of the account's 30 jobs.",
    "queue-delay": "A Zendesk job whose answer 500-after or reset-after took away begins so many seconds later.",
    "agent-edits": "While a Zendesk job runs, an agent edits so many of its tickets, with replies to customers, too.",
    "revoked": "All credentials are refused.",
    "expired": "Before a matching request all bearer tokens expire.",
    "anonymous": "Before a matching request all bearer tokens are revoked; /users/me greets a stranger, with 200.",
    **ODD,
    "drop-metadata": "Audits lose the metadata that came with an update.",
    "rewrite-comments": "Comments are kept with words blacked out and a footer: the sent text is not found again.",
    **ANSWERING,
    "reverts-tags": "So many seconds after a program changed a ticket's tags, an agent changes them back.",
    "closed-tags": "Bulk changes of tags alone are taken on closed tickets, too.",
    "search-lag": "Search shows a ticket as it was for so many seconds after a change.",
    "search-repeats": "A page of found tickets repeats one of an earlier page.",
    "search-expired": "The cursor of a list of found tickets has expired.",
    "stale-previews": "For so many seconds after a change, a macro is previewed on the ticket as it was before it.",
}
"""Every kind of fault, with a sentence for people."""

LOST_ANSWERS = ("500-after", "reset-after")
REQUEST_KINDS = ("500", "500-after", "502", "503", "401", "403", "429", "bad-ticket", "reset", "reset-after", "slow")
FATES = {"job-failed": "failed", "job-killed": "killed", "job-vanished": "failed", "job-half": "completed"}
STANDING = frozenset({
    *ANSWERING, "too-many-jobs", "revoked", "drop-metadata", "rewrite-comments", "closed-tags", "search-lag",
})  # fmt: skip
"""The kinds that know no single occasions: in force or not."""

EDITS: tuple[dict[str, Any], ...] = (
    {"comment": {"body": "Called the customer back.", "public": False}},
    {"additional_tags": ["called_back"]},
    {"status": "hold", "comment": {"body": "Waiting for the warehouse.", "public": False}},
    {"status": "pending", "comment": {"body": "Could you tell us which size you need?", "public": True}},
    {"status": "open", "comment": {"body": "The customer called again, so this is open.", "public": False}},
)


class Faults:
    """The rules in force. A thread that touches them holds the world's lock."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._ids = count(1)
        self.rules: dict[int, Rule] = {}

    def add(self, kind: str, /, **settings: Any) -> Rule:
        """Put a rule in force.

        :raises InvalidRuleError: for an unknown kind or setting, and for a value that does not fit.
        """
        if kind not in KINDS:
            raise InvalidRuleError(f"{kind!r} is no kind of fault; there are {', '.join(KINDS)}.")
        fitting = {name: checked(name, value) for name, value in settings.items()}
        number = next(self._ids)
        chance = random.Random(f"{self._seed} {number}")  # noqa: S311 - repeats with the seed
        self.rules[number] = Rule(kind, id=number, chance=chance, **fitting)
        return self.rules[number]

    def add_written(self, text: str) -> Rule:
        """Put a rule in force that is written as `KIND[:key=value…]`, such as `503:retry_after=7:times=3`."""
        kind, *settings = text.split(":")
        return self.add(kind, **dict(pair(setting) for setting in settings))

    def remove(self, number: int | None = None) -> None:
        """Take one rule, or all, out of force."""
        if number is None:
            self.rules.clear()
        else:
            self.rules.pop(number, None)

    def for_request(self, method: str, path: str, tickets: frozenset[int] = frozenset()) -> Rule | None:
        """The first rule that strikes this request, which names these tickets."""
        rules = (rule for rule in self._of(*REQUEST_KINDS) if rule.kind != "bad-ticket" or rule.ticket in tickets)
        return next((rule for rule in rules if rule.strikes(method, path)), None)

    def odd(self, method: str, path: str) -> dict[str, Rule]:
        """By kind, the rules that make the answer to this request odd, though it is one."""
        kinds = [kind for kind in ODD if (kind == DROPS_KEYS) is (method != "GET")]
        return {rule.kind: rule for rule in self._of(*kinds) if rule.strikes(method, path)}

    def expires(self, method: str, path: str) -> bool:
        struck = [rule.strikes(method, path) for rule in self._of("expired", "anonymous")]
        return any(struck)

    def active(self, kind: str) -> bool:
        """Whether a rule is in force that knows no single occasions."""
        return any(True for _ in self._of(kind))

    def foreign_jobs(self) -> int:
        return max((rule.slots for rule in self._of("too-many-jobs")), default=0)

    def fate(self) -> Fate | None:
        """What is in store for a Zendesk job that begins now."""
        rule = next((rule for rule in self._of(*FATES) if rule.strikes()), None)
        return Fate(FATES[rule.kind], rule.share, vanishes=rule.kind == "job-vanished") if rule else None

    def delay(self, fault: str | None) -> float:
        """Seconds for which a job waits in the queue whose request met this fault."""
        if fault not in LOST_ANSWERS:
            return 0.0
        return next((rule.seconds for rule in self._of("queue-delay") if rule.strikes()), 0.0)

    def strikes(self, kind: str) -> bool:
        """Whether a rule of this kind strikes this time."""
        return any(rule.strikes() for rule in self._of(kind))

    def search_lag(self) -> float:
        """Seconds for which search shows what was before a change, beyond those that it always does."""
        return max((rule.seconds for rule in self._of("search-lag")), default=0.0)

    def triggers(self) -> list[Trigger]:
        """What answers changes of tags, in the order in which the rules came into force."""
        return [answering(rule.kind, rule.tag, rule.id) for rule in self._of(*ANSWERING)]

    def reverts_after(self, client: str) -> float | None:
        """Seconds until an agent takes back a change of tags that this program made; None if none does."""
        rules = self._of("reverts-tags") if client != BROWSER else []
        return next((rule.seconds for rule in rules if rule.strikes()), None)

    def previewed(self, world: World, ticket: Ticket) -> Ticket:
        """The ticket that a preview is made from: itself, or as it was before its latest change."""
        earlier, age = world.earlier.get(ticket.id), world.now - ticket.updated_at
        stale = any(age < rule.seconds and rule.strikes() for rule in self._of("stale-previews"))
        return earlier if earlier is not None and stale else ticket

    def agent_edits(self, world: World, job: ZendeskJob) -> None:
        """Put on the timeline what an agent does to the tickets of a Zendesk job before their turn comes."""
        for rule in self._of("agent-edits"):
            if not rule.strikes():
                continue
            for index in rule.chance.sample(range(len(job.items)), min(rule.tickets, len(job.items))):
                item, edit = job.items[index], EDITS[index % len(EDITS)]
                turn = job.starts_at + (index + 1) * job.step
                # A second after queueing at the earliest, for within the second a stamp sees nothing.
                at = max(job.queued_at + 1.01, job.queued_at + rule.chance.random() * (turn - job.queued_at))
                world.schedule(at, lambda ticket_id=item.ticket_id, edit=edit: edit_as_agent(world, ticket_id, edit))

    def _of(self, *kinds: str) -> list[Rule]:
        return [rule for rule in self.rules.values() if rule.kind in kinds]


def edit_as_agent(world: World, ticket_id: int, change: dict[str, Any]) -> None:
    """What an agent does to a ticket by hand; nothing, when it is gone or does not take it."""
    ticket = world.tickets.get(ticket_id)
    if ticket is None:
        return
    try:
        apply(world, ticket, change, world.by_hand)
    except RefusedError:
        return
