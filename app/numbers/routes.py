"""Numbers in addresses: `<int:…>` is an id of Zendesk's, `<row:…>` one of a row of ours; all else leads nowhere."""

from __future__ import annotations

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, ValidationError

from app import numbers


class WholeConverter(IntegerConverter):
    """In place of werkzeug's own, which takes the digits of every script and any number of them."""

    regex = r"[0-9]+"
    greatest = numbers.LARGEST_ID

    def __init__(self, map: Map, min: int = 0, max: int | None = None) -> None:
        super().__init__(map, min=min, max=self.greatest if max is None else max)

    def to_python(self, value: str) -> int:
        number = numbers.whole(value, self.min or 0, self.max or self.greatest)
        if number is None:
            raise ValidationError
        return number


class RowConverter(WholeConverter):
    """The id of a row of our own."""

    greatest = numbers.LARGEST_ROW


def bind_numbers(app: Flask) -> None:
    """Let the routes of this app read their numbers by our rule; before any route is added."""
    app.url_map.converters.update(int=WholeConverter, row=RowConverter)
