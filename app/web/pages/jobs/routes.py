"""The pages of jobs: the list, one job with its tickets, and what people ask of it (stop, pause, resume, retry)."""

from __future__ import annotations

import secrets
from functools import partial
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import numbers
from app.account.connection import current, gauge, writing
from app.auth.me import me
from app.extensions import db
from app.jobs import wording
from app.jobs.commands import rest, retries, service
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Outcome, Relation
from app.jobs.sources.origin import origin
from app.jobs.status import DRIVEN, Status
from app.jobs.store import queries
from app.jobs.store.part import Part
from app.numbers import LARGEST_ID, LARGEST_ROW
from app.tools import wording as told
from app.tools.again import again as asked_again
from app.tools.mounted import job_kinds, tools, tools_for
from app.web import taking_back
from app.web.pages.jobs import again, filters, shown, since, undo
from app.web.pages.jobs import ticket as ticket_page
from app.web.pages.jobs.family import family
from app.web.pages.jobs.reached import check_tool, the_job

bp = Blueprint("jobs", __name__, template_folder="templates")
JOB = "/jobs/<row:job_id>"

JOBS_A_PAGE = 30
TICKETS_A_PAGE = 25
TRACES_A_PAGE = 25
UNKNOWN_SHOWN = 25
FIRST_SHOWN = 20
CHANGED_SHOWN = 25
READ_AGAIN = (Relation.RETRY, Relation.REST, Relation.UNDO)  # previews of an earlier job's tickets
SENT = (Outcome.SUCCEEDED, Outcome.FAILED, Outcome.UNKNOWN)

WORDS = (
    shown.status_of,
    shown.counts,
    shown.segments,
    shown.percent,
    shown.stand,
    shown.waiting,
    shown.wakes_at,
    shown.outcome_word,
    shown.outcome_tone,
    shown.parameters_of,
    told.changes_of,
    told.reason_of,
    undo.why_left,
    undo.shown_value,
    undo.left_name,
)
for word in WORDS:
    bp.add_app_template_global(word)
bp.add_app_template_global(told.sentence, "job_sentence")
again.mount(bp)
ticket_page.mount(bp)
bp.add_app_template_global(origin, "source_of")
bp.add_app_template_global(asked_again, "asked_again")


@bp.get("/jobs")
def index() -> str:
    """Jobs, newest first; or, with `?ticket=`, what jobs did to one ticket."""
    ticket = filters.ticket()
    if ticket.typed:
        return _ticket(ticket)
    tool, status, before = filters.tool(), filters.status(), filters.cursor("before", LARGEST_ROW)
    jobs = queries.list_jobs(me(), tool=tool, status=status, before_id=before, limit=JOBS_A_PAGE + 1)
    return render_template(
        "jobs/index.html",
        jobs=jobs[:JOBS_A_PAGE],
        more=len(jobs) > JOBS_A_PAGE,
        tool=tool,
        status=status,
        before=before,
        tools=[tool for tool in tools_for(me()) if tool.jobs],
        statuses=shown.STATUSES,
        account=current.current_account(),
    )


def _ticket(ticket: filters.Ticket) -> str:
    before = filters.cursor("before", LARGEST_ROW)
    found = []
    if ticket.number is not None:
        found = queries.traces(me(), ticket.number, before_job=before, limit=TRACES_A_PAGE + 1)
    return render_template(
        "jobs/ticket.html",
        ticket=ticket,
        traces=found[:TRACES_A_PAGE],
        more=len(found) > TRACES_A_PAGE,
        before=before,
        account=current.current_account(),
    )


@bp.get(JOB)
def show(job_id: int) -> str:
    """One job, with its tickets."""
    job = the_job(job_id)
    part, ticket, after = filters.part(), filters.ticket(), filters.cursor("after", LARGEST_ID) or 0
    items = queries.list_items(job.id, part, ticket_id=ticket.number, after_ticket=after, limit=TICKETS_A_PAGE + 1)
    return render_template(
        "jobs/show.html",
        **_live_part(job),
        items=[] if ticket.wrong else items[:TICKETS_A_PAGE],
        more=len(items) > TICKETS_A_PAGE,
        outcome=part.outcome,
        error=part.error,
        ticket=ticket,
        after=after,
        tool=tools().get(job.tool),
    )


@bp.get(f"{JOB}/live")
def live(job_id: int) -> str:
    """The part of a job's page that changes while the job is under way; the page itself includes the same."""
    return render_template("jobs/live.html", **_live_part(the_job(job_id)))


@bp.post(f"{JOB}/cancel")
def cancel(job_id: int) -> Response:
    """Stop the job."""
    return _pass_on(service.cancel, job_id, "The job stops. What is at Zendesk already will finish.")


@bp.post(f"{JOB}/pause")
def pause(job_id: int) -> Response:
    """Pause the job."""
    return _pass_on(service.pause, job_id, "The job pauses after what is at Zendesk already.")


