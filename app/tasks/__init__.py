"""Celery: its settings, and how its tasks see the application."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from celery import Celery, Task
from celery.schedules import schedstate, schedule
from flask import Flask

from app.logs import bind_request_id
from app.tasks import transport
from config import Config

log = logging.getLogger(__name__)

QUEUE = "zendesk"
LAST_SWEEP = "last_sweep"  # the setting whose time of change is that of the last sweep: beat and a worker live
SWEEP_EVERY = 10.0
PURGE_EVERY = 3600.0
# What beat asks for does not pile up for longer while no worker is there. A worker judges this by its own clock: one
# that is an hour ahead of beat's must not take every sweep for too old.
FORGOTTEN_AFTER = 2 * 3600.0
TASK_OF_TOOL = {
    "tag-manager": "app.tasks.zendesk_tasks.tag_tickets_async",
    "apply-macro-to-view": "app.tasks.zendesk_tasks.apply_macro_async",
}


class Steady(schedule):
    """Every so many seconds, also after the clock was set back: Celery's own waits for the old time to come again."""

    def is_due(self, last_run_at: datetime) -> schedstate:
        """Whether it is time now, and the seconds until it is time again."""
        if self.maybe_make_aware(last_run_at) > self.now():
            return schedstate(is_due=True, next=self.seconds)
        return schedstate(*super().is_due(last_run_at))


def settings(config: Config) -> dict[str, Any]:
    """Celery's settings. A message is a hint that may be lost or doubled: nothing is kept, retried or awaited."""
    return {
        "broker_url": config.redis_url,
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "task_serializer": "json",
        "accept_content": ["json"],
        "task_acks_late": False,  # late ack runs a long task beside itself; leases recover lost work already
        "worker_prefetch_multiplier": 1,
        "worker_max_tasks_per_child": 1_000,
        "worker_concurrency": 4,  # a driver mostly waits for Zendesk
        "task_soft_time_limit": transport.SOFT_LIMIT,
        "task_time_limit": transport.HARD_LIMIT,
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "broker_connection_retry_on_startup": True,
        "broker_transport_options": {"socket_connect_timeout": 1, "socket_timeout": 5, "socket_keepalive": True},
        "task_publish_retry_policy": {"max_retries": 1, "interval_start": 0.1, "interval_step": 0.1},
        "beat_schedule": {
            "sweep": {
                "task": "app.tasks.zendesk_tasks.sweep",
                "schedule": Steady(SWEEP_EVERY),
                "options": {"expires": FORGOTTEN_AFTER},
            },
            "purge": {
                "task": "app.tasks.housekeeping.purge",
                "schedule": Steady(PURGE_EVERY),
                "options": {"expires": FORGOTTEN_AFTER},
            },
        },
        "beat_schedule_filename": str(config.instance / "celerybeat-schedule"),
        "imports": ["app.tasks.zendesk_tasks", "app.tasks.housekeeping"],
    }


def init_celery(app: Flask, config: Config) -> Celery:
    """The Celery application of this process; its tasks run inside the Flask application's context."""

    class ContextTask(Task):
        def __call__(self, *args: Any, **kwargs: Any) -> Any:
            bind_request_id((self.request.headers or {}).get("request_id") or f"task-{self.request.id}")
            with app.app_context():
                return self.run(*args, **kwargs)

    transport.use()
    celery = Celery(app.import_name, task_cls=ContextTask)
    celery.config_from_object(settings(config))
    celery.set_default()
    app.extensions["celery"] = celery
    return celery


def ring(celery: Celery, job_id: int, tool: str, request_id: str) -> bool:
    """Tell a worker to look at a job; False when the broker cannot be reached: the sweep will tell later."""
    try:
        celery.send_task(TASK_OF_TOOL[tool], args=[job_id], headers={"request_id": request_id}, queue=QUEUE)
    except Exception as error:
        # The edge to the broker: when a connection dies between two of its steps, kombu raises whatever it stumbles
        # over (an AttributeError has been seen). A ring that fails must not break the job that it was for.
        log.warning("job %s: no worker could be told (%s)", job_id, type(error).__name__)
        return False
    return True
