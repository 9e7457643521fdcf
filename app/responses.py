"""Answers whose text can always be sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from flask import Response

from app.characters import keepable


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
