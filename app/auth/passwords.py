"""Passwords: which are good enough, how they are kept (Argon2id), how one is checked."""

from __future__ import annotations

import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

# OWASP asks for 19 MiB and two passes at least; more memory would let a few dozen sign-ins at once exhaust a host.
_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)

SHORTEST = 12
LONGEST = 1024  # a longer one is only work for us
FEWEST_DIFFERENT = 5

# What people type when a form asks for twelve characters; compared in lower case without digits and signs at the ends.
COMMON = frozenset(
    {
        "abcdefghijkl",
        "abcdefghijklm",
        "adminadmin",
        "adminadminadmin",
        "administrator",
        "changeme",
        "changemenow",
        "changemeplease",
        "correcthorsebatterystaple",
        "iloveyou",
        "iloveyousomuch",
        "letmein",
        "letmeinplease",
        "mypassword",
        "mysecretpassword",
        "passwordpassword",
        "qwertyqwerty",
        "qwertyuiop",
        "qwertyuiopasdf",
        "secretpassword",
        "supersecret",
        "superuser",
        "testtesttest",
        "thisismypassword",
        "topsecret",
        "trustno",
        "welcome",
        "welcometozendesk",
        "zendesk",
        "zendeskadmin",
        "zendeskpassword",
        "zendeskzendesk",
    }
)
PADDING = "0123456789!?.,;:-_*+#@$%&/()= "


def weakness(password: str, email: str = "") -> str | None:
    """Why this password is refused, as a sentence; None when it is good enough."""
    core = password.lower().strip(PADDING)
    local_part = email.lower().partition("@")[0]
    if len(password) < SHORTEST:
        return f"The password has {len(password)} characters; it needs at least {SHORTEST}."
    if len(password) > LONGEST:
        return f"The password is longer than {LONGEST:,} characters."
    if core in COMMON or core in ("", "password", "admin", "qwerty", local_part):
        return "This password is among the first that others would try; take a few unrelated words instead."
    if len(set(password)) < FEWEST_DIFFERENT:
        return f"The password repeats the same few characters; it needs at least {FEWEST_DIFFERENT} different ones."
    return None


def hashed(password: str) -> str:
    """The Argon2id hash to keep; takes about a tenth of a second, so never inside a transaction."""
    return _hasher.hash(_normal(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one kept; with no hash the same work is done, and the answer is no.

    The same work, so that the time of an answer does not tell whether somebody has an account.
    """
    stand_in = _nobodys_hash()
    try:
        return _hasher.verify(password_hash or stand_in, _normal(password[:LONGEST])) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's and should be made again."""
    return _hasher.check_needs_rehash(password_hash)


@cache
def _nobodys_hash() -> str:
    return _hasher.hash(secrets.token_hex(32))


def _normal(password: str) -> str:
    """One form for what looks the same: keyboards differ in how they compose é."""
    return unicodedata.normalize("NFKC", password)
