"""The pages of Tag Manager: fill in, preview (a dry run), and carry the preview out."""

from __future__ import annotations

from math import ceil

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.auth.me import me
from app.connection import account, views
from app.connection.whose_eyes import offered
from app.jobs import service
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
    if not form.validate() or form.chosen is None:
        return _page(form), 422
    try:
        job = service.submit(
            service.Submission(
                tool=SLUG,
                user=me(),
                parameters=form.parameters,
                view_id=form.chosen.id,
                view_title=form.chosen.title,
                names_current_user=form.chosen.current_user,
                idempotency_key=form.key(),
            )
        )
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
        return _page(form), refusal.status
    return redirect(url_for("job_pages.show", job_id=job.id), 303)


@bp.post("/apply")
def apply() -> Response:
    """Carry out a preview: change exactly the tickets that it listed."""
    source = request.form.get("source_job_id", type=int)
    if source is None:
        return redirect(url_for(".choose"), 303)
    try:
        job = service.submit(
            service.Submission(
                tool=SLUG,
                user=me(),
                parameters=None,
                dry_run=False,
                source_job_id=source,
                expected_total=request.form.get("expected_total", type=int),
                accept_current_user="accept_current_user" in request.form,
                idempotency_key=f"apply-{source}-{request.form.get('token', '')[:64]}",
            )
        )
    except service.JobRefused as refusal:
        flash(refusal.message, "error")
        return redirect(url_for("job_pages.show", job_id=source), 303)
    return redirect(url_for("job_pages.show", job_id=job.id), 303)


@bp.app_template_filter("tagging_seconds")
def tagging_seconds(tickets: int) -> float:
    """Seconds that Zendesk will need for so many changes, in batches of 100, several at a time; only a guess."""
    config: Config = current_app.extensions["config"]
    return max(1, ceil(ceil(tickets / BATCH) / config.max_inflight_jobs)) * SECONDS_A_BATCH


def _page(form: TagForm) -> str:
    config: Config = current_app.extensions["config"]
    listed = views.views()
    mine = offered(me(), listed)
    return render_template(
        "tag_manager/choose.html",
        form=form,
        views=mine,
        left_out=len(listed) - len(mine),
        account=account.current_account(),
        sync_limit=config.sync_ticket_limit,
        async_limit=config.async_ticket_limit,
    )
