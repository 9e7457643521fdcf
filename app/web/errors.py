"""What people and scripts read when something goes wrong: a page, or a JSON problem, always with a next step.

JSON problems have the shape `{"error": {"code", "message", "fields"?}}`; the request id is in the X-Request-ID header.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace

import structlog
from flask import Flask, g, jsonify, make_response, redirect, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from markupsafe import escape
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import BadRequestKeyError, HTTPException
from werkzeug.wrappers import Response

from app import zendesk as zd
from app.account.connection.current import NotConnected
from app.account.connection.faults import fault_of, told
from app.audit.flood import record_one
from app.auth import throttle
from app.auth.access import POLLING, NotSignedIn
from app.auth.landing import here
from app.database import SAFE
from app.extensions import db, login
from app.jobs.commands.create import JobRefused
from app.logs import request_id

log = structlog.get_logger(__name__)

NEVER_KEPT = re.compile(r"csrf_token|password|secret|api_token")  # the names of fields
API = "/api/"
FORBIDDEN = 403
BUSY = (zd.RateLimited, zd.TooManyJobs)
DATABASE_AWAY = "The database does not answer. Try again in a minute."


class ApiError(Exception):
    """An answer other than success, for the person or script that asked; raise it anywhere at the edge.

    :param code: one word for programs, such as "unknown_view".
    :param message: a sentence for people.
    :param fields: the fields that do not fit, each with its sentence.
    """

    def __init__(self, code: str, message: str, status: int, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.fields = fields


@dataclass(frozen=True)
class Problem:
    """What is said about an error, to programs (`code`) and to people."""

    status: int
    code: str
    title: str
    message: str
    fields: dict[str, str] | None = None
    headers: dict[str, str] = field(default_factory=dict)


PROBLEMS = {
    problem.status: problem
    for problem in (
        Problem(
            400, "bad_request", "That could not be read", "The request is incomplete or garbled. Go back, try again."
        ),
        Problem(401, "not_signed_in", "Please sign in", "You are not signed in. Sign in, then try again."),
        Problem(
            403, "forbidden", "Not for this role", "Your role may not do this. An admin can, or can change your role."
        ),
        Problem(404, "not_found", "Nothing here", "This address leads nowhere, or to something that you may not see."),
        Problem(405, "method_not_allowed", "Not this way", "This address does not take that kind of request."),
        Problem(
            409, "conflict", "Something changed meanwhile", "It is no longer as it was. Reload the page and look again."
        ),
        Problem(
            413,
            "too_large",
            "Too large",
            "More was sent than is taken at once: 16 MB with a list of tickets, else 1 MB.",
        ),
        Problem(415, "unsupported_media_type", "Not this format", "Send JSON, with Content-Type: application/json."),
        Problem(422, "invalid", "Something does not fit", "Some values do not fit. Go back and correct them."),
        Problem(429, "too_many_requests", "Too many requests", "That was too often. Wait a little, then try again."),
        Problem(
            500,
            "internal_error",
            "That is our fault",
            "Something broke here. Try again; if it stays, tell the person who runs it.",
        ),
        Problem(
            502,
            "zendesk_trouble",
            "Zendesk does not cooperate",
            "Zendesk gave no usable answer. Try again in a minute.",
        ),
        Problem(
            503,
            "unavailable",
            "Not available right now",
            "A part of the service does not answer. Try again in a minute.",
        ),
    )
}


def bind_errors(app: Flask) -> None:
    """Answer every error with a page or a JSON problem, never with a stack trace."""
    app.url_map.merge_slashes = False  # an address with a slash too many is none: programs follow no redirects
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(CSRFError, csrf_refused)
    app.register_error_handler(NotSignedIn, _not_signed_in)
    app.register_error_handler(ApiError, _refusal)
    app.register_error_handler(JobRefused, _refusal)
    app.register_error_handler(zd.ZendeskError, _zendesk)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(RedisError, _redis)


def wants_json() -> bool:
    """Whether the one who asks is a program: the API, a page's own fetching, or an Accept header that says so."""
    best = request.accept_mimetypes.best_match(["text/html", "application/json"], default="text/html")
    return request.path.startswith(API) or POLLING in request.headers or best == "application/json"


def _http(error: HTTPException) -> Response:
    if isinstance(error.response, Response):
        return error.response
    status = error.code or 500
    if status < 400:  # noqa: PLR2004 - a redirect that the router raises
        return make_response(error.get_response())
    known = PROBLEMS.get(status) or replace(PROBLEMS[500 if status >= 500 else 400], status=status)  # noqa: PLR2004
    headers = {name: value for name, value in error.get_headers() if name in ("Allow", "Retry-After")}
    return _answer(replace(known, message=_own_words(error) or known.message, headers=headers))


