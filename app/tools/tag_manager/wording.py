"""A tag job told in one sentence, and what its dry run warns of."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from app.jobs import status as st
from app.jobs.models import Job


def sentence(job: Job) -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping, 27 refused"."""
    who, where = job.created_by.name, job.view_title or f"view {job.view_id}"
    if job.dry_run:
        verb = "previewed" if job.ended else "is previewing"
        return f"{who} {verb} {_change(job)} on {_tickets(job.total)} in {where}"
    if job.listed_at is None and not job.ended:
        return f"{who} is about to change tags ({_change(job)}) in {where}"
    if job.status in (st.QUEUED, st.RUNNING):
        return f"{who} is tagging {_tickets(job.total)} in {where} ({_change(job)})"
    refused = job.failed + job.skipped if job.status != st.CANCELLED else job.failed
    parts = [f"{who} tagged {_tickets(job.succeeded)} in {where} ({_change(job)})"]
    if refused:
        parts.append(f"{refused:,} refused")
    if job.unknown:
        parts.append(f"{job.unknown:,} to check")
    if job.status == st.CANCELLED:
        parts.append("then stopped")
    return ", ".join(parts)


EFFECTS = {
    "emptied": Markup("{option}: it becomes empty on {tickets}."),
    "displaced": Markup("{option}: on {tickets} it takes the place of <code>{displaced}</code>, whose tag goes."),
    "set": Markup("{option}: the field is set to it on {tickets}."),
}


def warnings(job: Job) -> list[Markup]:
    """What a finished dry run found out about ticket fields: a sentence for each tag that is an option of one."""
    return [_effect(effect) for effect in (job.summary or {}).get("fields") or ()]


def _effect(effect: dict[str, Any]) -> Markup:
    return EFFECTS[effect["effect"]].format(
        option=Markup("<code>{tag}</code> is an option of <strong>{field}</strong>").format(**effect),
        tickets=_tickets(effect["count"]),
        displaced=effect["displaced"],
    )


def _change(job: Job) -> str:
    added = [f"+{tag}" for tag in job.parameters["add"]]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in job.parameters["remove"]]
    shown = (added + removed)[:4]
    more = len(added) + len(removed) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")


def _tickets(count: int) -> str:
    return f"{count:,} ticket" if count == 1 else f"{count:,} tickets"
