"""What an attempt to sign in counts against: the account across all networks, the network, the known device.

Strangers who guess share the account's allowance, from however many networks they come. So that they cannot keep its
owner out, a device on which the account has signed in, and a network from which it did lately, have their own.
"""

from __future__ import annotations

import re
from contextlib import AbstractContextManager
from ipaddress import ip_address, ip_network

from flask import current_app, request

from app.auth import devices, secret
from app.auth.addresses import normal_email
from app.auth.attempts import Attempt, Attempts, Counter

OF_ACCOUNT = 20  # by strangers, from all networks together
OF_ACCOUNT_AND_NETWORK = 10
OF_NETWORK = 50
OF_DEVICE = 10
OF_PERSON = 10  # by the person before a signed-in browser
LATELY = 30 * 24 * 3600  # seconds
PREFIX_V6 = 64  # one customer's share: its single addresses cost an attacker nothing
WITH_PORT = re.compile(r"(?:\[(?P<v6>[^\]]+)\]|(?P<v4>[\d.]+))(?::\d+)?")


def submitted_email() -> str:
    return normal_email(request.form.get("email", ""))


def sign_in(email: str) -> AbstractContextManager[Attempt]:
    """Count an attempt of this request to sign in; an address without an account is counted like any other."""
    if device := devices.known(email):
        return _attempts().attempt(Counter(f"device:{device}", OF_DEVICE))
    here = _account_and_network(email)
    counters = [Counter(f"network:{network()}", OF_NETWORK), Counter(f"near:{here}", OF_ACCOUNT_AND_NETWORK)]
    if not _attempts().noted(f"lately:{here}"):
        counters.append(Counter(_account(email), OF_ACCOUNT))
    return _attempts().attempt(*counters)


def of_person(user_id: int) -> AbstractContextManager[Attempt]:
    """Count an attempt at the password of a person who is signed in."""
    return _attempts().attempt(Counter(f"person:{user_id}", OF_PERSON))


def signed_in(email: str) -> None:
    """This network is one from which the account signs in."""
    _attempts().note(f"lately:{_account_and_network(email)}", LATELY)


def begin_anew(email: str) -> None:
    """An admin gave a person a new password: what others guessed at the old one keeps them out no more."""
    _attempts().forget(_account(email))


def network() -> str:
    """An address of IPv4, a network of IPv6; ports that proxies add do not count, and what is none is one network."""
    client = request.remote_addr or ""
    with_port = WITH_PORT.fullmatch(client)
    try:
        address = ip_address(with_port["v6"] or with_port["v4"] if with_port else client)
    except ValueError:
        return "unknown"
    return str(address if address.version == 4 else ip_network((address, PREFIX_V6), strict=False))  # noqa: PLR2004


def _account(email: str) -> str:
    return f"account:{secret.digest(normal_email(email))}"


def _account_and_network(email: str) -> str:
    return secret.digest(f"{normal_email(email)} {network()}")


def _attempts() -> Attempts:
    return current_app.extensions["attempts"]
