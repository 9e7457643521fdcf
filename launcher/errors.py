"""What keeps the launcher from going on, and the wish to stop."""

from __future__ import annotations


class CannotRunError(Exception):
    """Nothing can be started, or no longer be kept running; the message is for the person at the terminal."""


class StopAsked(Exception):  # noqa: N818 - nothing is wrong: the developer pressed Ctrl-C
    """Ctrl-C, SIGTERM, a closed terminal, or the end of the `make` that started this."""
