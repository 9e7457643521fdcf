"""Rules that answer a change of tags, as many accounts have them: made into triggers while they are in force."""

from __future__ import annotations

from functools import lru_cache

from .actions import Action
from .triggers import REMOVED, Trigger
from .views import Condition

CONSUMES, RESTORES = "consumes-tag", "restores-tag"
KINDS = {
    CONSUMES: "A trigger mails the requester of each ticket that has the tag, and takes the tag off again.",
    RESTORES: "A trigger puts the tag back on each ticket that loses it.",
}
FIRST_ID = 360_004_800_000
UPDATED = Condition("update_type", "is", "Change")


@lru_cache(maxsize=100)
def answering(kind: str, tag: str, number: int) -> Trigger:
    """The trigger of the rule of this number: it stands behind the account's own, and its deeds are in one audit."""
    title = f"Tell the customer once ({tag})" if kind == CONSUMES else f"Keep {tag}"
    sees = Condition("current_tags", "includes" if kind == CONSUMES else REMOVED, tag)
    return Trigger(FIRST_ID + number, title, 1_000 + number, (UPDATED, sees), _actions(kind, tag))


def _actions(kind: str, tag: str) -> tuple[Action, ...]:
    if kind == RESTORES:
        return (("current_tags", tag),)
    text = "We have news about your request ({{ticket.id}}).\n\n{{ticket.link}}"
    mail: Action = ("notification_user", ["requester_id", "[Nordfell] News: {{ticket.title}}", text])
    return (mail, ("remove_tags", tag))
