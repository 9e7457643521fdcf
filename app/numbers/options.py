"""Whole numbers on the command line."""

from __future__ import annotations

import click

from app import numbers


class Whole(click.ParamType):
    """A whole number in a range, in the digits 0 to 9; by default the id of a row of our own."""

    name = "integer"

    def __init__(self, least: int = 1, most: int = numbers.LARGEST_ROW) -> None:
        self.least, self.most = least, most

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number = numbers.whole(value, self.least, self.most)
        if number is None:
            name = param.get_error_hint(ctx).strip("'") if param and ctx else self.name
            raise click.UsageError(f"{name}: Give a whole number from {self.least} to {self.most}.", ctx)
        return number
