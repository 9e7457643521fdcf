"""A safeguard of the job engine, and how a process does without it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

VARIABLE = "ABLATE"  # in the environment: the name of what is missing


@dataclass(frozen=True)
class Safeguard:
    """What protects, how a process does without it, and a test that must notice."""

    name: str
    sentence: str
    take_out: Callable[[], None]
    test: str  # its name
    file: str = "tests/jobs/test_protocol.py"
    chosen: str = ""  # words for pytest's -k, where the whole file would take long

    @property
    def node(self) -> str:
        return f"{self.file}::{self.test}"


def do_without(safeguards: tuple[Safeguard, ...]) -> None:
    """Take out the one of these that the environment names, in this process."""
    for safeguard in safeguards:
        if safeguard.name == os.environ.get(VARIABLE):
            safeguard.take_out()
