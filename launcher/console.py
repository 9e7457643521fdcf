"""What the person at the terminal reads."""

from __future__ import annotations

import os
import sys
from pathlib import Path

WIDTH = 9  # of the names of children


def say(sentence: str = "") -> None:
    """One line, at once; nothing when the terminal is gone."""
    try:
        print(sentence, flush=True)
    except OSError:
        # The reader went away. From now on lines go nowhere, also the flush at the end of the process.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def say_of(name: str, what: str) -> None:
    """One line about one child."""
    say(f"  {name:<{WIDTH}} {what}")


def shown(path: Path) -> str:
    """The path as the person would type it."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)
