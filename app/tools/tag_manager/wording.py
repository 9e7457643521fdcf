"""A tag job told in one sentence."""

from __future__ import annotations

from app.jobs.models import Job
from app.jobs.sentence import told


def sentence(job: Job) -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused"."""
    change = _change(job)
    about_to = f"change tags ({change})"
    return told(job, what=change, about_to=about_to, doing="tagging", did="tagged", after=f" ({change})")


def _change(job: Job) -> str:
    added = [f"+{tag}" for tag in job.parameters["add"]]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in job.parameters["remove"]]
    shown = (added + removed)[:4]
    more = len(added) + len(removed) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")
