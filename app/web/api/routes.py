"""The calls of the JSON API; app.auth.access finds out who asks, and app.web.errors turns errors into JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, jsonify, request, stream_with_context, url_for

from app.account.cache import tags, views
from app.account.cache.whose_eyes import may_use, offered
from app.audit.log import record
from app.auth.access import public
from app.auth.me import me
from app.extensions import db
from app.jobs import export
from app.jobs import status as st
from app.jobs.commands import derive, service
from app.jobs.models import Job
from app.jobs.store import queries
from app.logs import request_id
from app.numbers import LARGEST_ID, LARGEST_ROW
from app.tools.mounted import job_kinds
from app.web.api import asking, bodies, macros, openapi, query, shapes

bp = Blueprint("api", __name__, url_prefix="/api/v1")
JOB = "/jobs/<row:job_id>"

LONGEST_PREFIX = 255  # no tag is longer

macros.mount(bp)


@bp.get("/openapi.json")
@public
def describe() -> Response:
    """This API as an OpenAPI document."""
    return jsonify(openapi.document())


@bp.get("/me")
def show_me() -> Response:
    return jsonify(shapes.of_user(me()))


@bp.get("/views")
def list_views() -> Response:
    asking.require_connection()
    listed = views.views()
    mine = offered(me(), listed)
    return jsonify(views=[shapes.of_view(view) for view in mine], left_out=len(listed) - len(mine), notice=views.said())


@bp.get("/views/<int:view_id>")
def show_view(view_id: int) -> Response:
    asking.require_connection()
    view = views.view(view_id)
    if view is None or not may_use(me(), view):
        raise asking.no_view(view_id, view)
    return jsonify(shapes.of_view(view))


@bp.get("/tags")
def suggest_tags() -> Response:
    """Tags that begin with `q`, for the tag fields of our pages."""
    asking.require_connection()
    return jsonify(tags=tags.suggest(request.args.get("q", "")[:LONGEST_PREFIX]))


@bp.post("/jobs")
def submit() -> tuple[Response, int, dict[str, str]]:
    """Start a job; a small one is finished when this answers."""
    submission = bodies.submission(bodies.json_object(), me())
    submission = replace(submission, idempotency_key=query.idempotency_key(), request_id=request_id())
    job = service.submit(asking.with_title(submission))
    return _job_answer(job, HTTPStatus.CREATED if job.ended else HTTPStatus.ACCEPTED)


@bp.get("/jobs")
def list_jobs() -> Response:
    """The jobs that this person may see, newest first."""
    limit = query.limit(query.JOBS)
    found = queries.list_jobs(
        me(),
        tool=query.choice("tool", job_kinds()),
        status=query.choice("status", st.STATUSES),
        before_id=query.cursor("job", LARGEST_ROW),
        limit=limit + 1,
    )
    page, more = found[:limit], len(found) > limit
    return jsonify(
        jobs=[shapes.of_job(job) for job in page],
        next_cursor=query.next_cursor("job", page[-1].id) if more else None,
    )


@bp.get(JOB)
def show_job(job_id: int) -> Response:
    return jsonify(shapes.of_job(_job(job_id)))


@bp.get(f"{JOB}/tickets")
def list_tickets(job_id: int) -> Response:
    """The job's tickets with their outcomes, by ticket id."""
    job = _job(job_id)
    limit = query.limit(query.TICKETS)
    found = queries.list_items(
        job.id,
        query.part(),
        after_ticket=query.cursor("ticket", LARGEST_ID) or 0,
        limit=limit + 1,
    )
    page, more = found[:limit], len(found) > limit
    return jsonify(
        tickets=[shapes.of_item(item) for item in page],
        next_cursor=query.next_cursor("ticket", page[-1].ticket_id) if more else None,
    )


@bp.post(f"{JOB}/cancel")
def cancel(job_id: int) -> tuple[Response, int, dict[str, str]]:
    """Stop the job after what is at Zendesk."""
    return _job_answer(service.cancel(_job(job_id).id), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/pause")
def pause(job_id: int) -> tuple[Response, int, dict[str, str]]:
    """Pause the job after what is at Zendesk."""
    return _job_answer(service.pause(_job(job_id).id), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/resume")
def resume(job_id: int) -> tuple[Response, int, dict[str, str]]:
    """Let a paused or failed job go on."""
    job = _job(job_id)
    asking.check_sending(job, me())
    return _job_answer(service.resume(job.id, me()), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/continue")
def go_on(job_id: int) -> tuple[Response, int, dict[str, str]]:
    """Let a job go on whose first tickets a person has looked at."""
    job = _job(job_id)
    asking.check_sending(job, me())
    return _job_answer(service.go_on(job.id, me()), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/retry")
def retry(job_id: int) -> tuple[Response, int, dict[str, str]]:
    """Preview the failed tickets once more, read anew; or, with `dry_run: false`, change them in a new job."""
    job = _job(job_id)
    asking.check_tool(job, me())
    wanted = bodies.retry(bodies.json_object() if request.get_data() else {})
    wanted |= {"idempotency_key": query.idempotency_key(), "request_id": request_id()}
    again = service.retry(job.id, me(), **wanted)
    return _job_answer(again, HTTPStatus.CREATED if again.ended else HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/tickets/<int:ticket_id>/mark")
def mark(job_id: int, ticket_id: int) -> tuple[Response, int, dict[str, str]]:
    """Note what a person found on a ticket whose outcome is unknown."""
    job = _job(job_id)
    asking.check_tool(job, me())
    return _job_answer(service.mark(job.id, ticket_id, bodies.there(bodies.json_object())), HTTPStatus.ACCEPTED)


@bp.get(f"{JOB}/export.csv")
def export_csv(job_id: int) -> Response:
    job, part = _job(job_id), query.part()
    return _download(job, export.csv_chunks(job, part), "csv", "text/csv; charset=utf-8")


@bp.get(f"{JOB}/export.json")
def export_json(job_id: int) -> Response:
    job, part = _job(job_id), query.part()
    return _download(job, export.json_chunks(job, part), "json", "application/json")


def _job(job_id: int) -> Job:
    return asking.job_of(me(), job_id)


def _job_answer(job: Job, status: int) -> tuple[Response, int, dict[str, str]]:
    return jsonify(shapes.of_job(job)), status, {"Location": url_for("api.show_job", job_id=job.id)}


def _download(job: Job, chunks: Iterator[str], kind: str, content_type: str) -> Response:
    """A file, sent while it is read; the request's own transaction is over before the first byte."""
    derive.require_tickets(job)
    db.session.commit()
    record("job.exported", "job", job.id, f"Exported the tickets of job {job.id} as {kind.upper()}.")
    disposition: dict[str, Any] = {"Content-Disposition": f'attachment; filename="job-{job.id}.{kind}"'}
    return Response(stream_with_context(chunks), content_type=content_type, headers=disposition)
