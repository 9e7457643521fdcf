"""What a person must say before a preview is carried out: on many tickets, or where mails go out, their number."""

from __future__ import annotations

from flask import current_app, g, request

from app import numbers
from app.account.connection import current
from app.auth.models import User
from app.jobs.models import Job
from app.jobs.protocol.operation import Values
from app.jobs.store import queries
from app.settings import store

TYPE_ABOVE, DEFAULT_ABOVE = "type_number_above", 500
LONGEST_TYPED = 40
PRODUCTION = "PRODUCTION"


def type_above() -> int:
    """Up to so many tickets are changed without their number being typed, as an admin decided."""
    return store.get(TYPE_ABOVE, DEFAULT_ABOVE)


def decide_type_above(tickets: int, user_id: int) -> None:
    """From now on the number of tickets is typed above this one."""
    store.put(TYPE_ABOVE, tickets, user_id)


def must_type(job: Job) -> int | None:
    """How many tickets a person has to say that they mean, before a preview without a comment is carried out.

    None where a click is enough. Triggers that could not be read may send mails.
    """
    summary = job.summary or {}
    change: int = summary.get("change", 0)
    return change if change > type_above() or (change > 1 and _mails_customers(summary)) else None


def preview_for(user: User, tool: str, typed: str | None) -> Job | None:
    """The preview of this tool that a form is about, by its number; None where there is none for this person."""
    job = queries.job_for(user, numbers.row_id(typed) or 0)
    return job if job is not None and job.tool == tool and job.dry_run else None


def problems(source: Job, wanted: int | None, get: str) -> dict[str, str]:
    """What is missing in a confirmation, in sentences.

    :param get: what the tickets get, as in "the number of tickets that get the reply".
    """
    found: dict[str, str] = {}
    if wanted is not None and numbers.typed(request.form.get("typed", "")) != wanted:
        found["mistyped"] = f"Nothing was sent. Type {wanted:,}, the number of tickets that {get}."
    if source.names_current_user and "accept_current_user" not in request.form:
        found["unaccepted"] = "Nothing was sent. Tick this if it is so; else choose other tickets or another macro."
    return found


def ask_again(source: Job, missing: dict[str, str]) -> tuple[str, int]:
    """The preview's page, with what was filled in and what is missing."""
    typed = "".join(filter(str.isprintable, request.form.get("typed", "")))[:LONGEST_TYPED]
    g.confirmation = {"typed": typed, "accepted": "accept_current_user" in request.form, **missing}
    return current_app.ensure_sync(current_app.view_functions["jobs.show"])(job_id=source.id), 422


def _mails_customers(summary: Values) -> bool:
    account = current.current_account()
    forecast: Values | None = summary.get("triggers")
    if account is None or account.label != PRODUCTION or forecast is None:
        return False
    listed = [trigger for group in forecast["groups"] for trigger in group["triggers"]]
    return not forecast["known"] or any(trigger["mails"] for trigger in listed)
