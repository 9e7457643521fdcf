"""One's own page: name, password, and personal API tokens."""

from __future__ import annotations

import time

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.auth import people, sessions, throttle, tokens
from app.auth.me import me
from app.auth.people import PersonRefused, WrongPassword
from app.presentation import duration
from app.web.confirm import confirmed

bp = Blueprint("profile", __name__, url_prefix="/profile", template_folder="templates")

REFUSED, TOO_OFTEN = 422, 429
LIFETIMES = (30, 90, 180, tokens.MOST_DAYS)  # days that are offered for a new token
NEVER = "never"


@bp.get("")
def index() -> Response:
    """The page."""
    return _page()


@bp.post("/name")
def rename() -> AnyResponse:
    """Take another name."""
    try:
        people.rename(me().email, request.form.get("name", ""))
    except PersonRefused as refusal:
        return _page("name", refusal)
    flash("Your name is saved.", "success")
    return _back()


@bp.post("/password")
def change_password() -> AnyResponse:
    """Change the password; other browsers are signed out, and API tokens end."""
    new = request.form.get("new_password", "")
    with throttle.of_person(me().id) as attempt:
        if attempt.wait:
            refusal = PersonRefused(f"Too many wrong passwords. Try again in {duration(attempt.wait)}.")
            return _page("password", refusal, status=TOO_OFTEN)
        try:
            if new != request.form.get("repeated_password", ""):
                raise PersonRefused("The two new passwords differ. Nothing was changed.")
            here = sessions.is_session(session[sessions.KEY])
            people.change_own_password(me(), request.form.get("password", ""), new, keep=here)
        except WrongPassword as refusal:
            return _page("password", refusal)
        except PersonRefused as refusal:
            attempt.right = True  # no guess: the new password was at fault
            return _page("password", refusal)
        attempt.right = True
    flash("Your password is changed. Other browsers are signed out, and your API tokens have ended.", "success")
    return _back()


@bp.post("/tokens")
@confirmed("make an API token")
def create_token() -> Response:
    """Make a token and show it, this once."""
    public = "public_replies" in request.form
    try:
        token = tokens.create(me(), request.form.get("token_name", ""), public_replies=public, days=_days())
    except PersonRefused as refusal:
        return _page("token", refusal)
    return _page(created=token)


@bp.post("/tokens/<row:token_id>/revoke")
def revoke_token(token_id: int) -> AnyResponse:
    """Refuse a token from now on."""
    if tokens.revoke(token_id, me()):
        flash("The token is revoked. Scripts that use it are refused from now on.", "success")
    return _back()


def _days() -> int | None:
    typed = request.form.get("token_days") or str(tokens.DAYS)
    if typed == NEVER:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= len(str(tokens.MOST_DAYS))):
        raise PersonRefused(f"Say for how many days the token counts, 1 to {tokens.MOST_DAYS}.")
    return int(typed)


def _page(
    part: str = "", refusal: PersonRefused | None = None, created: str | None = None, status: int = REFUSED
) -> Response:
    """The page, with what was refused in one of its parts, or with a new token."""
    page = render_template(
        "profile/index.html",
        person=me(),
        tokens=tokens.of(me().id),
        now=time.time(),
        lifetimes=(*LIFETIMES, NEVER) if me().is_admin else LIFETIMES,
        usual=tokens.DAYS,
        most=tokens.MOST,
        problems={part: str(refusal)} if refusal else {},
        created=created,
        typed=request.form,
    )
    return make_response(page, status if refusal else 200)


def _back() -> AnyResponse:
    return redirect(url_for(".index"), 303)
