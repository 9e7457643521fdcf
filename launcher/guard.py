"""Ends what the launcher started when the launcher is gone: run as a program, with the launcher's pipe as its input.

Lines "+GROUP" and "-GROUP" tell which process groups exist; the end of the input means that the launcher ended, also by
SIGKILL. It imports nothing of the app and costs a few megabytes.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

GRACE = 6.0  # seconds from SIGTERM to SIGKILL
NOT_FOR_US = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)  # they are meant for the launcher


def groups_left(lines: list[str]) -> set[int]:
    """The process groups that were named and not taken back."""
    groups: set[int] = set()
    for line in lines:
        (groups.add if line.startswith("+") else groups.discard)(int(line[1:]))
    return groups


def end(groups: set[int]) -> None:
    """Ask the groups to leave; make them, when they have not within GRACE."""
    for group in groups:
        # Only the leader, if there is one: Celery's pool processes would drop their task at SIGTERM.
        if not _reached(os.kill, group, signal.SIGTERM):
            _reached(os.killpg, group, signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and (groups := {group for group in groups if _reached(os.killpg, group, 0)}):
        time.sleep(0.1)
    for group in groups:
        _reached(os.killpg, group, signal.SIGKILL)


def _reached(send: Callable[[int, int], None], target: int, number: int) -> bool:
    """Whether a process was there to get the signal."""
    try:
        send(target, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


if __name__ == "__main__":
    for number in NOT_FOR_US:
        signal.signal(number, signal.SIG_IGN)
    end(groups_left(sys.stdin.readlines()))
