"""Bad days to choose from: each a few rules (`..faults`) under one button."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..faults import KINDS, Rule

WRITES = {"method": "PUT", "path": "/tickets/update_many"}


@dataclass(frozen=True)
class Scenario:
    """`what` happens, and what is to be `watch`ed in a job that runs meanwhile."""

    slug: str
    what: str
    watch: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)


GROUPS: dict[str, tuple[Scenario, ...]] = {
    "Answers fail": (
        Scenario(
            "500",
            "The next 5 requests are answered with 500.",
            "It waits a little and asks again.",
            "500",
            {"times": 5},
        ),
        Scenario(
            "502",
            "Every third answer is an HTML page from the proxy (502).",
            "It slows down, and goes on.",
            "502",
            {"every": 3},
        ),
        Scenario(
            "503",
            "The next 3 answers are 503, with “come back in 10 seconds”.",
            "It says that it waits for Zendesk to recover, and for how long.",
            "503",
            {"times": 3, "retry_after": 10},
        ),
        Scenario(
            "503-unsaid",
            "The next 3 answers are 503, without a word about when.",
            "Its waits grow.",
            "503",
            {"times": 3},
        ),
        Scenario(
            "429",
            "The next 2 requests are over the rate limit: come back in 15 seconds.",
            "It says that it waits for the rate limit.",
            "429",
            {"times": 2, "retry_after": 15},
        ),
        Scenario(
            "slow", "Every answer takes 4 seconds.", "It takes longer; nothing else changes.", "slow", {"seconds": 4}
        ),
        Scenario(
            "reset",
            "The next 4 connections break before Zendesk has done anything.",
            "It asks again.",
            "reset",
            {"times": 4},
        ),
    ),
    "Done, but never said": (
        Scenario(
            "500-after",
            "The next 2 bulk changes are made, but answered with 500.",
            "It reads the tickets back before it sends anything again: none is changed twice.",
            "500-after",
            {"times": 2, **WRITES},
        ),
        Scenario(
            "reset-after",
            "After the next 2 bulk changes the connection breaks.",
            "It reads the tickets back here, too, and knows.",
            "reset-after",
            {"times": 2, **WRITES},
        ),
        Scenario(
            "queue-delay",
            "A bulk change whose answer is lost lands only 20 seconds later. Begin one of the two above, too.",
            "It waits until no copy can land any more; no customer gets a reply twice.",
            "queue-delay",
            {"seconds": 20},
        ),
    ),
    "Macros and replies": (
        Scenario(
            "slow-previews",
            "Every preview of a macro on a ticket takes 3 seconds.",
            "It takes longer; nothing else changes.",
            "slow",
            {"seconds": 3, "path": "/tickets/*/macros/*/apply"},
        ),
        Scenario(
            "stale-previews",
            "For 30 seconds after a change, macros are previewed on the ticket as it was before.",
            "It sees the old time in the preview and does not send what it says.",
            "stale-previews",
            {"seconds": 30},
        ),
        Scenario(
            "drop-metadata",
            "Zendesk forgets the metadata that came with a change.",
            "It recognises its own replies by author and text.",
            "drop-metadata",
        ),
        Scenario(
            "rewrite-comments",
            "Zendesk blacks out words in each comment and adds a footer.",
            "It recognises its own replies by their metadata; with that forgotten as well, it asks a person.",
            "rewrite-comments",
        ),
    ),
    "Rules that answer a change": (
        Scenario(
            "consumes-tag",
            "A trigger sees the tag survey_due, mails the customer, and takes the tag off again.",
            "After a lost answer it finds its own change in the ticket's history: no customer is mailed twice.",
            "consumes-tag",
            {"tag": "survey_due"},
        ),
        Scenario(
            "restores-tag",
            "A trigger puts the tag vip back wherever it is taken off.",
            "It says that the change was made and what became of it.",
            "restores-tag",
            {"tag": "vip"},
        ),
        Scenario(
            "reverts-tags",
            "5 seconds after a program changed the tags of a ticket, an agent changes them back.",
            "It does not change them once more.",
            "reverts-tags",
            {"seconds": 5},
        ),
        Scenario(
            "closed-tags",
            "This account takes bulk changes of tags on closed tickets.",
            "Where you had it try, closed tickets are changed; else they are skipped as before.",
            "closed-tags",
        ),
    ),
    "Bulk jobs at Zendesk go wrong": (
        Scenario(
            "job-failed",
            "The next bulk job fails half-way, without a list of results.",
            "It reads its 100 tickets back, and sends only what is missing.",
            "job-failed",
            {"times": 1},
        ),
        Scenario(
            "job-killed",
            "The next bulk job is killed half-way.",
            "It reads these tickets back, too.",
            "job-killed",
            {"times": 1},
        ),
        Scenario(
            "job-vanished",
            "The next bulk job is no longer known after half of its tickets.",
            "After three answers without it, the tickets are read back.",
            "job-vanished",
            {"times": 1},
        ),
        Scenario(
            "job-half",
            "The next 2 bulk jobs call themselves completed after half of their tickets.",
            "A ticket without a result of its own is never called done.",
            "job-half",
            {"times": 2},
        ),
        Scenario(
            "too-many-jobs",
            "Other programs hold all 30 places for bulk jobs, until you end it.",
            "It waits for a free place, and says so.",
            "too-many-jobs",
            {"slots": 30},
        ),
    ),
    "People": (
        Scenario(
            "agent-edits",
            "While each bulk job runs, an agent edits 3 of its tickets, and may reply to customers.",
            "Conflicts are read again, planned again and sent again; the agent's edit stays.",
            "agent-edits",
            {"tickets": 3},
        ),
        Scenario(
            "expired",
            "The access token expires before the next request.",
            "A new one is fetched; nobody notices.",
            "expired",
            {"times": 1},
        ),
        Scenario(
            "revoked",
            "Somebody revokes the credentials, until you end it.",
            "It stops with a sentence, keeps its place, and goes on when resumed.",
            "revoked",
        ),
    ),
}
BY_SLUG = {scenario.slug: scenario for group in GROUPS.values() for scenario in group}


def sentence(rule: Rule) -> str:
    """What a rule in force does: in its scenario's words, or in those of its kind when a script made it."""
    for scenario in BY_SLUG.values():
        if scenario.kind == rule.kind and all(
            getattr(rule, name) == value for name, value in scenario.settings.items()
        ):
            return scenario.what
    return KINDS[rule.kind]
