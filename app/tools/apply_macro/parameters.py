"""What may be asked of Apply Macro to View, beyond which tickets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from app import numbers
from app.tools.tool import Asked, Parameters, Titled
from app.zendesk import Client

CHOOSE = "Choose a macro: its number is a whole number above 0."


def _number(given: Any) -> int:
    number = numbers.zendesk_id(given)
    if number is None:
        raise ValueError(CHOOSE)
    return number


def _titles(client: Client) -> Iterator[tuple[int, str]]:
    return ((macro["id"], str(macro.get("title"))) for macro in client.active_macros())


class MacroParameters(Parameters):
    """`{"macro_id": 25}`; the id may come as text."""

    macro_id: Annotated[
        int,
        Field(
            ge=1,
            le=numbers.LARGEST_ID,
            json_schema_extra={"format": "int64"},
            description="The macro to apply, for apply-macro-to-view.",
        ),
        BeforeValidator(_number),
        Asked(wrong=CHOOSE, option="macro", metavar="ID|TITLE", titled=Titled("macro", _titles)),
    ]
