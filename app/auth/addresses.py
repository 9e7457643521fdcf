"""E-mail addresses: what is one, and the form in which they are kept and compared."""

from __future__ import annotations

import re

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_EMAIL = 254


def normal_email(email: str) -> str:
    """The form in which addresses are kept and compared."""
    return email.strip().lower()
