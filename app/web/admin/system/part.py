"""One part of the installation, as the system page shows it."""

from __future__ import annotations

from dataclasses import dataclass

GOOD, WARN, BAD, QUIET = "good", "warn", "bad", "quiet"


@dataclass(frozen=True)
class Part:
    """`word` is its state in a word or two, `tone` how serious that is, `step` what to do about it, if anything."""

    name: str
    icon: str  # a Bootstrap icon's name
    tone: str
    word: str
    facts: tuple[str, ...] = ()
    step: str = ""
    command: str = ""
    link: tuple[str, str] | None = None  # address and text
