"""Whole numbers in the models of what a request says."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, PlainValidator

from app import numbers


def whole(least: int, most: int, *, from_text: bool = False) -> PlainValidator:
    """For the `Annotated` of a field: a whole number in a range; true, "1" and 1.0 are none.

    :param from_text: in an address everything is text, so that "1" is one there.
    """

    def read(given: object) -> int:
        number = numbers.whole(given, least, most) if isinstance(given, str) is from_text else None
        if number is None:
            raise ValueError(f"Give a whole number from {least} to {most}.")
        return number

    return PlainValidator(read, json_schema_input_type=Annotated[int, Field(ge=least, le=most)])
