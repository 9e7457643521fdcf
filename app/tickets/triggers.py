"""Which triggers a change of tickets may set off, in three groups; those that mail or call a webhook are marked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.account.connection.optional import optional
from app.zendesk import Client

NAMED, ANY, COMMENT = "named", "any", "comment"
GROUPS = {
    NAMED: "Their conditions name what this changes",
    ANY: "They run on any update of a ticket that fits",
    COMMENT: "They run on a comment like this one",
}
COMMENT_FIELDS = frozenset({"comment_is_public", "comment_includes_word"})
WATCHED_AS = {
    "subject": ("subject_includes_word",),
    "status": ("status", "custom_status_id"),
    "custom_status_id": ("status", "custom_status_id"),
    "tags": ("current_tags",),
    "followers": ("cc", "follower"),
    "unfollow": ("cc", "follower"),
}
FOR_PUBLIC = frozenset({"true", "not_relevant", "requester_can_see_comment"})
FOR_INTERNAL = frozenset({"false", "not_relevant"})
MAILS = ("notification_user", "notification_group", "notification_sms")
CALLS = ("notification_webhook", "notification_target", "notification_messaging")
UNKNOWN = "The triggers that may run could not be read."


@dataclass(frozen=True)
class Changed:
    """What changes on tickets: keys of a ticket, ids of custom fields; and who may read a comment that comes with it.

    `public` is None where there is no comment.
    """

    names: Collection[str]
    public: bool | None = None

    @property
    def watched(self) -> frozenset[str]:
        """The condition fields that name something of it."""
        numbers = [name for name in self.names if name.isdigit()]
        fields = {watched for name in self.names for watched in WATCHED_AS.get(name, (name,))}
        fields |= {f"{prefix}_{number}" for prefix in ("custom_fields", "ticket_fields") for number in numbers}
        return frozenset(fields | ({"current_tags"} if numbers else set()))  # an option of a field is a tag as well


def triggers(client: Client, changed: Changed) -> dict[str, Any]:
    """Active triggers that may run: `{known, sentence, groups: [{kind, title, triggers: [{title, mails, calls}]}]}`.

    Not foretold: whether a ticket meets the conditions that do not name what changes.
    """
    part = optional(client, lambda zendesk: list(zendesk.triggers()), [], "The triggers")
    if part.missing:
        return {"known": False, "sentence": f"{UNKNOWN} {part.missing}", "groups": []}
    found: dict[str, list[dict[str, Any]]] = {NAMED: [], ANY: [], COMMENT: []}
    for trigger in part.value:
        kind = _kind(trigger, changed)
        if kind:
            found[kind].append(_shown(trigger))
    groups = [{"kind": kind, "title": GROUPS[kind], "triggers": each} for kind, each in found.items() if each]
    return {"known": True, "sentence": _sentence(found.values()), "groups": groups}


def _kind(trigger: dict[str, Any], changed: Changed) -> str | None:
    """The group of a trigger; None when it surely does not run."""
    if trigger.get("active") is not True:
        return None
    demanded, alternatives = _conditions(trigger, "all"), _conditions(trigger, "any")
    if any(_only_new(each) for each in demanded):
        return None
    about_comment = [each for each in (*demanded, *alternatives) if each.get("field") in COMMENT_FIELDS]
    if about_comment:
        if any(_excludes(each, changed.public) for each in demanded):
            return None
        if changed.public is not None:
            return COMMENT
    return NAMED if any(each.get("field") in changed.watched for each in (*demanded, *alternatives)) else ANY


def _only_new(condition: dict[str, Any]) -> bool:
    """Whether a condition wants a ticket that is just being created."""
    is_create = condition.get("field") == "update_type" and str(condition.get("value")).lower() == "create"
    return is_create and condition.get("operator") in (None, "is")


def _excludes(condition: dict[str, Any], public: bool | None) -> bool:
    """Whether a condition that must hold rules out such a comment, or a change without one."""
    if condition.get("field") not in COMMENT_FIELDS or condition.get("operator") == "is_not":
        return False
    if public is None:
        return condition.get("value") != "not_relevant"
    fits = FOR_PUBLIC if public else FOR_INTERNAL
    return condition.get("field") == "comment_is_public" and str(condition.get("value")).lower() not in fits


def _conditions(trigger: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = (trigger.get("conditions") or {}).get(kind)
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _shown(trigger: dict[str, Any]) -> dict[str, Any]:
    fields = [str(each.get("field")) for each in trigger.get("actions") or () if isinstance(each, dict)]
    return {
        "title": str(trigger.get("title") or trigger.get("id")),
        "mails": any(field in MAILS for field in fields),
        "calls": any(field in CALLS for field in fields),
    }


def _sentence(groups: Iterable[list[dict[str, Any]]]) -> str:
    """Such as "14 triggers may run: 2 send e-mail (Notify requester, Notify CCs), 1 calls a webhook (ERP sync)."."""
    listed = [trigger for group in groups for trigger in group]
    if not listed:
        return "No trigger runs on this."
    parts = list(_parts(listed))
    count = "1 trigger may run" if len(listed) == 1 else f"{len(listed):,} triggers may run"
    return f"{count}: {', '.join(parts)}." if parts else f"{count}; none sends e-mail or calls a webhook."


def _parts(listed: list[dict[str, Any]]) -> Iterator[str]:
    for key, one, many in (
        ("mails", "sends e-mail", "send e-mail"),
        ("calls", "calls a webhook", "call a webhook"),
    ):
        titles = [trigger["title"] for trigger in listed if trigger[key]]
        if titles:
            yield f"{len(titles):,} {one if len(titles) == 1 else many} ({', '.join(titles)})"
