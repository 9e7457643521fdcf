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
            raise click.UsageError(f"{name}: {self.wanted}", ctx)
        return number

    @property
    def wanted(self) -> str:
        return f"Give a whole number from {self.least} to {self.most}."


class Named(Whole):
    """The number of a row that is there or not: also one that is larger than the id of any row is well formed."""

    def __init__(self) -> None:
        super().__init__(1, 10**numbers.MOST_DIGITS - 1)

    @property
    def wanted(self) -> str:
        return "Give its number, in the digits 0 to 9."