@bp.post(f"{JOB}/resume")
def resume(job_id: int) -> Response:
    """Let the job go on."""
    check_tool(the_job(job_id))
    return _pass_on(partial(service.resume, user=me()), job_id, "The job goes on where it stopped.")


@bp.post(f"{JOB}/continue")
def go_on(job_id: int) -> Response:
    """A person has looked at the first tickets: let the job go on."""
    check_tool(the_job(job_id))
    return _pass_on(partial(service.go_on, user=me()), job_id, "The job goes on with the rest.")


@bp.post(f"{JOB}/mark")
def mark(job_id: int) -> Response:
    """Note what a person found on tickets whose outcome is unknown, those that were ticked."""
    job = the_job(job_id)
    check_tool(job)
    there = {"yes": True, "no": False}.get(request.form.get("there", ""))
    tickets = [numbers.zendesk_id(number) for number in request.form.getlist("ticket_id")]
    if there is None or None in tickets or len(tickets) > UNKNOWN_SHOWN:
        abort(400)
    if not tickets:
        flash("Tick the tickets that you looked at, then say what you found.", "error")
    try:
        for ticket_id in filter(None, tickets):
            service.mark(job.id, ticket_id, there)
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for(".show", job_id=job.id, _anchor="to-check"), 303)


@bp.post(f"{JOB}/look")
def look_again(job_id: int) -> Response:
    """Read once more the tickets whose outcome is unknown."""
    job = the_job(job_id)
    check_tool(job)
    try:
        looked = service.look_again(job.id)
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
    else:
        flash(wording.looked_again(looked.told, the_job(job_id).unknown, looked.left), "info")
    return redirect(url_for(".show", job_id=job_id, _anchor="to-check"), 303)


def _pass_on(command: Any, job_id: int, sentence: str) -> Response:
    """Pass a command on, and show the job again: with the sentence, or with the reason why not."""
    the_job(job_id)
    try:
        job = command(job_id)
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
    else:
        if not job.ended:
            flash(sentence, "info")
    return redirect(url_for(".show", job_id=job_id), 303)


def _live_part(job: Job) -> dict[str, Any]:
    kind = job_kinds().get(job.tool)
    finished_preview = job.dry_run and job.status == Status.COMPLETED and job.summary is not None
    undoing, account = undo.undoing_of(job), current.current_account()
    template = undo.TEMPLATE if undoing else kind.preview_template if kind else None
    return {
        "job": job,
        "account": account,
        "undoing": undoing,
        "undo": taking_back.undo_of(job),
        "must_type": undo.must_type(job, account) if undoing and finished_preview else None,
        "family": family(me(), job),
        "to_do": rest.left_to_do(job),
        "names": undo.names_of(job),
        "milestone": shown.milestone(job),
        "pace": queries.pace(job),
        "at_zendesk": 0 if job.ended else queries.at_zendesk(job.id),
        "preview": template if finished_preview else None,
        "summary": job.summary,
        "briefing": kind.briefing(job) if kind and kind.briefing and finished_preview and not undoing else None,
        "first": _first(job) if shown.wants_a_look(job) else None,
        "to_check": _to_check(job),
        "warnings": shown.warnings(job),
        "reasons": queries.failures_by_reason(job.id) if job.ended and not finished_preview else [],
        "share_left": None if job.ended else gauge.share_left(),
        "sequel": retries.sequel_of(job),
        "to_retry": retries.left_to_retry(job),
        "hold": writing.hold(),
        "since": _since(job),
        "origin": db.session.get(Job, job.source_job_id) if job.source_job_id else None,
        "token": secrets.token_urlsafe(16),
        "Status": Status,
        "DRIVEN": DRIVEN,
        "Relation": Relation,
    }


def _first(job: Job) -> list[JobItem]:
    """The tickets that were sent before the others, to be looked at: what was changed, refused, or is not known."""
    sent = (queries.list_items(job.id, Part(outcome), limit=FIRST_SHOWN) for outcome in SENT)
    return [item for items in sent for item in items][:FIRST_SHOWN]


def _to_check(job: Job) -> list[JobItem]:
    """The first tickets of an ended or paused job that only a person can tell about."""
    if not job.unknown or not (job.ended or job.status == Status.PAUSED):
        return []
    return queries.list_items(job.id, Part(Outcome.UNKNOWN), limit=UNKNOWN_SHOWN)


def _since(job: Job) -> tuple[int, list[since.Since]] | None:
    """What others changed on the tickets of an earlier job, since it read or changed them; None where none is meant."""
    if not job.dry_run or job.relation not in READ_AGAIN or job.listed_at is None or job.purged_at is not None:
        return None
    number, first = queries.list_changed(job.id, limit=CHANGED_SHOWN)
    return number, [since.told(job, item) for item in first]
