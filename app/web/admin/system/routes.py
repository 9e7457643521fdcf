"""`/admin/system`: the parts of the installation; `/admin/system/retention`: what is kept, and for how long."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response

from app.account.connection import current, gauge
from app.audit import log as audit
from app.auth.me import me
from app.extensions import db
from app.retention import policy, purge
from app.retention.policy import Policy
from app.web.admin.system.budget import picture
from app.web.admin.system.forms import RetentionForm
from app.web.admin.system.overview import Looker
from app.web.confirm import confirmed

bp = Blueprint("system", __name__, url_prefix="/admin/system", template_folder="../templates")

JUST_NOW = 2.0  # seconds
A_MOMENT = 5.0  # seconds that a person waits for a removal; beat does the rest


@bp.record
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions["overview"] = Looker()


@bp.get("")
def index() -> str:
    """All parts; the page asks for `live` by itself. The admin who opens it wants to know how it is now."""
    current.identity(at_most=JUST_NOW)
    return render_template("admin/system.html", **_now())


@bp.get("/live")
def live() -> str:
    """The part of the page that changes by itself."""
    return render_template("admin/system_live.html", **_now())


@bp.get("/retention")
def show_retention() -> str:
    """What is decided, and what would be removed now."""
    rules = policy.current()
    return _retention(RetentionForm(obj=rules), rules)


@bp.post("/retention")
@confirmed("change how long things are kept")
def decide_retention() -> str | tuple[str, int] | Response:
    """Keep things for so long from now on; nothing is removed before the next hour, or a click."""
    form, before = RetentionForm(), policy.current()
    if not form.validate_on_submit():
        return _retention(form, before), 422
    rules = form.rules()
    db.session.commit()
    policy.decide(rules, me().id)
    summary = f"Retention: tickets {rules.ticket_days} days, audit log {rules.audit_days} days; 0 is forever."
    audit.record("settings.retention", "settings", "retention", summary, before=vars(before), after=vars(rules))
    flash("Saved. What is too old by these rules goes within the hour.", "success")
    return redirect(url_for(".show_retention"), 303)


@bp.post("/retention/look")
def look_first() -> str | tuple[str, int]:
    """The dry run of rules that are typed and not saved: what would be removed by them now."""
    form = RetentionForm()
    if not form.validate_on_submit():
        return _retention(form, policy.current()), 422
    db.session.commit()
    return _retention(form, form.rules(), saved=False)


@bp.post("/retention/run")
@confirmed("remove what is too old now")
def run_retention() -> Response:
    """Remove now what is too old."""
    db.session.commit()
    removed = purge.run(policy.current(), seconds=A_MOMENT, asked=True)
    rest = "" if removed.all else " The rest follows within the hour."
    flash(f"Removed {removed}.{rest}", "success" if removed.all else "info")
    return redirect(url_for(".show_retention"), 303)


def _retention(form: RetentionForm, rules: Policy, *, saved: bool = True) -> str:
    return render_template("admin/retention.html", form=form, rules=rules, old=purge.look(rules), saved=saved)


def _now() -> dict[str, Any]:
    reserve = current_app.extensions["config"].rate_reserve
    return {"overview": _looker().look(), "budget": picture(gauge.look(), reserve)}


def _looker() -> Looker:
    return current_app.extensions["overview"]
