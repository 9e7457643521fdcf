"""The Celery tasks: each says "look at job N" to the one driver; the truth is in the database."""

from __future__ import annotations

from celery import shared_task

from app.jobs.engine.collaborators import engine
from app.jobs.engine.driver import drive
from app.jobs.engine.wakeup import sweep as sweep_jobs
from app.settings import store
from app.tasks import LAST_SWEEP


@shared_task(name="app.tasks.zendesk_tasks.tag_tickets_async")
def tag_tickets_async(job_id: int) -> None:
    """Drive a tag job for one turn."""
    drive(engine(), job_id)


@shared_task(name="app.tasks.zendesk_tasks.apply_macro_async")
def apply_macro_async(job_id: int) -> None:
    """Drive a macro job for one turn."""
    drive(engine(), job_id)


@shared_task(name="app.tasks.zendesk_tasks.sweep")
def sweep() -> None:
    """Ring for jobs that need a driver and have none, and note when: beat asks for it every 10 seconds."""
    sweep_jobs(engine())
    store.put(LAST_SWEEP, "done")
