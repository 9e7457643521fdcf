"""The name under which we call Zendesk: its User-Agent is kept with each audit, and tells our changes from others."""

import re

NAME = "ZendeskGigaTools"
PRODUCT = f"{NAME}/0.1.0"
OURS = re.compile(rf"{NAME}/\S+(?: \(\+job ([^\s)]+)\))?")


def user_agent(job: int | str | None) -> str:
    """Ours, with the job that calls, if one does."""
    return PRODUCT if job is None else f"{PRODUCT} (+job {job})"


def named_job(agent: str) -> str | None:
    """The job that a User-Agent of ours names, whatever our version; empty when it names none, None when not ours."""
    found = OURS.search(agent)
    return None if found is None else found[1] or ""
