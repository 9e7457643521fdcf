"""The pages of Apply Macro to View: choose, preview (a dry run), and carry the preview out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import frames
from app.auth.me import me
from app.jobs.commands import again, service
from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.sources.base import Found
from app.jobs.sources.origin import origin
from app.macros.shelf import opened
from app.tools import confirming, on_view, presets
from app.tools.again import filled_in
from app.tools.apply_macro import picker
from app.tools.apply_macro.briefing import must_type
from app.tools.apply_macro.forms import MacroForm

bp = Blueprint("apply_macro", __name__, template_folder="templates")
bp.add_app_template_filter(frames.document, "framed")

SLUG = "apply-macro-to-view"
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
    if {"find", "count"} & {*request.form}:
        if "count" in request.form:
            form.count()
        return _page(form)
    if form.reads_list():
        return _page(form), 422 if form.source.errors else 200
    if not form.validate():
        return _page(form), 422
    if presets.asked_for():
        return presets.save(SLUG, form) or (_page(form), 422)
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
    missing = confirming.problems(source, must_type(source), "get the reply")
    return confirming.ask_again(source, missing) if missing else on_view.carry_out(SLUG, source.id)


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
    return confirming.preview_for(me(), SLUG, request.form.get("source_job_id")) or abort(404)


def _from_address() -> MacroForm:
    return MacroForm(**{field: filled_in().get(name, "") for field, name in PREFILLED.items()})


def _page(form: MacroForm) -> str:
    return render_template("apply_macro/choose.html", **on_view.parts(), **_macros(form))


def _macros(form: MacroForm) -> dict[str, Any]:
    """What the list of macros shows; `found` is None while they have never been read."""
    head, index = opened()
    found = picker.find(index, form.query, me(), form.macro) if index else None
    return {"form": form, "head": head, "found": found}
