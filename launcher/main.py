"""`python run.py`, which is `make run`: one launcher at a time, its end, and its exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from config import ROOT, Config, ConfigError
from launcher import lock, ports
from launcher.console import say
from launcher.errors import CannotRunError, StopAsked
from launcher.groups import Groups
from launcher.start import start
from launcher.supervisor import Supervisor

UNTIL_PARENT_ENDS = "--until-parent-ends"


def main(arguments: Sequence[str]) -> int:
    """Run everything until the developer stops it; the exit code.

    :param arguments: of the command line; `--until-parent-ends` stops when the calling process, such as make, is gone.
    """
    os.chdir(ROOT)  # where the children work too: a relative path in a setting means the same to all
    try:
        config = Config.load()
        held = lock.take(config.instance / "run.lock")
        if refusal := ports.why_not(config.host, config.port):
            raise CannotRunError(refusal)
    except (ConfigError, CannotRunError) as error:
        return _failed(error)
    parent = os.getppid() if UNTIL_PARENT_ENDS in arguments else None
    supervisor = Supervisor(Groups(held), config.instance / "log", parent)
    supervisor.heed_signals()
    try:
        start(supervisor, config)
        while True:
            supervisor.tick()
    except StopAsked:
        say("\nStopping; press Ctrl-C again to wait for nothing.")
        return 0
    except CannotRunError as error:
        return _failed(error)
    finally:
        supervisor.stop()
        say("Stopped.")


def _failed(error: Exception) -> int:
    print(error, file=sys.stderr, flush=True)
    return 1
