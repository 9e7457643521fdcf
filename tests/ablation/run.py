"""Runs tests in a process that does without a safeguard."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from tests.ablation.safeguard import VARIABLE, Safeguard

MOST_SECONDS = 300.0  # for the tests of one safeguard
PYTEST = (sys.executable, "-m", "pytest", "-p", "tests.ablation", "-p", "no:cacheprovider", "-q", "--tb=line")


@dataclass(frozen=True)
class Noticed:
    """How the tests took the absence of one safeguard."""

    failed: tuple[str, ...]  # names of tests, with their parameters
    seconds: float
    output: str


def without(safeguard: Safeguard | None, *tests: str) -> Noticed:
    """Run these tests, as pytest names them, without a safeguard; with None under all of them."""
    environment = {**os.environ, VARIABLE: safeguard.name if safeguard else ""}
    began = time.monotonic()
    try:
        run = subprocess.run(  # noqa: S603 - our own tests
            [*PYTEST, *tests], env=environment, capture_output=True, text=True, timeout=MOST_SECONDS, check=False
        )
        if run.returncode not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            raise RuntimeError(f"the tests did not run:\n{run.stdout}{run.stderr}")
        output = run.stdout
    except subprocess.TimeoutExpired as expired:
        output = f"FAILED ended after {expired.timeout:.0f} s - nothing came to an end"
    failed = re.findall(r"^(?:FAILED|ERROR) (?:\S*::)?(.+?)(?: - .*)?$", output, re.MULTILINE)
    return Noticed(tuple(failed), time.monotonic() - began, output)


def tests_of(safeguard: Safeguard) -> Sequence[str]:
    """What to run for a safeguard: its file, or what of that is chosen."""
    return (safeguard.file, "-k", safeguard.chosen) if safeguard.chosen else (safeguard.file,)
