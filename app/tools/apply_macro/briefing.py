"""What a preview's page says beyond the dry run: what carrying it out costs, and who else is at the same tickets."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from flask import current_app
from sqlalchemy import select

from app.extensions import db
from app.jobs import status as st
from app.jobs.engine.turn import READERS
from app.jobs.models import Job
from app.jobs.sources.origin import origin
from app.jobs.store.job_progress import CANARY
from app.tools.on_view import BATCH, bulk_seconds
from config import Config

USUAL_LIMIT = 700  # requests a minute, of most plans (docs/zendesk.md, Rate limits), while Zendesk has not said
CALLS_A_BATCH = 2  # sending it, and asking what became of it
SECONDS_A_RENDERING = 0.3  # of Zendesk's own, with a few in parallel; a guess
MINUTE = 60.0
LOOKED_AT = 200  # live jobs; there are a handful


@dataclass(frozen=True)
class Cost:
    """Requests to Zendesk and the seconds that they take at least."""

    requests: int
    seconds: float


def briefing(job: Job) -> dict[str, Any]:
    """For the page of a finished dry run: `{must_type, first, cost, rendering, limit, share, twins}`.

    `must_type` is the number that a person has to type, or None; `first` how many tickets go before the others;
    `rendering` the cost of filling the macro in for every ticket, None where that is done or the same for all.
    """
    config: Config = current_app.extensions["config"]
    change = (job.summary or {}).get("change", 0)
    unrendered = change if (job.snapshot or {}).get("dynamic") and not job.render_all else 0
    known = _limit()
    speed = min((known or USUAL_LIMIT) * (1 - config.rate_reserve) / MINUTE, READERS / SECONDS_A_RENDERING)
    sent = CALLS_A_BATCH * ceil(change / BATCH)
    return {
        "must_type": must_type(job),
        "first": CANARY,
        "cost": Cost(sent + unrendered, max(bulk_seconds(change), (sent + unrendered) / speed)),
        "rendering": Cost(change, change / speed) if unrendered else None,
        "limit": known,
        "share": 1 - config.rate_reserve,
        "twins": _twins(job),
    }


def must_type(job: Job) -> int | None:
    """How many tickets a person has to say that they mean: of a public comment on more than one."""
    change = (job.summary or {}).get("change", 0)
    return change if job.writes_to_customers and change > 1 else None


def _limit() -> int | None:
    """The account's requests a minute, as Zendesk said last to any of our processes."""
    known = current_app.extensions["meter"].rate()
    return round(known[0]) if known else None


def _twins(job: Job) -> list[Job]:
    """Jobs that apply the same macro to the tickets of the same source and have not ended."""
    live = select(Job).where(
        Job.tool == job.tool,
        Job.account == job.account,
        Job.dry_run.is_(False),
        Job.status.not_in(st.ENDED),
    )
    found = db.session.scalars(live.order_by(Job.id.desc()).limit(LOOKED_AT))
    here = origin(job)
    return [other for other in found if other.parameters == job.parameters and origin(other) == here]
