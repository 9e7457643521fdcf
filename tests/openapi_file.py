"""Zendesk's own OpenAPI file with its checker, which are not ours to pass on: used where they lie beside this clone."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

from tests.require import from_elsewhere

CHECKER = Path(__file__).resolve().parents[2] / "shared" / "zendesk" / "oas_check.py"


def checker() -> ModuleType:
    """The module with `check_request` and `check_response`; the calling test is skipped where it is absent."""
    from_elsewhere(CHECKER.exists(), "Zendesk's OpenAPI file is not beside this repository")
    spec = importlib.util.spec_from_file_location("oas_check", CHECKER)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
