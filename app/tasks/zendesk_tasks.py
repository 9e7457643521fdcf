"""The Celery tasks: each says "look at job N" to the one driver; the truth is in the database."""

from __future__ import annotations

from collections.abc import Iterable

from celery import Celery, shared_task

from app.jobs.collaborators import engine
from app.jobs.engine.driver import drive
from app.jobs.engine.wakeup import sweep as sweep_jobs
from app.settings import store
from app.tasks import LAST_SWEEP


def register(celery: Celery, drivers: Iterable[str]) -> None:
    """Give each name under which tools have their jobs driven a task; all of them are the one driver."""
    for name in sorted(set(drivers)):
        celery.task(drive_job, name=name)


def drive_job(job_id: int) -> None:
    """Drive a job for one turn."""
    drive(engine(), job_id)


@shared_task(name="app.tasks.zendesk_tasks.sweep")
def sweep() -> None:
    """Wake workers for jobs that need a driver and have none, and note when: beat asks for it every 10 seconds."""
    sweep_jobs(engine())
    store.put(LAST_SWEEP, "done")
