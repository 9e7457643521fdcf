"""What customers write, from `texts.toml`: by language and topic."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

TEXTS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("texts.toml").read_text(encoding="utf-8"))
FALLBACK = {"wrong_item": "damaged", "rental": "question", "b2b": "question", "warranty": "question"}
"""Where a language has no text of its own on a topic, this topic's is taken."""


def texts_on(language: str, topic: str) -> list[dict[str, str]]:
    """The subjects and bodies of a topic in a language."""
    found = TEXTS[language]
    while topic not in found:
        topic = FALLBACK.get(topic, "question")
    return found[topic]
