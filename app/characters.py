"""Characters that no database, page, file or terminal takes: NUL, and lone surrogates, which JSON can carry."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from flask import Response

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


class KeepableResponse(Response):
    """An answer whose text can always be sent: nothing that Zendesk or a person wrote breaks a page or cuts off a file.

    A stream that fails for its text when half is sent would end as a success, with the rest missing.
    """

    def set_data(self, value: bytes | str) -> None:
        super().set_data(keepable(value) if isinstance(value, str) else value)

    def iter_encoded(self) -> Iterator[bytes]:
        return _encoded(self.response)


def _encoded(parts: Iterable[str | bytes]) -> Iterator[bytes]:
    for part in parts:
        yield keepable(part).encode() if isinstance(part, str) else part
