"""Characters that no database, page, file or terminal takes: NUL, and lone surrogates, which JSON can carry."""

from __future__ import annotations

import re
from typing import Any

UNKEEPABLE = re.compile("[\0\ud800-\udfff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def keepable(text: str) -> str:
    """The text with a replacement character for each that cannot be kept or shown."""
    return UNKEEPABLE.sub(REPLACEMENT, text)


def keepable_values(values: Any) -> Any:
    """The parameters of a statement, in whatever containers the driver takes them, with texts that can be kept."""
    if isinstance(values, str):
        return keepable(values)
    if isinstance(values, dict):
        return {name: keepable_values(value) for name, value in values.items()}
    if isinstance(values, list | tuple):
        return type(values)(keepable_values(value) for value in values)
    return values
