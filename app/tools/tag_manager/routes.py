"""The pages of Tag Manager: fill in, preview (a dry run), and carry the preview out."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app import numbers
from app.auth.me import me
from app.jobs.commands import service
from app.tools import confirming, on_view, presets
from app.tools.again import filled_in
from app.tools.tag_manager.forms import TagForm

bp = Blueprint("tag_manager", __name__, template_folder="templates")
bp.add_app_template_filter(on_view.bulk_seconds)
bp.add_app_template_filter(on_view.count_said)

SLUG = "tag-manager"
PREFILLED = {"view_id": "view", "add": "add", "remove": "remove", "closed": "closed"}  # form field: name in the address


@bp.get("")
def choose() -> str:
    """The form; `?view=`, `?add=` and `?remove=` fill it in."""
    form = TagForm(**{field: filled_in().get(name, "") for field, name in PREFILLED.items()})
    form.fresh_token()
    return _page(form)


@bp.post("")
def preview() -> Response | str | tuple[str, int]:
    """Start the dry run; or count the tickets that it would be about."""
    form = TagForm()
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
        flash(refusal.message, "error")
        return _page(form), refusal.status
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.post("/apply")
def apply() -> Response | tuple[str, int]:
    """Carry out a preview: change exactly the tickets that it listed; many take the number of them, typed."""
    typed = request.form.get("source_job_id")
    source = confirming.preview_for(me(), SLUG, typed)
    if source and (missing := confirming.problems(source, confirming.must_type(source), "are tagged")):
        return confirming.ask_again(source, missing)
    number = numbers.row_id(typed)
    return redirect(url_for(".choose"), 303) if number is None else on_view.carry_out(SLUG, number)


def _page(form: TagForm) -> str:
    return render_template("tag_manager/choose.html", form=form, **on_view.parts())
