"""One's own page: name, password, and personal API tokens."""

from __future__ import annotations

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, session, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.auth import people, sessions, tokens
from app.auth.me import me
from app.auth.people import PersonRefused
from app.extensions import limiter

bp = Blueprint("profile", __name__, url_prefix="/profile", template_folder="templates")

REFUSED = 422
GUESSES = "10 per 15 minutes"  # of the current password, by somebody at a screen that was left open


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
@limiter.limit(GUESSES, key_func=lambda: f"password of {me().id}", deduct_when=lambda r: r.status_code == REFUSED)
def change_password() -> AnyResponse:
    """Change the password; other browsers are signed out."""
    new = request.form.get("new_password", "")
    try:
        if new != request.form.get("repeated_password", ""):
            raise PersonRefused("The two new passwords differ. Nothing was changed.")
        here = sessions.is_session(session[sessions.KEY])
        people.change_own_password(me(), request.form.get("password", ""), new, keep=here)
    except PersonRefused as refusal:
        return _page("password", refusal)
    flash("Your password is changed. Other browsers are signed out; API tokens go on.", "success")
    return _back()


@bp.post("/tokens")
def create_token() -> Response:
    """Make a token and show it, this once."""
    public = "public_replies" in request.form
    try:
        token = tokens.create(me(), request.form.get("token_name", ""), public_replies=public)
    except PersonRefused as refusal:
        return _page("token", refusal)
    return _page(created=token)


@bp.post("/tokens/<int(max=2147483647):token_id>/revoke")
def revoke_token(token_id: int) -> AnyResponse:
    """Refuse a token from now on."""
    if tokens.revoke(token_id, me()):
        flash("The token is revoked. Scripts that use it are refused from now on.", "success")
    return _back()


def _page(part: str = "", refusal: PersonRefused | None = None, created: str | None = None) -> Response:
    """The page, with what was refused in one of its parts, or with a new token."""
    page = render_template(
        "profile/index.html",
        person=me(),
        tokens=tokens.of(me().id),
        problems={part: str(refusal)} if refusal else {},
        created=created,
        typed=request.form,
    )
    return make_response(page, REFUSED if refusal else 200)


def _back() -> AnyResponse:
    return redirect(url_for(".index"), 303)
