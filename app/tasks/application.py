"""The Celery application of a process: its tasks see the Flask application, and a wake-up reaches a worker."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from celery import Celery, Task
from flask import Flask
from kombu.exceptions import OperationalError
from redis import RedisError

from app.logs import bind_request_id
from app.tasks import QUEUE, settings, transport, zendesk_tasks
from config import Config

log = logging.getLogger(__name__)

# The broker cannot be reached: what Celery makes of that, what Redis and the operating system say, and what kombu
# stumbles over when a connection dies between two of its steps (an AttributeError has been seen).
BROKER_ERRORS = (OperationalError, RedisError, OSError, AttributeError)


def init_celery(app: Flask, config: Config, drivers: Iterable[str]) -> Celery:
    """The Celery application of this process; its tasks run inside the Flask application's context.

    :param drivers: the names under which tools have their jobs driven; each becomes a task, and all do the same.
    """

    class ContextTask(Task):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            bind_request_id((self.request.headers or {}).get("request_id") or f"task-{self.request.id}")
            with app.app_context():
                return self.run(*args, **kwargs)

    transport.use()
    celery = Celery(app.import_name, task_cls=ContextTask)
    celery.config_from_object(settings(config))
    celery.set_default()
    zendesk_tasks.register(celery, drivers)
    app.extensions["celery"] = celery
    return celery


def wake_worker(celery: Celery, driver_of: Mapping[str, str], job_id: int, tool: str, request_id: str) -> bool:
    """Tell a worker to look at a job; False when the broker cannot be reached: the sweep will tell later.

    :param driver_of: the name of the task that drives a tool's jobs, by the tool's slug.
    :raises LookupError: no tool of this name works by jobs, so that no worker could drive it.
    """
    if tool not in driver_of:
        raise LookupError(f"job {job_id} is of {tool}, and no tool of this name works by jobs")
    try:
        celery.send_task(driver_of[tool], args=[job_id], headers={"request_id": request_id}, queue=QUEUE)
    except BROKER_ERRORS as error:  # a wake-up that fails must not break the job that it was for
        log.warning("job %s: no worker could be told (%s)", job_id, type(error).__name__)
        return False
    return True
