"""Gunicorn's settings, read by `gunicorn run:app`: threads for polled pages and for small jobs that people wait for."""

import os
import sys
from typing import Any

from config import TOGETHER, Config, ConfigError, reserve_counters

try:
    _config = Config.load()
    _config.count_together()
except ConfigError as error:
    sys.exit(str(error))

bind = f"[{_config.host}]:{_config.port}" if ":" in _config.host else f"{_config.host}:{_config.port}"
worker_class = "gthread"
if "WEB_CONCURRENCY" not in os.environ:  # gunicorn's own variable, which a value here would override
    workers = 2
threads = 16  # a small job holds its thread for up to 20 s, and pages are polled meanwhile
timeout = 60  # a worker that has not stirred for so long is replaced
graceful_timeout = 30  # longer than a small job's time slice
keepalive = 5
control_socket_disable = True  # it would lie in the home directory, and a second gunicorn would take it over
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - heartbeats: no disk may stall them


def post_fork(_server: Any, _worker: Any) -> None:
    reserve_counters()


def child_exit(_server: Any, worker: Any) -> None:
    """What a dead process said last of a changing number is worth nothing."""
    from prometheus_client.multiprocess import mark_process_dead

    if TOGETHER in os.environ:
        mark_process_dead(worker.pid)
