"""Random secrets that a browser or a script carries, of which the database keeps only the SHA-256."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32  # 256 random bits: nothing to guess, so that a fast hash is enough


def new(prefix: str = "") -> str:
    """A new secret; the prefix says to people and to secret scanners what it is."""
    return prefix + secrets.token_urlsafe(BYTES)


def digest(secret: str) -> str:
    """What the database keeps of it: 64 hex digits."""
    return hashlib.sha256(secret.encode()).hexdigest()
