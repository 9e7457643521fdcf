"""Encrypts what must not lie open in the database, with keys that can be rotated."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class Sealed(Exception):  # noqa: N818 - said of what is stored, not of the program
    """None of the present keys opens this."""


def seal(keys: Sequence[str], text: str) -> str:
    """The text, encrypted with the newest key."""
    return _fernet(keys).encrypt(text.encode()).decode()


def unseal(keys: Sequence[str], sealed: str) -> str:
    """The text again, whichever of the keys it was encrypted with.

    :raises Sealed: when it was none of them.
    """
    try:
        return _fernet(keys).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed from None


def reseal(keys: Sequence[str], sealed: str) -> str:
    """The same text, encrypted with the newest key.

    :raises Sealed: when none of the keys opens it.
    """
    try:
        return _fernet(keys).rotate(sealed.encode()).decode()
    except InvalidToken:
        raise Sealed from None


def _fernet(keys: Sequence[str]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
