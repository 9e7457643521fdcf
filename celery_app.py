"""The Celery processes: `celery -A celery_app worker`, `… beat`, `… flower`."""

from __future__ import annotations

import os
import sys
from typing import Any

from billiard.sharedctypes import RawValue
from celery.signals import worker_process_init, worker_process_shutdown, worker_shutdown, worker_shutting_down
from prometheus_client import values
from prometheus_client.multiprocess import mark_process_dead

from app import create_app
from app.extensions import db
from app.tasks import flower
from config import TOGETHER, Config, ConfigError, reserve_counters

# Shared with the pool's processes by fork: they must end their turn when the worker is asked to leave. It has no lock,
# because it is set inside a signal handler.
_stopping: Any = RawValue("b", 0)


def _asked_to_leave() -> bool:
    return bool(_stopping.value)


try:
    config = Config.load()
    if "worker" in sys.argv:
        config.count_together()
        # Celery's command line has imported the library for Flower's sake, so that it has chosen already.
        values.ValueClass = values.get_value_class()
    flask_app = create_app(config, stopping=_asked_to_leave)
except ConfigError as error:
    sys.exit(str(error))
app = flask_app.extensions["celery"]

if "flower" in sys.argv:  # Celery loads its app before it knows the command
    try:
        for name, value in flower.options(config).items():
            os.environ[name] = os.environ.get(name) or value
    except ConfigError as error:
        sys.exit(str(error))


@worker_process_init.connect
def _after_fork(**_: Any) -> None:
    """A pool process must not use its parent's connections."""
    reserve_counters()
    with flask_app.app_context():
        db.engine.dispose(close=False)


@worker_shutting_down.connect
def _leave(**_: Any) -> None:
    _stopping.value = 1


@worker_process_shutdown.connect
@worker_shutdown.connect
def _forget(**_: Any) -> None:
    """What a dead process said last of a changing number is worth nothing."""
    if TOGETHER in os.environ:
        mark_process_dead(os.getpid())
