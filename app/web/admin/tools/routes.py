"""The page of tools: a row for each role, with a tick and a cap."""

from __future__ import annotations

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app import numbers
from app.audit.log import record
from app.auth.me import me
from app.auth.models import ROLES
from app.extensions import db
from app.presentation import plural
from app.tools import confirming, rules
from app.tools.mounted import tools
from app.tools.rules import Rule
from app.tools.tool import Tool

bp = Blueprint("tools", __name__, url_prefix="/admin/tools", template_folder="templates")

REFUSED = 422


@bp.get("")
def index() -> Response:
    """All tools with their rules."""
    return _page()


@bp.post("/<slug>")
def decide(slug: str) -> AnyResponse:
    """Keep the rules of one tool."""
    tool = tools().get(slug) or abort(404)
    try:
        decided = {role: _rule(tool, role) for role in ROLES}
    except ValueError as wrong:
        return _page(tool, str(wrong))
    rules.decide(slug, decided)
    told = "; ".join(f"{role}: {_told(tool, rule)}" for role, rule in decided.items())
    record("tool.decided", "tool", slug, f"Decided who may use {tool.title}: {told}.")
    flash(f"The rules of {tool.title} are saved.", "success")
    return redirect(url_for(".index"), 303)


@bp.post("/typed-number")
def decide_typed_number() -> AnyResponse:
    """Keep above how many tickets a person types their number before anything is changed."""
    typed = request.form.get("above", "").strip()
    above = numbers.typed(typed, 0, numbers.LARGEST_ROW)
    if above is None:
        return _page(number_problem="Give a whole number from 0; 0 has the number typed each time.")
    before = confirming.type_above()
    db.session.commit()
    confirming.decide_type_above(above, me().id)
    told = f"Above {plural(above, 'ticket')} their number is typed before tags are changed."
    record("settings.typed_number", "settings", confirming.TYPE_ABOVE, told, before=before, after=above)
    flash(told, "success")
    return redirect(url_for(".index"), 303)


def _rule(tool: Tool, role: str) -> Rule:
    if tool.jobs is None:
        return Rule(f"allowed-{role}" in request.form)
    typed = request.form.get(f"cap-{role}", "").strip()
    cap = numbers.typed(typed, 1, numbers.LARGEST_ROW)
    if typed and cap is None:
        raise ValueError(f"The cap for the role {role} is a whole number from 1, or empty for none.")
    return Rule(f"allowed-{role}" in request.form, cap)


def _told(tool: Tool, rule: Rule) -> str:
    if not rule.allowed:
        return "not at all"
    if tool.jobs is None:
        return "allowed"
    return f"up to {plural(rule.most_tickets, 'ticket')}" if rule.most_tickets else "without a cap"


def _page(wrong: Tool | None = None, problem: str | None = None, *, number_problem: str | None = None) -> Response:
    page = render_template(
        "admin/tools/index.html",
        tools=tools().values(),
        roles=ROLES,
        wrong=wrong,
        problem=problem,
        typed=request.form,
        above=confirming.type_above(),
        number_problem=number_problem,
    )
    return make_response(page, REFUSED if problem or number_problem else 200)
