"""Where links to tickets and macros lead: plain ones in place of Zendesk's own, to read only, for this machine only."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from ..gate import world
from ..history import history_of
from ..routes.control import admit
from ..tickets import Ticket
from ..times import iso
from .page import harden
from .told import about_macro, about_ticket, audit_lines, comments, emails

bp = Blueprint("agent_pages", __name__)
bp.before_request(admit)
bp.after_request(harden)

TICKETS, MACROS = "/agent/tickets", "/admin/workspaces/agent-workspace/macros"
ROWS = 25
LONGEST_ID = 18


@bp.get(TICKETS)
def list_tickets() -> str | AnyResponse:
    """The tickets that were changed last; `number` leads to one."""
    number = request.args.get("number", "").strip().lstrip("#")
    if number:
        return redirect(f"{TICKETS}/{number}") if number.isascii() and number.isdigit() else _unknown()
    latest = sorted(world().tickets.values(), key=lambda ticket: (-ticket.updated_at, ticket.id))[:ROWS]
    return render_template("tickets.html", tickets=latest, iso=iso, here=TICKETS)


@bp.get(f"{TICKETS}/<number>")
def show_ticket(number: str) -> str | AnyResponse:
    """One ticket: what it is, what was said, what happened, who was mailed."""
    here = world()
    ticket: Ticket | None = here.tickets.get(_whole(number))
    if ticket is None:
        return _unknown()
    audits = history_of(ticket)
    return render_template(
        "ticket.html",
        ticket=ticket,
        facts=about_ticket(here, ticket),
        comments=comments(here, audits),
        audits=audit_lines(here, audits),
        emails=emails(here, audits),
        here=TICKETS,
    )


@bp.get(f"{MACROS}/<number>")
def show_macro(number: str) -> str | AnyResponse:
    """One macro: who may use it and what it does."""
    macro = world().macros.get(_whole(number))
    if macro is None:
        return _unknown()
    return render_template("macro.html", macro=macro, facts=about_macro(world(), macro), here=TICKETS)


@bp.get("/agent/")
def begin() -> AnyResponse:
    return redirect(TICKETS)


@bp.get("/agent/<path:rest>")
@bp.get("/admin/<path:rest>")
def nowhere(rest: str) -> AnyResponse:
    return _unknown()


def _whole(text: str) -> int:
    """A number from an address; 0, which nothing bears, for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else 0


def _unknown() -> AnyResponse:
    return Response(render_template("unknown.html", here=TICKETS), 404)
