"""Sign in and sign out in a browser."""

from __future__ import annotations

import math

import structlog
from flask import Blueprint, make_response, redirect, render_template, request, session
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.wrappers import Response

from app.audit.flood import record_one
from app.audit.log import record
from app.auth import devices, people, sessions, throttle
from app.auth.access import public
from app.auth.addresses import EMAIL, LONGEST_EMAIL
from app.auth.landing import landing
from app.auth.models import User
from app.auth.throttle import submitted_email
from app.presentation import duration
from app.web.errors import csrf_refused

bp = Blueprint("sign_in", __name__, template_folder="templates")
log = structlog.get_logger(__name__)

FAILED, THROTTLED = 401, 429
TOO_OLD = "This page was open for a long time. Please sign in once more."
WRONG = "That e-mail and password do not belong together. Check both, and the Caps Lock key."


@bp.get("/login")
@public
def show_sign_in() -> str | Response:
    """The form; who is signed in already is taken on."""
    target = request.args.get("next")
    if current_user.is_authenticated:
        return redirect(landing(target))
    return render_template("sign_in/login.html", email="", next=target, problem=None)


@bp.post("/login")
@public
def sign_in() -> Response:
    """Check the password and start a session under a new id; every failure gets the same answer."""
    email = submitted_email()
    with throttle.sign_in(email) as attempt:
        if attempt.wait:
            return _throttled(email, attempt.wait)
        user = people.with_password(email, request.form.get("password", ""))
        sid = sessions.start(user) if user else None
        attempt.right = sid is not None
    if user is None or sid is None:
        log.warning("sign-in failed", email=_as_typed(email))
        record_one("sign_in.failed", throttle.network(), f"A sign-in failed for {_as_typed(email)}.")
        return _form_again(WRONG, FAILED)
    return _signed_in(user, sid, landing(request.form.get("next")))


@bp.post("/logout")
@public
def sign_out() -> Response:
    """End the session, here and for every copy of its cookie."""
    _end_session()
    if current_user.is_authenticated:
        record("sign_in.ended", "user", current_user.id, f"{current_user.email} signed out.")
    return redirect("/login")


@bp.errorhandler(CSRFError)
def ask_again(error: CSRFError) -> Response:
    """A sign-in form older than its cookie is shown again, with a fresh token; a person need not know what that is."""
    return _form_again(TOO_OLD, 400) if request.endpoint == f"{bp.name}.{sign_in.__name__}" else csrf_refused(error)


def _throttled(email: str, seconds: float) -> Response:
    """Not even the right password is taken for a while; how long says the same of addresses without an account."""
    log.warning("sign-in throttled", email=_as_typed(email))
    record_one("sign_in.throttled", throttle.network(), f"Too many sign-ins failed: one for {_as_typed(email)} waits.")
    response = _form_again(f"Too many sign-ins failed. Try again in {duration(seconds)}.", THROTTLED)
    response.headers["Retry-After"] = str(max(1, math.ceil(seconds)))
    return response


def _form_again(problem: str, status: int) -> Response:
    form = {"email": submitted_email(), "next": request.form.get("next")}
    return make_response(render_template("sign_in/login.html", **form, problem=problem), status)


def _as_typed(email: str) -> str:
    """People type passwords into the wrong field: only an address may stand in the logs."""
    known = EMAIL.fullmatch(email) and len(email) <= LONGEST_EMAIL
    return email if known else "something that is no e-mail address"


def _signed_in(user: User, sid: str, target: str) -> Response:
    _end_session()
    session[sessions.KEY] = sid
    log.info("signed in", user=user.id)
    record("sign_in.done", "user", user.id, f"{user.email} signed in.", actor=user)
    response = make_response(redirect(target))
    devices.remember(response, user.email)
    throttle.signed_in(user.email)
    return response


def _end_session() -> None:
    """Forget everything of the session so far, its CSRF token too: what was known of it before is worth nothing now."""
    if old := session.get(sessions.KEY):
        sessions.end(old)
    session.clear()
