"""Zendesk's own jobs."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, request

from ..errors import invalid_attribute, not_found
from ..gate import base, world
from ..paging import page_of
from ..zendesk_jobs import completion

bp = Blueprint("job_statuses", __name__, url_prefix="/api/v2/job_statuses")


@bp.get("")
def list_jobs() -> dict[str, Any]:
    """Those of all integrations, by completion."""
    jobs = world().zendesk_jobs
    page, envelope = page_of(request, jobs.all(), completion)
    return {"job_statuses": [jobs.json(job, base()) for job in page], **envelope}


@bp.get("/show_many")
def show_jobs() -> dict[str, Any]:
    """Those still known, in the order in which they were made, not in that of the ids."""
    wanted = {word.strip() for word in request.args.get("ids", "").split(",")} - {""}
    if not wanted:
        raise invalid_attribute("You passed an invalid value for the ids attribute. ids must be a list")
    jobs = world().zendesk_jobs
    found = [job for job in jobs.all() if job.id in wanted]
    statuses = [jobs.json(job, base()) for job in sorted(found, key=lambda job: job.number)]
    return {"job_statuses": statuses, "next_page": None, "previous_page": None, "count": len(statuses)}


@bp.get("/<job_id>")
def show_job(job_id: str) -> dict[str, Any]:
    jobs = world().zendesk_jobs
    job = jobs.find(job_id)
    if job is None:
        raise not_found()
    return {"job_status": jobs.json(job, base())}
