"""A tag job told in one sentence, and what its dry run warns of."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from app.jobs.models import Job
from app.jobs.sentence import told
from app.presentation import plural


def sentence(job: Job) -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused"."""
    change = _change(job)
    about_to = f"change tags ({change})"
    return told(job, what=change, about_to=about_to, doing="tagging", did="tagged", after=f" ({change})")


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
        tickets=plural(effect["count"], "ticket"),
        displaced=effect["displaced"],
    )


def _change(job: Job) -> str:
    added = [f"+{tag}" for tag in job.parameters["add"]]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in job.parameters["remove"]]
    shown = (added + removed)[:4]
    more = len(added) + len(removed) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")
