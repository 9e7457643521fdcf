"""Passwords: which are good enough, how they are kept (Argon2id), how one is checked."""

from __future__ import annotations

import math
import re
import secrets
import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

# OWASP asks for 19 MiB and two passes at least; more memory would let a few dozen sign-ins at once exhaust a host.
_hasher = PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)

SHORTEST = 12
LONGEST = 1024  # a longer one is only work for us
FEWEST_GUESSES = 1e8  # zxcvbn's score of 3: what a slow hash and a throttle make safe

# What zxcvbn's lists do not know, and people type here.
OURS = ("giga", "tools", "gigatools", "zendesk", "admin", "agent", "support", "correcthorsebatterystaple",
        "iloveyousomuch", "thisismypassword", "welcometozendesk")  # fmt: skip
SHORTEST_WORD = 3
BETWEEN_WORDS = re.compile(r"[\W_]+")

# Where several signs stand for a letter zxcvbn tries each of them with each of the others: with all of these in one
# text that takes seconds.
LIKE_LETTERS = ("4@", "({[<", "69", "1!|", "1|7", "$5", "+7")
MOST_READINGS = 24
LONGEST_PIECE = 32
MOST_PIECES = 3


def weakness(password: str, *known: str) -> str | None:
    """Why this password is refused, as a sentence; None when it is good enough.

    :param known: what others know of its owner: e-mail address, name, the account's subdomain. It counts as guessed.
    """
    text = _normal(password)
    if not text.isprintable() or any(0xD800 <= ord(char) <= 0xDFFF for char in text):  # noqa: PLR2004 - surrogates
        return "The password has a character that cannot be typed on one line."
    if len(text) < SHORTEST:
        return f"The password has {len(text)} characters; it needs at least {SHORTEST}."
    if len(password) > LONGEST:
        return f"The password is longer than {LONGEST:,} characters."
    if _guesses(text, _words(known)) < FEWEST_GUESSES:
        return "This password is among the first that others would try; take a few unrelated words instead."
    return None


def hashed(password: str) -> str:
    """The Argon2id hash to keep; takes about a tenth of a second, so never inside a transaction."""
    return _hasher.hash(_normal(password))


def fits(password_hash: str | None, password: str) -> bool:
    """Whether the password is the one kept; with no hash the same work is done, and the answer is no.

    The same work, so that the time of an answer does not tell whether a person has an account.
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


def _words(known: Iterable[str]) -> list[str]:
    """The words that count as guessed, whole and in their parts."""
    words = {*OURS}
    for text in (_normal(text).lower() for text in known):
        parts = BETWEEN_WORDS.split(text)
        words |= {text, "".join(parts), *(part for part in parts if len(part) >= SHORTEST_WORD)}
    return sorted(words - {""})


def _guesses(text: str, words: list[str]) -> float:
    """How many guesses it takes as it is, without what stands between its words, and without the words that count as
    guessed: attackers try such variants first."""
    known = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    rest = BETWEEN_WORDS.sub("", known.sub("", text))
    variants = {text, BETWEEN_WORDS.sub("", text) or text, rest}
    return min(
        max((float(zxcvbn(piece, user_inputs=words)["guesses"]) for piece in _pieces(variant)), default=0.0)
        for variant in variants
    )


def _pieces(text: str) -> Iterator[str]:
    """A text in pieces that are judged quickly; the whole takes no fewer guesses than the best of them."""
    for _ in range(MOST_PIECES):
        end = min(LONGEST_PIECE, len(text))
        while _readings(text[:end]) > MOST_READINGS:
            end -= 1
        if not end:
            return
        yield text[:end]
        text = text[end:]


def _readings(text: str) -> int:
    return math.prod(max(1, sum(sign in text for sign in signs)) for signs in LIKE_LETTERS)
