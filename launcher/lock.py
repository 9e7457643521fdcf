"""One launcher at a time in one instance folder."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from launcher.errors import CannotRunError

PATIENCE = 15.0  # seconds; the guard of a killed launcher needs less to end its processes


def take(file: Path) -> int:
    """Lock the file for the life of this process and of its guard, and note the process in it; the open descriptor.

    :raises CannotRunError: another launcher is running.
    """
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + PATIENCE
    while not _locked(descriptor):
        holder = os.pread(descriptor, 20, 0).decode().strip()
        if holder.isdigit() and _alive(int(holder)):
            raise CannotRunError(
                f"It is running already, as process {holder}. Press Ctrl-C in its terminal, or: kill {holder}"
            )
        if time.monotonic() > deadline:
            raise CannotRunError("Processes of an earlier start are still ending. Try again in a moment.")
        time.sleep(0.1)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    return descriptor


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
