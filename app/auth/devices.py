"""Known devices: a signed cookie by which a browser that has signed in before is told from strangers.

It opens nothing. It only keeps strangers who guess at an account from locking its owner out: failures of a known device
are counted apart from theirs.
"""

from __future__ import annotations

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeTimedSerializer

from app.auth import secret
from app.auth.addresses import normal_email

MAX_AGE_SECONDS = 365 * 24 * 3600


def known(email: str) -> str | None:
    """The id of the device that asks, if this account has signed in on it; None for a stranger."""
    try:
        account, device = _signer().loads(request.cookies.get(_cookie(), ""), max_age=MAX_AGE_SECONDS)
    except (BadSignature, ValueError, TypeError):
        return None
    return device if account == secret.digest(normal_email(email)) else None


def remember(response: Response, email: str) -> None:
    """Make the browser that receives this answer a known device of the account."""
    response.set_cookie(
        _cookie(),
        _signer().dumps([secret.digest(normal_email(email)), known(email) or secret.new()]),
        max_age=MAX_AGE_SECONDS,
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
        httponly=True,
        samesite="Lax",
    )


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="known device")


def _cookie() -> str:
    return f"{current_app.config['SESSION_COOKIE_NAME']}-device"
