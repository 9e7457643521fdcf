"""A tag job told in one sentence, and what its dry run warns of."""

from __future__ import annotations

from markupsafe import Markup

from app.jobs.models import Job
from app.jobs.sentence import told
from app.tickets.fields import effects_in_words


def sentence(job: Job) -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused"."""
    change = _change(job)
    about_to = f"change tags ({change})"
    return told(job, what=change, about_to=about_to, doing="tagging", did="tagged", after=f" ({change})")


def warnings(job: Job) -> list[Markup]:
    """What a finished dry run found out about ticket fields: a sentence for each tag that is an option of one."""
    return effects_in_words((job.summary or {}).get("fields") or ())


def _change(job: Job) -> str:
    added = [f"+{tag}" for tag in job.parameters["add"]]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in job.parameters["remove"]]
    shown = (added + removed)[:4]
    more = len(added) + len(removed) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")
