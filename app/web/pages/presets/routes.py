"""The list of presets, and what people do there: run, rename, share, delete, take files out and bring them in."""

from __future__ import annotations

import json
import secrets

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.account.connection import current
from app.audit.log import record
from app.auth.me import me
from app.extensions import db
from app.jobs.commands import presets
from app.jobs.commands.create import JobRefused
from app.jobs.presets.models import LONGEST_NAME, Preset
from app.jobs.sources import registry
from app.presentation import plural
from app.tools import again
from app.tools.mounted import job_kinds, tools, tools_for
from app.web.api import preset_files, running
from app.web.errors import ApiError
from app.web.pages.jobs.reached import the_job

bp = Blueprint("presets", __name__, template_folder="templates")
PRESET = "/presets/<row:preset_id>"
LONGEST_TOKEN = 64


@bp.get("/presets")
def index() -> str:
    """Presets by name: one's own and those that others share."""
    return render_template(
        "presets/index.html",
        presets=running.seen_by(me()),
        account=current.current_account(),
        tools=tools(),
        offered=[tool for tool in tools_for(me()) if tool.jobs],
        may_change=lambda preset: presets.may_change(preset, me()),
        form_of=_form_of,
        longest_name=LONGEST_NAME,
        token=secrets.token_urlsafe(16),
    )


@bp.get("/presets/export.json")
def export() -> Response:
    """The presets of the connected account that the person may see, as a file."""
    document = preset_files.filed(running.seen_by(me()), me())
    db.session.commit()
    number = len(document["presets"])
    record("preset.exported", "preset", summary=f"Exported {plural(number, 'preset')}.")
    headers = {"Content-Disposition": 'attachment; filename="presets.json"'}
    return Response(json.dumps(document, indent=2), mimetype="application/json", headers=headers)


@bp.post("/presets/import")
def import_file() -> Response:
    """Keep the presets of a file as the person's own: all of them or none."""
    file = request.files.get("file")
    try:
        number = preset_files.take_in(file.stream.read(preset_files.MOST_BYTES + 1) if file else b"", me())
    except (ApiError, JobRefused) as refusal:
        flash(refusal.message, "error")
    else:
        flash(f"{plural(number, 'preset')} imported.", "success")
    return redirect(url_for(".index"), 303)


@bp.post(f"{PRESET}/run")
def run(preset_id: int) -> Response:
    """Preview what the preset says."""
    preset = _one(preset_id)
    key = f"preset-{preset_id}-{request.form.get('token', '')[:LONGEST_TOKEN]}"
    try:
        job = running.run(preset, me(), key=key)
    except (ApiError, JobRefused) as refusal:
        said = " ".join(dict.fromkeys((refusal.fields or {}).values())) or refusal.message
        flash(f"“{preset.name}” was not run. {said}", "error")
        return redirect(url_for(".index"), 303)
    return redirect(url_for("jobs.show", job_id=job.id), 303)


@bp.post(f"{PRESET}/change")
def change(preset_id: int) -> Response:
    """Rename it, share it or keep it private."""
    preset = _one(preset_id)
    try:
        presets.change(preset, me(), name=request.form.get("name", ""), shared="shared" in request.form)
    except JobRefused as refusal:
        flash(refusal.message, "error")
    else:
        flash("The preset is changed.", "success")
    return redirect(url_for(".index"), 303)


@bp.post(f"{PRESET}/delete")
def delete(preset_id: int) -> Response:
    """Delete it."""
    preset = _one(preset_id)
    try:
        presets.remove(preset, me())
    except JobRefused as refusal:
        flash(refusal.message, "error")
    else:
        flash(f"The preset “{preset.name}” is deleted. Jobs that were made of it stay.", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/jobs/<row:job_id>/preset")
def save(job_id: int) -> Response:
    """Save what a job was asked for."""
    job = the_job(job_id)
    if again.again(job) is None:
        raise NotFound
    new = presets.NewPreset(
        name=request.form.get("name", ""),
        tool=job.tool,
        source=again.origin(job),
        source_title=job.source_title,
        parameters=job.parameters,
        canary=job.canary or 0,
        shared="shared" in request.form,
    )
    try:
        presets.save(me(), [new], job.account)
    except JobRefused as refusal:
        flash(f"Nothing was saved. {refusal.message}", "error")
        return redirect(url_for("jobs.show", job_id=job_id, _anchor="details-title"), 303)
    flash("The preset is saved.", "success")
    return redirect(url_for(".index"), 303)


def _one(preset_id: int) -> Preset:
    try:
        return running.one(me(), preset_id)
    except ApiError as missing:
        raise NotFound from missing


def _form_of(preset: Preset) -> str | None:
    """The form with what the preset says, where the tool is there."""
    if preset.tool not in job_kinds() or not tools()[preset.tool].open_to(me()):
        return None
    instead = {again.AS_PRESET: preset.id}
    return again.of_preset(preset.tool, preset.parameters, registry.kept(preset.source), instead)
