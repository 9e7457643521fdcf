"""Buttons of a job's page that make another job of its tickets: retry, the rest, take back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, request, url_for
from werkzeug.wrappers import Response

from app import numbers
from app.account.connection import current
from app.auth.me import me
from app.jobs.commands import again, service
from app.jobs.commands.create import JobRefused
from app.jobs.commands.undoes import Wanted
from app.jobs.models import Job
from app.jobs.sources.frozen import FrozenList
from app.jobs.store.part import CODE
from app.web.pages.jobs.reached import check_tool, the_job
from app.web.pages.jobs.undo import MOST_NAMED, must_type

JOB = "/jobs/<row:job_id>"
LONGEST_TOKEN, LONGEST_TYPED, LONGEST_NAME = 64, 20, 64


def retry(job_id: int) -> Response:
    """Preview the failed tickets once more, read anew, with what changed since."""
    return _previewed(job_id, "retry", again.retry)


def rest(job_id: int) -> Response:
    """Preview the tickets that were never started, read anew, with what changed since."""
    return _previewed(job_id, "rest", again.do_rest)


def undo(job_id: int) -> Response:
    """Preview taking the job back, or the part of it that was filled in."""
    wanted = _wanted()
    if isinstance(wanted, str):
        flash(wanted, "error")
        return redirect(url_for("jobs.show", job_id=job_id, _anchor="take-back"), 303)
    return _previewed(job_id, "undo", lambda number, user, **how: again.take_back(number, user, wanted, **how))


def take_back(job_id: int) -> Response | tuple[str, int]:
    """Carry out the preview of an undo, on exactly its list; above a number of tickets that number is typed."""
    preview = the_job(job_id)
    check_tool(preview)
    wanted = must_type(preview, current.current_account())
    if wanted is not None and numbers.typed(request.form.get("typed", "")) != wanted:
        typed = "".join(filter(str.isprintable, request.form.get("typed", "")))[:LONGEST_TYPED]
        mistyped = f"Nothing was sent. Type {wanted:,}, the number of tickets that are taken back."
        g.confirmation = {"typed": typed, "mistyped": mistyped}
        return current_app.ensure_sync(current_app.view_functions["jobs.show"])(job_id=job_id), 422
    submission = service.Submission(
        tool=preview.tool,
        user=me(),
        parameters=None,
        source=FrozenList(job_id=preview.id),
        dry_run=False,
        expected_total=numbers.whole(request.form.get("expected_total"), 0, numbers.LARGEST_ROW),
        idempotency_key=_key("take-back", preview.id),
    )
    return _shown(job_id, lambda: service.submit(submission))


def mount(bp: Blueprint) -> None:
    """Attach these to the pages of jobs."""
    for view in (retry, rest, undo):
        bp.post(f"{JOB}/{view.__name__}")(view)
    bp.post(f"{JOB}/take-back")(take_back)


def _previewed(job_id: int, act: str, ask: Callable[..., Job]) -> Response:
    job = the_job(job_id)
    check_tool(job)
    return _shown(job_id, lambda: ask(job.id, me(), idempotency_key=_key(act, job_id)))


def _shown(job_id: int, made: Callable[[], Job]) -> Response:
    """The page of the new job, or the old one again with the reason why not."""
    try:
        job_id = made().id
    except JobRefused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _key(act: str, job_id: int) -> str:
    return f"{act}-{job_id}-{request.form.get('token', '')[:LONGEST_TOKEN]}"


def _wanted() -> Wanted | str:
    """The part that was filled in; or a sentence, where it does not fit."""
    form = request.form
    names = tuple(sorted({name[:LONGEST_NAME] for name in form.getlist("field")}))
    typed = form.get("tickets", "").replace(",", " ").split()
    tickets = [numbers.zendesk_id(each.removeprefix("#")) for each in typed]
    if None in tickets:
        wrong = next(each for each, number in zip(typed, tickets, strict=True) if number is None)
        return f"“{wrong[:LONGEST_TYPED]}” is no ticket number. Nothing was started."
    if len(tickets) > MOST_NAMED:
        return f"Name {MOST_NAMED:,} tickets at most, or take all of them back. Nothing was started."
    error = form.get("error", "")
    whole: dict[str, Any] = {
        "fields": names or None,
        "ticket_ids": tuple(filter(None, tickets)) or None,
        "errors": (error,) if CODE.fullmatch(error) else None,
        "closed": True if form.get("closed") else None,
    }
    return Wanted(**whole)
