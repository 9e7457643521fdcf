"""Saving what is filled in on the form of a tool under a name, instead of previewing it."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from werkzeug.wrappers import Response

from app import numbers
from app.account.connection.current import current_host
from app.auth.me import me
from app.jobs.commands import presets
from app.jobs.commands.create import JobRefused
from app.tools.on_view import ViewForm

NO_NUMBER = "Give a whole number of tickets that go first, or leave it empty."


def asked_for() -> bool:
    """Whether the form was sent to be saved."""
    return "save_preset" in request.form


def save(slug: str, form: ViewForm) -> Response | None:
    """Save a valid form and show the list of presets; None where it does not fit: a field then bears the sentence."""
    assert form.chosen is not None  # noqa: S101 - the form is valid
    canary = numbers.whole(form.preset_canary.data or "0", 0, numbers.LARGEST_ROW)
    if canary is None:
        form.complain("preset_name", NO_NUMBER)
        return None
    new = presets.NewPreset(
        name=form.preset_name.data or "",
        tool=slug,
        source=form.chosen,
        source_title=form.found.title if form.found else form.chosen.name,
        parameters=form.parameters,
        canary=canary,
        shared=bool(form.preset_shared.data),
    )
    try:
        presets.save(me(), [new], current_host())
    except JobRefused as refusal:
        form.complain("preset_name", refusal.message)
        return None
    flash("The preset is saved.", "success")
    return redirect(url_for("presets.index"), 303)
