"""Process groups that cannot outlive this process."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from config import ROOT

GUARD = Path(__file__).with_name("guard.py")
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


class Groups:
    """Starts programs, each in a session and process group of its own.

    A guard process ends the groups when this process is gone. On Linux the kernel also sends each program SIGTERM then,
    in case the guard was killed as well.
    """

    def __init__(self, lock: int) -> None:
        """:param lock: a locked file, which the guard holds too: until everything is gone, no other run starts."""
        reading, self._pipe = os.pipe()
        self._guard = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-I", "-S", str(GUARD)],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=(lock,),
        )
        os.close(reading)

    def start(
        self, command: Sequence[str], environ: Mapping[str, str], output: IO[bytes] | int, errors: IO[bytes] | int
    ) -> subprocess.Popen[bytes]:
        """Start a program in the project's folder, without standard input."""
        launcher = os.getpid()

        def before_exec() -> None:
            # The new process names itself to the guard: had the launcher to do it, a SIGKILL in between would lose it.
            self._tell_guard(b"+", os.getpid())
            if _libc is not None:
                _libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
            if os.getppid() != launcher:
                os._exit(1)

        return subprocess.Popen(  # noqa: S603 - commands are written in `programs`
            command,
            env=environ,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
            restore_signals=False,  # SIGPIPE stays ignored, or a guard that is gone would cost the new process its life
            preexec_fn=before_exec,  # noqa: PLW1509 - this process has one thread
        )

    def tell(self, process: subprocess.Popen[bytes], number: signal.Signals) -> None:
        """Send a signal to all of the program's group; it may be empty."""
        with suppress(ProcessLookupError, PermissionError):  # macOS forbids it when only zombies are left
            os.killpg(process.pid, number)

    def end(self, process: subprocess.Popen[bytes]) -> None:
        """Kill what is left of the program's group."""
        self.tell(process, signal.SIGKILL)
        process.wait()
        self._tell_guard(b"-", process.pid)

    def close(self) -> None:
        """Dismiss the guard; it ends groups that are still there, and gives the lock back."""
        os.close(self._pipe)
        self._guard.wait()

    def _tell_guard(self, sign: bytes, group: int) -> None:
        with suppress(BrokenPipeError):  # the guard was killed; that is no reason to leave the children alone
            os.write(self._pipe, b"%s%d\n" % (sign, group))
