"""The Celery task that beat asks for every hour: retention."""

from __future__ import annotations

from celery import shared_task

from app.retention import policy, purge


@shared_task(name="app.tasks.housekeeping.purge")
def purge_old() -> None:
    """Remove what is older than an admin wants it kept; what it does not manage in a minute is left to the next one."""
    purge.run(policy.current())
