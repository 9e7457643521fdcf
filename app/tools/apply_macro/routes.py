"""The pages of Apply Macro to View: choose, preview (a dry run), and carry the preview out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, flash, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import frames, numbers
from app.auth.me import me
from app.jobs.commands import again, service
from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.sources.base import Found
from app.jobs.sources.origin import origin
from app.jobs.store import queries
from app.macros.shelf import opened
from app.tools import on_view
from app.tools.apply_macro import picker
from app.tools.apply_macro.briefing import must_type
from app.tools.apply_macro.forms import MacroForm

bp = Blueprint("apply_macro", __name__, template_folder="templates")
bp.add_app_template_filter(frames.document, "framed")

SLUG = "apply-macro-to-view"
LONGEST_TYPED = 40
# Form field: name in the address.
PREFILLED = {"view_id": "view", "macro_id": "macro", "q": "q", "category": "category"}


@bp.get("")
def choose() -> str:
    """The form; `?view=` and `?macro=` fill it in."""
    form = _from_address()
    form.fresh_token()
    return _page(form)


@bp.get("/macros")
def list_macros() -> str:
    """The macros that fit `?q=` and `?category=`: the part of the form that changes while a person types."""
    return render_template("apply_macro/macros.html", **_macros(_from_address()))


@bp.post("")
def preview() -> Response | str | tuple[str, int]:
    """Start the dry run; or, without a script, look for macros."""
    form = MacroForm()
    if "find" in request.form:
        return _page(form)
    if "count" in request.form:
        form.count()
        return _page(form)
    if form.reads_list():
        return _page(form), 422 if form.source.errors else 200
    if not form.validate():
        return _page(form), 422
    try:
        job = on_view.preview(SLUG, form)
    except service.JobRefused as refusal:
        if refusal.code == "unusable":
            form.complain("macro_id", refusal.message)
        else:
            flash(refusal.message, "error")
        return _page(form), refusal.status
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.post("/apply")
def apply() -> Response | tuple[str, int]:
    """Carry out a preview, exactly on the tickets that it listed; a public reply takes the number of them, typed."""
    source = _source()
    problems = _problems(source)
    return (_ask_again(source, problems), 422) if problems else on_view.carry_out(SLUG, source.id)


@bp.post("/render-all")
def render_all() -> Response:
    """Preview the same once more, with every ticket filled in by Zendesk; the source is listed anew."""
    source = _source()
    if source.relation == Relation.RETRY:
        return _retry_rendered(source)
    submission = service.Submission(
        tool=SLUG,
        user=me(),
        parameters=source.parameters,
        source=origin(source),
        found=Found(source.source_title, source.names_current_user),
        render_all=True,
        idempotency_key=on_view.once("render-all", source.id),
    )
    return on_view.started(source.id, submission)


def _retry_rendered(source: Job) -> Response:
    """Preview the same retry once more, with every ticket filled in."""
    assert source.source_job_id is not None  # noqa: S101 - of every job with a relation
    shown = source
    try:
        key = on_view.once("render-all", source.id)
        shown = again.retry(source.source_job_id, me(), render_all=True, idempotency_key=key)
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
    return redirect(url_for("jobs.show", job_id=shown.id), 303)


def _source() -> Job:
    """The preview that a form is about."""
    job = queries.job_for(me(), numbers.row_id(request.form.get("source_job_id")) or 0)
    if job is None or job.tool != SLUG or not job.dry_run:
        abort(404)
    return job


def _problems(source: Job) -> dict[str, str]:
    """What is missing in a confirmation, in sentences."""
    found = {}
    wanted = must_type(source)
    if wanted is not None and numbers.typed(request.form.get("typed", "")) != wanted:
        found["mistyped"] = f"Nothing was sent. Type {wanted:,}, the number of tickets that get the reply."
    if source.names_current_user and "accept_current_user" not in request.form:
        found["unaccepted"] = "Nothing was sent. Tick this if it is so; else choose another view or macro."
    return found


def _ask_again(source: Job, problems: dict[str, str]) -> str:
    """The preview's page, with what was filled in and what is missing."""
    typed = "".join(filter(str.isprintable, request.form.get("typed", "")))[:LONGEST_TYPED]
    g.confirmation = {"typed": typed, "accepted": "accept_current_user" in request.form, **problems}
    return current_app.ensure_sync(current_app.view_functions["jobs.show"])(job_id=source.id)


def _from_address() -> MacroForm:
    return MacroForm(**{field: request.args.get(name, "") for field, name in PREFILLED.items()})


def _page(form: MacroForm) -> str:
    return render_template("apply_macro/choose.html", **on_view.parts(), **_macros(form))


def _macros(form: MacroForm) -> dict[str, Any]:
    """What the list of macros shows; `found` is None while they have never been read."""
    head, index = opened()
    found = picker.find(index, form.query, me(), form.macro) if index else None
    return {"form": form, "head": head, "found": found}
