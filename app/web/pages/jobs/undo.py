"""An undo on its pages: what was asked for, why a value is left as it is, and the number that has to be typed."""

from __future__ import annotations

from typing import Any

from app.account.connection.current import Account
from app.jobs.models import Job
from app.jobs.outcomes import Outcome
from app.jobs.protocol.undoing import Undoing
from app.jobs.store import queries
from app.jobs.store.part import Part
from app.macros.actions import LABELS
from app.tickets.undo.written import CCS, COMMENT, FIELDS, FOLLOW, OWN_STATUS, STATUS, UNFOLLOW, Why

TEMPLATE = "jobs/undo_preview.html"
MOST_UNTYPED = 500  # tickets that are taken back without the number being typed
MOST_NAMED = 1_000  # ticket numbers of a part
FIRST_TICKETS = 50  # whose changes tell what can be taken back alone
PRODUCTION = "PRODUCTION"
LONGEST = 60
ONE_NAME = {OWN_STATUS: STATUS, CCS: FOLLOW, UNFOLLOW: FOLLOW}  # of values that are taken back together

WHY: dict[str, str] = {
    Why.CHANGED: "Others changed it since the job.",
    Why.NOT_RECORDED: "What was there before was not recorded, and is never guessed.",
    Why.NEW: "Zendesk takes no ticket back to new: it is open.",
    Why.CANNOT_EMPTY: "It was empty before, and Zendesk does not let it be emptied.",
    Why.CLOSED: "The ticket is closed: of it only tags change, where that is tried.",
    Why.GROUP_CHANGED: "Others moved the ticket to another group since, from which the old assignee would take it.",
    Why.ASSIGNED: "Others assigned it since, in the group to which the job had moved it.",
}


def why_left(why: str) -> str:
    """Why a value is left as it is, in a sentence."""
    return WHY.get(why, why)


def shown_value(value: Any) -> str:
    """A value of a ticket as it is, in one line: lists with commas, nothing as such."""
    if isinstance(value, list):
        value = ", ".join(map(str, value))
    text = "" if value is None else str(value)
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
    return f"“{text}”" if text else "nothing"


def undoing_of(job: Job) -> Undoing | None:
    """What a job takes back; None for a job that takes nothing back."""
    return Undoing.of(job.snapshot)


def must_type(job: Job, account: Account | None) -> int | None:
    """How many tickets a person has to say that they mean: above a number, or where the undo may mail in PRODUCTION."""
    summary = job.summary or {}
    change = summary.get("change", 0)
    groups = (summary.get("triggers") or {}).get("groups", [])
    mails = any(trigger["mails"] for group in groups for trigger in group["triggers"])
    risky = mails and account is not None and account.label == PRODUCTION and change > 1
    return change if change > MOST_UNTYPED or risky else None


def names_of(job: Job) -> dict[str, str]:
    """What can be taken back alone: names of values that the job changed on its first tickets, with words for them."""
    if not job.ended or job.dry_run or job.purged_at is not None:
        return {}
    items = queries.list_items(job.id, Part(Outcome.SUCCEEDED), limit=FIRST_TICKETS)
    names = dict.fromkeys(name for item in items for name in written_names(item.after or {}))
    return {name: left_name(job, name) for name in names} if len(names) > 1 else {}


def written_names(after: dict[str, Any]) -> list[str]:
    """The names of what a job changed on a ticket, as a part of it is asked for."""
    plain = [ONE_NAME.get(name, name) for name in after if name not in (FIELDS, COMMENT)]
    return [*plain, *after.get(FIELDS, {})]


def left_name(job: Job, name: str) -> str:
    """What people call a value that a job changed."""
    fields = (job.snapshot or {}).get("fields")
    known = fields.get(name) if isinstance(fields, dict) else None
    if name.isdigit():
        return (known or {}).get("name") or f"Field {name}"
    return {FOLLOW: "Followers"}.get(name) or LABELS.get(name, name.capitalize())
