"""`/_sandbox/`: what goes wrong now, buttons for what else could, and an agent to let loose. For this machine only."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

from flask import Blueprint, Response, redirect, render_template, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from ..errors import ApiError
from ..faults import EDITS, STANDING, edit_as_agent
from ..gate import world
from ..routes.control import admit
from .scenarios import BY_SLUG, GROUPS, sentence

bp = Blueprint("control_page", __name__, url_prefix="/_sandbox", template_folder="templates")
bp.before_request(admit)

CSS = Path(__file__).with_name("control.css")
EDIT_WORDS = (
    "writes an internal note",
    "adds the tag called_back",
    "sets the status to on-hold, with a note",
    "replies to the customer and sets the status to pending",
    "opens the ticket again, with a note",
)
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


@bp.before_request
def refuse_other_sites() -> None:
    """A web page elsewhere may send a form here, but its browser says from where."""
    origin = request.headers.get("Origin")
    if request.method == "POST" and origin is not None and urlsplit(origin).netloc != request.host:
        raise ApiError(403, {"error": "That form is not from this page."})


@bp.after_request
def harden(response: Response) -> Response:
    response.headers.update(HEADERS)
    return response


@bp.get("/")
def show() -> str:
    """The page."""
    here = world()
    return render_template(
        "control.html",
        world=here,
        rules=list(here.faults.rules.values()),
        at_work=len(here.zendesk_jobs.at_work()),
        sentence=sentence,
        standing=STANDING,
        groups=GROUPS,
        edits=EDIT_WORDS,
        agent=here.busy_agent.name,
        said=request.args.get("said", "")[:200],
    )


@bp.get("/control.css")
def style() -> Response:
    return send_file(CSS, mimetype="text/css")


@bp.post("/scenarios")
def begin() -> AnyResponse:
    """Put a scenario's rule in force."""
    scenario = BY_SLUG.get(request.form.get("scenario", ""))
    if scenario is None:
        raise ApiError(422, {"error": f"There is no such scenario; there are {', '.join(BY_SLUG)}."})
    world().faults.add(scenario.kind, **scenario.settings)
    return _back(f"From now on: {scenario.what}")


@bp.post("/scenarios/end")
def end() -> AnyResponse:
    """Take one rule, or all, out of force."""
    number = request.form.get("rule", "")
    world().faults.remove(int(number) if number.isascii() and number.isdigit() else None)
    return _back("It has ended." if number else "Everything works again.")


@bp.post("/agent")
def edit() -> AnyResponse:
    """Let an agent edit a ticket by hand."""
    ticket, edit = request.form.get("ticket", "").strip().lstrip("#"), request.form.get("edit", "")
    here = world()
    known = ticket.isascii() and ticket.isdigit() and int(ticket) in here.tickets
    if not known or edit not in map(str, range(len(EDITS))):
        return _back(f"There is no ticket {ticket!r} here.")
    before = here.ledger.changes_seen
    edit_as_agent(here, int(ticket), EDITS[int(edit)])
    done = here.ledger.changes_seen > before
    who = here.busy_agent.name
    return _back(f"{who} edited ticket {ticket}." if done else f"Ticket {ticket} does not take that: it is unchanged.")


def _back(said: str) -> AnyResponse:
    return redirect(f"/_sandbox/?said={quote(said)}", 303)
