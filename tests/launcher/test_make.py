"""The Makefile's set-up, with a stand-in for Python; and what gunicorn is told."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from config import ROOT
from tests.launcher.launched import environment
from tests.require import require

pytestmark = pytest.mark.process


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the Makefile and the locks, without a virtual environment."""
    require(shutil.which("make"), "make is not installed (apt-get install make)")
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.fixture
def noting_python(checkout: Path) -> Path:
    """A virtual environment whose Python only notes how it was called."""
    python = checkout / ".venv/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\necho "$*" >> {checkout}/calls\n')
    python.chmod(0o700)
    return checkout / "calls"


def make(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [shutil.which("make") or "make", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603 - our own


def test_without_a_new_enough_python_it_says_what_to_do(checkout: Path) -> None:
    done = make(checkout, "PYTHON=false", "packages")
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed" in done.stdout
    assert not (checkout / ".venv").exists()


def test_packages_are_installed_once_by_hash_and_again_when_the_lock_changes(
    checkout: Path, noting_python: Path
) -> None:
    make(checkout, "packages")
    make(checkout, "packages")
    assert noting_python.read_text().count("--require-hashes -r requirements.txt") == 1
    with (checkout / "requirements.txt").open("a") as lock:
        lock.write("# another package\n")
    make(checkout, "packages")
    assert noting_python.read_text().count("--require-hashes -r requirements.txt") == 2


def test_after_the_test_packages_the_others_need_no_install(checkout: Path, noting_python: Path) -> None:
    make(checkout, "test")
    make(checkout, "run")
    calls = noting_python.read_text().splitlines()
    assert len(calls) == 3
    assert "requirements-dev.txt" in calls[0]
    assert "pytest" in calls[1]
    assert "--until-parent-ends" in calls[2]


def test_gunicorn_listens_where_the_settings_say_and_keeps_no_control_socket(tmp_path: Path) -> None:
    settings = {**environment(tmp_path, 5077), "WEB_CONCURRENCY": "3"}
    command = [sys.executable, "-m", "gunicorn", "--print-config", "run:app"]
    done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=True)  # noqa: S603
    parts = (line.partition("=") for line in done.stdout.splitlines())
    told = {name.strip(): value.strip() for name, _, value in parts}
    expected = {"bind": "['127.0.0.1:5077']", "workers": "3", "control_socket_disable": "True", "preload_app": "False"}
    assert {name: told.get(name) for name in expected} == expected