def _own_words(error: HTTPException) -> str | None:
    """What was said with `abort(404, "…")`; not werkzeug's own words."""
    if isinstance(error, BadRequestKeyError) or error.description == type(error).description:
        return None
    return error.description


def csrf_refused(_error: CSRFError) -> Response:
    """A form or call without a valid CSRF token: nothing was done, and nothing that was typed is lost."""
    message = "The page was open while your sign-in changed, so nothing was done. Reload the page and try again."
    if wants_json():
        message = "The X-CSRFToken header is missing or old; each page bears its value in <meta name=csrf-token>."
    kept = _kept_form()
    if kept is not None:
        message = "The page was open while your sign-in changed, so nothing was done yet. What you entered is kept."
    return _answer(Problem(400, "csrf", "Please send that again", message), kept)


def _not_signed_in(error: NotSignedIn) -> Response:
    known = PROBLEMS[401]
    if wants_json():
        headers = {"WWW-Authenticate": 'Bearer realm="Giga Tools"'} if request.path.startswith(API) else {}
        return _answer(replace(known, message=_own_words(error) or known.message, headers=headers))
    if request.method in SAFE:
        return redirect(url_for("sign_in.show_sign_in", next=here() or None))
    kept = _kept_form()
    message = "Your sign-in has ended, so nothing was done. Sign in and try again."
    if kept is not None:
        message = (
            "Your sign-in has ended, so nothing was done yet. What you entered is kept: sign in, then send it again."
        )
    return _answer(replace(known, message=message), kept)


def _refusal(error: ApiError | JobRefused) -> Response:
    title = PROBLEMS[error.status].title if error.status in PROBLEMS else "That was refused"
    return _answer(Problem(error.status, error.code, title, error.message, error.fields))


def zendesk_problem(error: zd.ZendeskError) -> Problem:
    """What is said about trouble with Zendesk."""
    fault = fault_of(error)
    wait = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(math.ceil(wait))} if wait else {}
    known = PROBLEMS[503 if isinstance(error, (NotConnected, *BUSY)) else 502]
    title = "Zendesk is busy" if isinstance(error, BUSY) else known.title
    message = told(error, f"{fault.what} {fault.then}".rstrip())
    return replace(known, code=fault.code, title=title, message=message, headers=headers)


def _zendesk(error: zd.ZendeskError) -> Response:
    log.warning("zendesk error", error=str(error))
    return _answer(zendesk_problem(error))


def _database(error: OperationalError) -> Response:
    return _part_away(error, DATABASE_AWAY)


def _redis(error: RedisError) -> Response:
    return _part_away(error, "Redis does not answer. Try again in a minute.")


def _part_away(error: Exception, message: str) -> Response:
    log.error("a part does not answer", exc_info=error)
    db.session.rollback()
    return _answer(replace(PROBLEMS[503], message=message, headers={"Retry-After": "30"}))


def _kept_form() -> list[tuple[str, str]] | None:
    """What a form of ours carried, to be sent again by one click; None when another site may have made it."""
    if request.headers.get("Sec-Fetch-Site") != "same-origin":
        return None
    return [item for item in request.form.items(multi=True) if not NEVER_KEPT.search(item[0])]


def _answer(problem: Problem, kept: list[tuple[str, str]] | None = None) -> Response:
    if problem.status == FORBIDDEN:
        _record_refusal()
    if wants_json():
        about = {"code": problem.code, "message": problem.message}
        response = jsonify(error={**about, "fields": problem.fields} if problem.fields else about)
    else:
        response = make_response(_page(problem, kept))
    response.status_code = problem.status
    response.headers.update(problem.headers)
    return response


def _record_refusal() -> None:
    """A person asked for what they may not: the audit log has who and what."""
    db.session.rollback()  # on SQLite a transaction of the request would keep the entry waiting
    who = current_user.email if current_user.is_authenticated else "A visitor who is not signed in"
    source = f"user {current_user.id}" if current_user.is_authenticated else throttle.network()
    record_one("access.refused", source, f"{who} was refused {request.method} {request.path}.")


def _page(problem: Problem, kept: list[tuple[str, str]] | None) -> str:
    """The page for this problem; a bare one when even the template fails, for example without a database."""
    if problem.status >= 500:  # noqa: PLR2004
        g._login_user = login.anonymous_user()  # asking again who is signed in might fail again
    try:
        return render_template(
            "error.html",
            title=problem.title,
            message=problem.message,
            fields=problem.fields,
            kept=kept,
            sign_in_first=problem.status == 401,  # noqa: PLR2004
            request_id=request_id(),
        )
    except Exception:
        log.exception("the error page failed")
        title, message = escape(problem.title), escape(problem.message)
        head = f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        return f"{head}<body><h1>{title}</h1><p>{message}</p></body></html>"
