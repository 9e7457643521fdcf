"""The dashboard: the first step on a new installation, the tools, running jobs with their bars, recent jobs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, render_template

from app.account.cache import views
from app.account.cache.views import View
from app.account.connection import current
from app.account.connection.current import Account
from app.auth.me import me
from app.jobs.models import Job
from app.jobs.store import queries
from app.tools.mounted import tools_for
from app.zendesk import ZendeskError

bp = Blueprint("dashboard", __name__, template_folder="templates")

JOBS_LOOKED_AT = 40
RECENT = 8
DEMO_VIEW = "carrier strike"


@bp.get("/")
def index() -> str:
    """What a person sees first."""
    connected = current.current_account()
    return render_template(
        "dashboard/index.html",
        **_jobs(connected),
        tools=tools_for(me()),
        demo_view=_demo_view() if connected and connected.label == "DEMO" else None,
    )


@bp.get("/running-jobs")
def running_jobs() -> str:
    """The part of the dashboard that changes by itself."""
    return render_template("dashboard/running.html", **_jobs(current.current_account()))


def _jobs(connected: Account | None) -> dict[str, Any]:
    jobs: list[Job] = queries.list_jobs(me(), limit=JOBS_LOOKED_AT)
    running = [job for job in jobs if not job.ended]
    return {
        "account": connected,
        "running": running,
        "recent": [job for job in jobs if job.ended][:RECENT],
    }


def _demo_view() -> View | None:
    """The view of the demo help desk that makes a good first try; none where another program stands in for Zendesk."""
    try:
        return next((view for view in views.views() if DEMO_VIEW in view.title.lower()), None)
    except ZendeskError:
        return None
