"""Celery: its settings, and what the processes call each other by."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from celery.schedules import schedstate, schedule

from app.tasks import transport
from config import Config

QUEUE = "zendesk"
LAST_SWEEP = "last_sweep"  # the setting whose time of change is that of the last sweep: beat and a worker live
SWEEP_EVERY = 10.0
PURGE_EVERY = 3600.0
# What beat asks for does not pile up for longer while no worker is there. A worker judges this by its own clock: one
# that is an hour ahead of beat's must not take every sweep for too old.
FORGOTTEN_AFTER = 2 * 3600.0


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
