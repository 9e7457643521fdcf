"""What database and Redis say now: jobs, tickets, recoveries, the queue."""

from __future__ import annotations

import logging
from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.account.connection import gauge
from app.database import db_now, read_transaction
from app.jobs import status as st
from app.jobs.collaborators import engine
from app.jobs.models import Job
from app.jobs.outcomes import SETTLED
from app.jobs.store.lease import is_due, nobody_drives
from app.tasks.queue import length

log = logging.getLogger(__name__)


def read() -> Iterator[Metric]:
    """The numbers; those of a part that does not answer are missing, and its `…_up` is 0."""
    try:
        jobs = list(_jobs())
    except SQLAlchemyError:
        log.warning("the database did not answer for /metrics", exc_info=True)
        jobs = []
    yield from jobs
    yield GaugeMetricFamily("giga_database_up", "Whether the database answers.", float(bool(jobs)))
    waiting = length()
    yield GaugeMetricFamily("giga_redis_up", "Whether Redis answers.", float(waiting is not None))
    if waiting is not None:
        yield GaugeMetricFamily("giga_queue_messages", "Messages that wait for a worker.", waiting)
        yield from _budget()


def _budget() -> Iterator[Metric]:
    """The rate budget that all processes share; nothing while it is unknown."""
    view = gauge.look()
    if view is None:
        return
    used = GaugeMetricFamily(
        "giga_zendesk_budget_used", "Requests in Zendesk's running minute, by who made them.", labels=["by"]
    )
    for who in ("jobs", "people", "others"):
        used.add_metric([who], getattr(view.minute, who))
    yield used
    yield GaugeMetricFamily("giga_zendesk_budget_left", "Requests left in that minute, for people.", view.left)
    yield GaugeMetricFamily("giga_zendesk_budget_in_flight", "Requests granted and not yet answered.", view.in_flight)
    yield GaugeMetricFamily("giga_zendesk_budget_jobs_waiting", "Jobs that wait for their turn.", view.jobs_waiting)
    yield GaugeMetricFamily("giga_zendesk_budget_refused", "Answers of 429 in that minute.", view.minute.refused)


def _jobs() -> Iterator[Metric]:
    timing = engine().timing
    with read_transaction() as tx:
        by_status = {row[0]: row[1] for row in tx.execute(select(Job.status, func.count()).group_by(Job.status))}
        counters = [func.sum(getattr(Job, outcome)) for outcome in SETTLED]
        outcomes = tx.execute(select(Job.tool, Job.dry_run, *counters).group_by(Job.tool, Job.dry_run)).all()
        left = func.sum(Job.total - sum((getattr(Job, outcome) for outcome in SETTLED), start=0))
        pending = tx.scalar(select(left).where(Job.status.not_in(st.ENDED)))
        recoveries = tx.scalar(select(func.sum(Job.recoveries)))
        waiting = tx.scalar(select(func.count()).where(Job.status.in_(st.DRIVEN), Job.wake_at > db_now()))
        alone = tx.scalar(select(func.count()).select_from(Job).where(is_due(timing), nobody_drives(timing)))
    jobs = GaugeMetricFamily("giga_jobs", "Jobs by status.", labels=["status"])
    for status in st.STATUSES:
        jobs.add_metric([status], by_status.get(status, 0))
    tickets = CounterMetricFamily(
        "giga_job_tickets", "Tickets of jobs by outcome.", labels=["tool", "dry_run", "outcome"]
    )
    for row in outcomes:
        for outcome, number in zip(SETTLED, row[2:], strict=True):
            tickets.add_metric([row.tool, str(bool(row.dry_run)).lower(), outcome], number)
    yield jobs
    yield tickets
    yield GaugeMetricFamily(
        "giga_tickets_pending", "Tickets of jobs that have not ended, without outcome.", pending or 0
    )
    yield CounterMetricFamily(
        "giga_job_recoveries", "Drivers that vanished, whose job another took over.", recoveries or 0
    )
    yield GaugeMetricFamily(
        "giga_jobs_waiting", "Jobs that wait for Zendesk or a person until a set time.", waiting or 0
    )
    yield GaugeMetricFamily("giga_jobs_undriven", "Jobs that need a driver and have none.", alone or 0)
