"""The pages of people: the list, a new account, one account with everything that an admin can change of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from app.auth import people, tokens
from app.auth.models import ROLES, User
from app.auth.people import PersonRefused
from app.web.confirm import confirmed

bp = Blueprint("people", __name__, url_prefix="/admin/people", template_folder="templates")

PERSON = "/<row:user_id>"
REFUSED = 422


@bp.get("")
def index() -> str:
    """All people, with how many browsers each is signed in."""
    return render_template("admin/people/index.html", everybody=people.all_people())


@bp.get("/new")
def ask() -> str:
    """The form for a new account."""
    return render_template("admin/people/new.html", typed={}, roles=ROLES, problem=None)


@bp.post("/new")
@confirmed("open an account")
def create() -> AnyResponse:
    """Create the account; a password that was invented is shown, this once."""
    form = request.form
    typed = form.get("new_password", "")
    password = typed or people.invented_password()
    try:
        user_id = people.create(form.get("email", ""), password, form.get("role", ""), form.get("name", ""))
    except PersonRefused as refusal:
        page = render_template("admin/people/new.html", typed=form, roles=ROLES, problem=str(refusal))
        return make_response(page, REFUSED)
    if not typed:
        return _page(user_id, password=password)
    flash("The account is open, with the password that you typed.", "success")
    return redirect(url_for(".show", user_id=user_id), 303)


@bp.get(PERSON)
def show(user_id: int) -> Response:
    """One account."""
    return _page(user_id)


@bp.post(f"{PERSON}/password")
@confirmed("give a person a new password")
def reset_password(user_id: int) -> AnyResponse:
    """Give a new password; one that was invented is shown, this once."""
    typed = request.form.get("new_password", "")
    password = typed or people.invented_password()
    try:
        people.set_password(_person(user_id).email, password)
    except PersonRefused as refusal:
        return _page(user_id, problem=str(refusal))
    if not typed:
        return _page(user_id, password=password)
    flash("The password is changed, and all sessions and API tokens have ended.", "success")
    return _back(user_id)


@bp.post(f"{PERSON}/role")
@confirmed("change a role")
def change_role(user_id: int) -> AnyResponse:
    """Make an admin of an agent, or the other way round."""
    role = request.form.get("role", "")
    return _do(user_id, lambda email: people.set_role(email, role), f"The role is {role} now; all sessions have ended.")


@bp.post(f"{PERSON}/deactivate")
def deactivate(user_id: int) -> AnyResponse:
    """Close the account."""
    return _do(user_id, people.deactivate, "The account is closed: no sign-in, no API token counts any more.")


@bp.post(f"{PERSON}/reactivate")
@confirmed("open an account again")
def reactivate(user_id: int) -> AnyResponse:
    """Open a closed account again."""
    return _do(user_id, people.reactivate, "The account is open again, with its password and its API tokens.")


@bp.post(f"{PERSON}/end-sessions")
def end_sessions(user_id: int) -> AnyResponse:
    """Sign the person out everywhere."""
    return _do(user_id, people.end_sessions, "All sessions and API tokens have ended.")


@bp.post(f"{PERSON}/tokens/<row:token_id>/revoke")
def revoke_token(user_id: int, token_id: int) -> AnyResponse:
    """Refuse a token from now on."""
    if tokens.revoke(token_id, _person(user_id)):
        flash("The token is revoked. Scripts that use it are refused from now on.", "success")
    return _back(user_id)


def _do(user_id: int, change: Callable[[str], None], sentence: str) -> AnyResponse:
    try:
        change(_person(user_id).email)
    except PersonRefused as refusal:
        return _page(user_id, problem=str(refusal))
    flash(sentence, "success")
    return _back(user_id)


def _person(user_id: int) -> User:
    return people.by_id(user_id) or abort(404)


def _page(user_id: int, *, problem: str | None = None, password: str | None = None) -> Response:
    page = render_template(
        "admin/people/show.html",
        person=_person(user_id),
        tokens=tokens.of(user_id),
        now=time.time(),
        roles=ROLES,
        problem=problem,
        password=password,
    )
    return make_response(page, REFUSED if problem else 200)


def _back(user_id: int) -> AnyResponse:
    return redirect(url_for(".show", user_id=user_id), 303)
