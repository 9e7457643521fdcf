"""The calls of the JSON API; app.auth.access finds out who asks, and app.web.errors turns errors into JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from itertools import chain
from typing import Any

from flask import Blueprint, Response, jsonify, request, stream_with_context, url_for

from app.account.cache import tags, views
from app.account.cache.whose_eyes import may_use, offered
from app.audit.log import record
from app.auth.access import public
from app.auth.me import me
from app.extensions import db
from app.jobs import export
from app.jobs.commands import again, derive, service
from app.jobs.commands.again import Options
from app.jobs.models import Job
from app.jobs.sources.view import no_view
from app.jobs.store import queries
from app.logs import request_id
from app.tools import job_csv, ticket_csv
from app.web.api import answers, asking, bodies, macros, presets, query
from app.web.api.openapi import ASKS_ZENDESK, call, document
from app.web.api.reading import json_object

bp = Blueprint("api", __name__, url_prefix="/api/v1")
JOB = "/jobs/<row:job_id>"
CSV = "text/csv; charset=utf-8"
LONGEST_PREFIX = 255  # no tag is longer
Answered = tuple[Response, int, dict[str, str]]

macros.mount(bp)
presets.mount(bp)


@bp.get("/openapi.json")
@call("This document.", None)
@public
def describe() -> Response:
    return jsonify(document())


@bp.get("/me")
@call("Who asks.", answers.Person)
def show_me() -> Response:
    return _told(answers.Person.model_validate(me()))


@bp.get("/views")
@call("The account's active views.", answers.Views, refuses=ASKS_ZENDESK)
def list_views() -> Response:
    asking.require_connection()
    listed = views.views()
    mine = offered(me(), listed)
    shown = [answers.View.model_validate(view) for view in mine]
    return _told(answers.Views(views=shown, left_out=len(listed) - len(mine), notice=views.said()))


@bp.get("/views/<int:view_id>")
@call("One view.", answers.View, refuses=ASKS_ZENDESK)
def show_view(view_id: int) -> Response:
    asking.require_connection()
    view = views.view(view_id)
    if view is None or not may_use(me(), view):
        raise asking.refusal(no_view(view_id, view))
    return _told(answers.View.model_validate(view))


@bp.post("/sources/preview")
@call(
    "What a source of tickets holds, before any tool is chosen.",
    answers.SourceContents,
    at_once=True,
    body=bodies.SourceRequest,
    refuses=ASKS_ZENDESK,
)
def preview_source() -> Response:
    wanted = bodies.SourceRequest.read(json_object())
    return _told(answers.SourceContents.model_validate(asking.contents_of(wanted.source, me())))


@bp.get("/tags")
@call("Tags of the account that begin with a text.", answers.Tags, refuses=ASKS_ZENDESK, query=query.TagsQuery)
def suggest_tags() -> Response:
    asking.require_connection()
    return _told(answers.Tags(tags=tags.suggest(query.TagsQuery.read().q[:LONGEST_PREFIX])))


@bp.post("/jobs")
@call("Start a job. By default a dry run, which changes nothing.", answers.Job, made=True, body=bodies.JobRequest)
def submit() -> Answered:
    submission = bodies.submission(json_object(), me())
    submission = replace(submission, idempotency_key=query.idempotency_key(), request_id=request_id())
    job = service.submit(asking.looked_up(submission))
    return _job_answer(job, HTTPStatus.CREATED if job.ended else HTTPStatus.ACCEPTED)


@bp.get("/jobs")
@call("Jobs, newest first: an agent's own, and for an admin those of all people.", answers.Jobs, query=query.JobsQuery)
def list_jobs() -> Response:
    asked = query.JobsQuery.read()
    found = queries.list_jobs(me(), tool=asked.tool, status=asked.status, before_id=asked.cursor, limit=asked.limit + 1)
    page, more = found[: asked.limit], len(found) > asked.limit
    cursor = query.next_cursor("job", page[-1].id) if more else None
    return _told(answers.Jobs(jobs=list(map(answers.Job.of, page)), next_cursor=cursor))


@bp.get(JOB)
@call("One job.", answers.Job)
def show_job(job_id: int) -> Response:
    return _told(answers.Job.of(_job(job_id)))


@bp.get(f"{JOB}/tickets")
@call("The job's tickets with their outcomes, by ticket id.", answers.Tickets, query=query.TicketsQuery)
def list_tickets(job_id: int) -> Response:
    job, asked = _job(job_id), query.TicketsQuery.read()
    found = queries.list_items(job.id, asked.part, after_ticket=asked.cursor, limit=asked.limit + 1)
    page, more = found[: asked.limit], len(found) > asked.limit
    cursor = query.next_cursor("ticket", page[-1].ticket_id) if more else None
    return _told(answers.Tickets(tickets=list(map(answers.Ticket.model_validate, page)), next_cursor=cursor))


@bp.post(f"{JOB}/cancel")
@call("Stop the job. What is at Zendesk already finishes, the rest is skipped.", answers.Job)
def cancel(job_id: int) -> Answered:
    return _job_answer(service.cancel(_job(job_id).id), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/pause")
@call("Pause the job after what is at Zendesk already.", answers.Job)
def pause(job_id: int) -> Answered:
    return _job_answer(service.pause(_job(job_id).id), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/resume")
@call("Let a paused or failed job go on where it stopped.", answers.Job)
def resume(job_id: int) -> Answered:
    job = _job(job_id)
    asking.check_sending(job, me())
    return _job_answer(service.resume(job.id, me()), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/continue")
@call("Let a job go on that is paused after its first tickets (`canary`), for a person to look at them.", answers.Job)
def go_on(job_id: int) -> Answered:
    job = _job(job_id)
    asking.check_sending(job, me())
    return _job_answer(service.go_on(job.id, me()), HTTPStatus.ACCEPTED)


@bp.post(f"{JOB}/retry")
@call(
    "Try the failed tickets again: by default a preview of them, read anew; answers with the new job.",
    answers.Job,
    made=True,
    body=bodies.RetryRequest,
    body_needed=False,
)
def retry(job_id: int) -> Answered:
    job = _job(job_id)
    asking.check_tool(job, me())
    return _made(again.retry(job.id, me(), **_options(bodies.RetryRequest.read(_body()))))


@bp.post(f"{JOB}/rest")
@call(
    "Do the tickets of a stopped job that were never started: by default a preview of them, read anew; answers with "
    "the new job.",
    answers.Job,
    made=True,
    body=bodies.RetryRequest,
    body_needed=False,
)
def rest(job_id: int) -> Answered:
    job = _job(job_id)
    asking.check_tool(job, me())
    return _made(again.do_rest(job.id, me(), **_options(bodies.RetryRequest.read(_body()))))


@bp.post(f"{JOB}/undo")
@call(
    "Take back what an ended job did to its tickets: by default a preview, with what changed since; answers with the "
    "new job. Only what a ticket still holds of the job is taken back, and never a comment.",
    answers.Job,
    made=True,
    body=bodies.UndoRequest,
    body_needed=False,
    refuses=ASKS_ZENDESK,
)
def undo(job_id: int) -> Answered:
    job = _job(job_id)
    asking.check_tool(job, me())
    asked = bodies.UndoRequest.read(_body())
    return _made(again.take_back(job.id, me(), asked.wanted(), **_options(asked)))


@bp.post(f"{JOB}/tickets/<int:ticket_id>/mark")
@call(
    "Say what a person found on a ticket whose outcome is unknown: the change is there (it succeeded), or it is not "
    "(it failed, and can be retried). Only while the job is paused or has ended.",
    answers.Job,
    body=bodies.Mark,
)
def mark(job_id: int, ticket_id: int) -> Answered:
    job = _job(job_id)
    asking.check_tool(job, me())
    found = bodies.Mark.read(json_object())
    return _job_answer(service.mark(job.id, ticket_id, found.there), HTTPStatus.ACCEPTED)


@bp.get(f"{JOB}/export.csv")
@call(
    f"Every ticket's outcome as CSV (RFC 4180, in UTF-8), for people: {', '.join(ticket_csv.HEADER)}. `before` and "
    "`after` are JSON; only a ticket that was changed (in a dry run: will be) has `added` to `after`.",
    None,
    refuses=(409,),
    query=query.PartCsvQuery,
    media="text/csv",
)
def export_csv(job_id: int) -> Response:
    job, asked = _job(job_id), query.PartCsvQuery.read()
    return _download(job, chain([asked.mark], ticket_csv.csv_chunks(job, asked.part)), "csv", CSV)


@bp.get(f"{JOB}/export.json")
@call("Every ticket's outcome as JSON.", answers.Export, refuses=(409,), query=query.PartQuery)
def export_json(job_id: int) -> Response:
    job, part = _job(job_id), query.PartQuery.read().part
    return _download(job, export.json_chunks(job, part), "json", "application/json")


@bp.get("/jobs/export.csv")
@call(
    "The jobs as CSV (RFC 4180, in UTF-8), newest first, with their counts.",
    None,
    query=query.JobsCsvQuery,
    media="text/csv",
)
def export_jobs() -> Response:
    asked = query.JobsCsvQuery.read()
    chunks = job_csv.csv_chunks(partial(job_csv.jobs_below, user=me(), tool=asked.tool, status=asked.status))
    record("jobs.exported", "jobs", summary="Exported the list of jobs as CSV.")
    return _file(chain([asked.mark], chunks), "jobs.csv", CSV)


def _job(job_id: int) -> Job:
    return asking.job_of(me(), job_id)


def _body() -> dict[str, Any]:
    """The JSON object that came; nothing at all counts as an empty one."""
    return json_object() if request.get_data() else {}


def _options(asked: bodies.RetryRequest) -> Options:
    return {**asked.options(), "idempotency_key": query.idempotency_key(), "request_id": request_id()}


def _made(job: Job) -> Answered:
    return _job_answer(job, HTTPStatus.CREATED if job.ended else HTTPStatus.ACCEPTED)


def _told(answer: answers.Answer) -> Response:
    return jsonify(answer.json_values())


def _job_answer(job: Job, status: int) -> Answered:
    return _told(answers.Job.of(job)), status, {"Location": url_for("api.show_job", job_id=job.id)}


def _download(job: Job, chunks: Iterator[str], kind: str, content_type: str) -> Response:
    """A file, sent while it is read; the request's own transaction is over before the first byte."""
    derive.require_tickets(job)
    db.session.commit()
    record("job.exported", "job", job.id, f"Exported the tickets of job {job.id} as {kind.upper()}.")
    return _file(chunks, f"job-{job.id}.{kind}", content_type)


def _file(chunks: Iterator[str], name: str, content_type: str) -> Response:
    disposition: dict[str, Any] = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(stream_with_context(chunks), content_type=content_type, headers=disposition)
