"""Bad days to choose from (scenarios.toml): each a rule (`..faults`) under one button."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..faults import KINDS, Rule


@dataclass(frozen=True)
class Scenario:
    """`what` happens, and what is to be `watch`ed in a job that runs meanwhile."""

    slug: str
    what: str
    watch: str
    kind: str
    settings: dict[str, Any] = field(default_factory=dict)


def _groups() -> dict[str, tuple[Scenario, ...]]:
    found = tomllib.loads(Path(__file__).with_name("scenarios.toml").read_text(encoding="utf-8"))
    return {group: tuple(Scenario(**entry) for entry in entries) for group, entries in found.items()}


GROUPS = _groups()
BY_SLUG = {scenario.slug: scenario for group in GROUPS.values() for scenario in group}


def sentence(rule: Rule) -> str:
    """What a rule in force does: in its scenario's words, or in those of its kind when a script made it."""
    for scenario in BY_SLUG.values():
        if scenario.kind == rule.kind and all(
            getattr(rule, name) == value for name, value in scenario.settings.items()
        ):
            return scenario.what
    return KINDS[rule.kind]
