"""The sandbox stands apart: it imports nothing of the app, and the app nothing of it."""

from __future__ import annotations

import ast
from pathlib import Path

APP = Path(__file__).resolve().parents[2] / "app"
SANDBOX = APP / "sandbox"


def imported(path: Path) -> set[str]:
    """Every module that a file imports, by its whole name."""
    package = path.relative_to(APP.parent).parent.parts
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            found.add(".".join([*above, *([node.module] if node.module else [])]))
    return found


def test_the_sandbox_imports_nothing_of_the_app():
    files = list(SANDBOX.rglob("*.py"))
    assert len(files) > 30
    foreign = {
        name
        for path in files
        for name in imported(path)
        if name.split(".")[0] in ("app", "config", "tests") and not name.startswith("app.sandbox")
    }
    assert foreign == set()


def test_nothing_of_the_app_imports_the_sandbox():
    files = [path for path in APP.rglob("*.py") if not path.is_relative_to(SANDBOX)]
    assert files
    assert [path for path in files if any(name.startswith("app.sandbox") for name in imported(path))] == []
