"""The pages of Apply Macro to View: choose, preview (a dry run), and carry the preview out."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from app.auth.me import me
from app.jobs import service
from app.macros.shelf import opened
from app.tools import on_view
from app.tools.apply_macro import picker
from app.tools.apply_macro.forms import MacroForm

bp = Blueprint("apply_macro", __name__, template_folder="templates")

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
    """The macros that fit `?q=` and `?category=`: the part of the form that changes while somebody types."""
    return render_template("apply_macro/macros.html", **_macros(_from_address()))


@bp.post("")
def preview() -> Response | str | tuple[str, int]:
    """Start the dry run; or, without a script, look for macros."""
    form = MacroForm()
    if "find" in request.form:
        return _page(form)
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
    return redirect(url_for("job_pages.show", job_id=job.id), 303)


def _from_address() -> MacroForm:
    return MacroForm(**{field: request.args.get(name, "") for field, name in PREFILLED.items()})


def _page(form: MacroForm) -> str:
    return render_template("apply_macro/choose.html", **on_view.parts(), **_macros(form))


def _macros(form: MacroForm) -> dict[str, Any]:
    """What the list of macros shows; `found` is None while they have never been read."""
    head, index = opened()
    found = picker.find(index, form.looked_for(), me(), form.macro) if index else None
    return {"form": form, "head": head, "found": found}
