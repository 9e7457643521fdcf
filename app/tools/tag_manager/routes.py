"""The pages of Tag Manager: fill in, preview (a dry run), and carry the preview out."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.jobs import service
from app.tools import on_view
from app.tools.tag_manager.forms import TagForm
from config import Config

bp = Blueprint("tag_manager", __name__, template_folder="templates")

SLUG = "tag-manager"
PREFILLED = {"view_id": "view", "add": "add", "remove": "remove"}  # form field: name in the address
BATCH = 100
SECONDS_A_BATCH = 11.0  # what Zendesk's own job for 100 tickets takes (recorded.md: 10 to 12 s)


@bp.get("")
def choose() -> str:
    """The form; `?view=`, `?add=` and `?remove=` fill it in."""
    form = TagForm(**{field: request.args.get(name, "") for field, name in PREFILLED.items()})
    form.fresh_token()
    return _page(form)


@bp.post("")
def preview() -> Response | tuple[str, int]:
    """Start the dry run."""
    form = TagForm()
    if not form.validate():
        return _page(form), 422
    try:
        job = on_view.preview(SLUG, form)
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
        return _page(form), refusal.status
    return redirect(url_for("job_pages.show", job_id=job.id), 303)


@bp.post("/apply")
def apply() -> Response:
    """Carry out a preview: change exactly the tickets that it listed."""
    source = request.form.get("source_job_id", type=int)
    return redirect(url_for(".choose"), 303) if source is None else on_view.carry_out(SLUG, source)


@bp.app_template_filter("tagging_seconds")
def tagging_seconds(tickets: int) -> float:
    """Seconds that Zendesk will need for so many changes, in batches of 100, several at a time; only a guess."""
    config: Config = current_app.extensions["config"]
    return max(1, ceil(ceil(tickets / BATCH) / config.max_inflight_jobs)) * SECONDS_A_BATCH


def _page(form: TagForm) -> str:
    return render_template("tag_manager/choose.html", form=form, **on_view.parts())
