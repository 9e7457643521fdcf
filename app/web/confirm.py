"""Asks for the password once more before what a stolen session would be worth most for: "confirm that it is you".

The form that was sent is kept, sealed, in the page that asks, and is carried out when the password comes with it:
nothing that was typed is lost, and no secret in it is shown. For ten minutes it is not asked again in that browser.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from flask import current_app, make_response, render_template, request, session, url_for
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.wrappers import Response

from app.audit.flood import record_one
from app.auth import passwords, sessions, throttle
from app.auth.me import me
from app.presentation import duration
from app.sealing import Sealed, seal, unseal

PASSWORD, KEPT = "confirm_password", "confirm_kept"
NEVER_KEPT = ("csrf_token", PASSWORD, KEPT)
KEPT_SECONDS = 3600
ASKED, WRONG, TOO_OFTEN = 403, 422, 429

P = ParamSpec("P")
R = TypeVar("R")


def confirmed(what: str) -> Callable[[Callable[P, R]], Callable[P, R | Response]]:
    """Let a view that takes a form go on only for a person who gave their password in the last ten minutes.

    :param what: what the view does, as in "Enter your password to …".
    """

    def decorate(view: Callable[P, R]) -> Callable[P, R | Response]:
        @wraps(view)
        def guarded(*args: P.args, **kwargs: P.kwargs) -> R | Response:
            return _asked(what) or view(*args, **kwargs)

        setattr(guarded, "is_confirmed", True)  # noqa: B010 - functions bear marks, their types do not know it
        return guarded

    return decorate


def _asked(what: str) -> Response | None:
    """The page that asks for the password; None when it was given, here or lately."""
    password = request.form.get(PASSWORD)
    if KEPT in request.form and not _take_up(request.form[KEPT]):
        return _page(what, "This page was open for too long. Go back and fill in the form again.", WRONG, kept=False)
    sid = session[sessions.KEY]
    if password is None:
        return None if sessions.confirmed(sid) else _page(what, None, ASKED)
    with throttle.of_person(me().id) as attempt:
        if not attempt.wait:
            attempt.right = passwords.fits(me().password_hash, password)
    if attempt.wait:
        return _page(what, f"Too many wrong passwords. Try again in {duration(attempt.wait)}.", TOO_OFTEN, attempt.wait)
    if not attempt.right:
        record_one("confirmation.failed", f"user {me().id}", f"{me().email} gave a wrong password to {what}.")
        return _page(what, "That is not your password. Nothing was done yet.", WRONG)
    sessions.confirm(sid)
    return None


def _take_up(sealed: str) -> bool:
    """Put the form that was kept in the place of the one that came with the password."""
    try:
        kept = json.loads(unseal(current_app.extensions["config"].encryption_keys, sealed))
    except Sealed:
        return False
    if (kept["user"], kept["path"]) != (me().id, request.path) or time.time() > kept["until"]:
        return False
    form = ImmutableMultiDict([(name, value) for name, value in kept["form"]])
    request.form = form  # pyright: ignore[reportAttributeAccessIssue] - a cached property, which may be set
    return True


def _page(what: str, problem: str | None, status: int, wait: float = 0, *, kept: bool = True) -> Response:
    page = render_template(
        "confirm.html", what=what, problem=problem, kept=_sealed() if kept else None, back=_back(), field=PASSWORD
    )
    response = make_response(page, status)
    if wait:
        response.headers["Retry-After"] = str(max(1, round(wait)))
    return response


def _sealed() -> str:
    form = [item for item in request.form.items(multi=True) if item[0] not in NEVER_KEPT]
    kept = {"user": me().id, "path": request.path, "until": time.time() + KEPT_SECONDS, "form": form}
    return seal(current_app.extensions["config"].encryption_keys, json.dumps(kept))


def _back() -> str:
    return url_for(f"{request.blueprint}.index")
