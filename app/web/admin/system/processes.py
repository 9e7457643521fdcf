"""Workers, beat, the jobs that wait for them, and the programs that look at all this."""

from __future__ import annotations

import platform
from importlib.metadata import version

from flask import current_app
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError
from sqlalchemy import func, select

from app.database import db_now, read_transaction
from app.jobs import status as st
from app.jobs.collaborators import engine
from app.jobs.models import Job
from app.jobs.store.lease import is_due, nobody_drives
from app.presentation import duration, plural
from app.settings.models import AppSetting
from app.tasks import LAST_SWEEP, SWEEP_EVERY
from app.web.admin.system.part import BAD, GOOD, QUIET, WARN, Part
from app.zendesk.program import PRODUCT

PATIENCE = 1.0  # seconds
LATE = 3 * SWEEP_EVERY
PACKAGES = ("flask", "sqlalchemy", "celery", "redis", "requests", "gunicorn", "flower", "cryptography")
START_WORKER = "celery -A celery_app worker"
START_BEAT = "celery -A celery_app beat"


def product() -> Part:
    """What is installed."""
    name_and_version = (f"Giga Tools {PRODUCT.partition('/')[2]}", f"Python {platform.python_version()}")
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return Part("Version", "box", QUIET, name_and_version[0].split()[-1], (name_and_version[1], packages))


def workers() -> Part:
    """The workers that answer within a second, and what they do."""
    inspect = current_app.extensions["celery"].control.inspect(timeout=PATIENCE)
    try:
        found = inspect.active() or {}
    except (BrokerError, RedisError, OSError):
        step = "They are asked through Redis, which does not answer. Without it none takes up a job."
        return Part("Workers", "cpu", BAD, "Unknown", (), step, START_WORKER)
    if not found:
        step = "None answered within a second. Jobs of more than a few hundred tickets wait until one runs."
        return Part("Workers", "cpu", BAD, "None", (), step, START_WORKER)
    busy = sum(len(tasks) for tasks in found.values())
    return Part("Workers", "cpu", GOOD, plural(len(found), "worker"), (*sorted(found), f"{plural(busy, 'task')} now"))


def beat(*, workers_live: bool, up_for: float) -> Part:
    """When jobs that lost their driver were looked for last: beat asks for it, a worker does it.

    :param up_for: seconds since this process began, and probably the others with it.
    """
    with read_transaction() as tx:
        ago = tx.scalar(select(db_now() - AppSetting.changed_at).where(AppSetting.name == LAST_SWEEP))
    if ago is not None and ago <= LATE:
        return Part("Beat", "heart-pulse", GOOD, "Beating", (f"last sweep {duration(max(ago, 0))} ago",))
    facts = ("no sweep yet" if ago is None else f"last sweep {duration(ago)} ago",)
    if up_for < LATE:
        return Part("Beat", "heart-pulse", QUIET, "Starting", facts)
    if not workers_live:
        return Part("Beat", "heart-pulse", WARN, "Unknown", facts, "Its sweeps are done by a worker; start one first.")
    step = "Jobs whose worker died are not taken up until it runs."
    return Part("Beat", "heart-pulse", BAD, "Silent", facts, step, START_BEAT)


def jobs() -> Part:
    """The jobs that are under way, and those without a driver that should have one."""
    timing = engine().timing
    with read_transaction() as tx:
        driven = tx.scalar(select(func.count()).where(Job.status.in_(st.DRIVEN))) or 0
        alone = tx.scalar(select(func.count()).select_from(Job).where(is_due(timing), nobody_drives(timing))) or 0
        recoveries = tx.scalar(select(func.sum(Job.recoveries))) or 0
    facts = (f"{plural(driven, 'job')} under way", f"{plural(alone, 'job')} without a driver")
    facts += (f"taken over from a lost worker {plural(recoveries, 'time')}",)
    return Part("Jobs", "list-task", WARN if alone else GOOD, "Waiting" if alone else "In order", facts)


def flower() -> Part:
    """Where people see workers and tasks, if Flower is set up."""
    address = current_app.extensions["config"].flower_url
    if address:
        return Part("Flower", "flower1", QUIET, "Set up", ("has a sign-in of its own",), link=(address, "Open Flower"))
    step = "Shows workers and tasks; FLOWER=1 make run starts it, or the command. Name its address in FLOWER_URL."
    return Part("Flower", "flower1", QUIET, "Not set up", (), step, "celery -A celery_app flower")


def metrics() -> Part:
    """Who may read /metrics."""
    others = "and programs with METRICS_TOKEN" if current_app.extensions["config"].metrics_token else "no other program"
    facts = ("for Prometheus", f"readable from this machine, for admins, {others}")
    return Part("Metrics", "graph-up", QUIET, "On", facts, link=("/metrics", "Open /metrics"))
