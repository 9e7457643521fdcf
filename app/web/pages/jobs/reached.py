"""The job that a page is about, and whether the person may make it change tickets."""

from __future__ import annotations

from flask import abort

from app.auth.me import me
from app.jobs.models import Job
from app.jobs.store import queries
from app.tools.mounted import tools


def the_job(job_id: int) -> Job:
    """The job, when this person may see it; else the answer is the same as for a missing one."""
    job = queries.job_for(me(), job_id)
    if job is None:
        abort(404)
    return job


def check_tool(job: Job) -> None:
    """A role may have lost a tool since the job was made; then no person of that role makes it change more tickets."""
    tool = tools().get(job.tool)
    if tool is not None and not tool.open_to(me()):
        abort(403)
