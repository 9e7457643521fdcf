"""How many wrong passwords are borne: counted per account and network, per network, and per known device.

Only failures count. With Redis away each process counts for itself. Guesses sent at the same moment are all let
through before the first is counted: as many as a server has threads.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Any

from flask import Response, make_response, render_template, request
from flask_limiter import RequestLimit
from flask_limiter.util import get_remote_address

from app.auth import devices, secret
from app.auth.people import normal_email
from app.extensions import limiter

FAILED = 401
PER_ACCOUNT = "10 per 15 minutes"
PER_NETWORK = "50 per 15 minutes"
PREFIX_V6 = 64  # one customer's share: its single addresses cost an attacker nothing
WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[\d.]+))(?::\d+)?")
MINUTE = 60


def throttled(view: Callable[..., Any]) -> Callable[..., Any]:
    """Count the failures of this sign-in view, and answer 429 to who has had too many."""
    for limit, key, exempt in (
        (PER_ACCOUNT, _account_and_network, _known),
        (PER_NETWORK, _network, _known),
        (PER_ACCOUNT, _device, _stranger),
    ):
        view = limiter.limit(limit, key_func=key, exempt_when=exempt, deduct_when=_failed, on_breach=_answer)(view)
    return view


def submitted_email() -> str:
    return normal_email(request.form.get("email", ""))


def _failed(response: Response) -> bool:
    return response.status_code == FAILED


def _network() -> str:
    """An address of IPv4, a network of IPv6; ports that proxies add do not count, and what is none is one network."""
    client = get_remote_address()
    with_port = WITH_PORT.fullmatch(client)
    try:
        address = ip_address(with_port["v6"] or with_port["v4"] if with_port else client)
    except ValueError:
        return "unknown"
    return str(address if address.version == 4 else ip_network((address, PREFIX_V6), strict=False))  # noqa: PLR2004


def _account_and_network() -> str:
    return secret.digest(f"{submitted_email()} {_network()}")


def _device() -> str:
    return f"device {devices.known(submitted_email())}"


def _known() -> bool:
    return devices.known(submitted_email()) is not None


def _stranger() -> bool:
    return not _known()


def _answer(limit: RequestLimit) -> Response:
    seconds = max(1, math.ceil(limit.reset_at - time.time()))
    minutes = max(1, round(seconds / MINUTE))
    problem = f"Too many sign-ins failed. Try again in {minutes} {'minute' if minutes == 1 else 'minutes'}."
    page = render_template("auth/login.html", email=submitted_email(), next=request.form.get("next"), problem=problem)
    response = make_response(page, 429)
    response.headers["Retry-After"] = str(seconds)
    return response
