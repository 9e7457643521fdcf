"""Makes what Zendesk sends fit to be kept: whole numbers as ids, texts that a database and a file can hold."""

import math
import re
from datetime import datetime
from typing import Any

from app import numbers
from app.characters import keepable

LARGEST_EXACT = 2**53
"""Above it a number with a point or an exponent is not exact any more."""

POINTED = re.compile(r"([0-9]+)\.0+")
IDS = frozenset(
    f"{name}_id"
    for name in ("assignee", "author", "brand", "custom_status", "group", "organization", "requester", "submitter")
) | {"ticket_form_id", "user_id", "view_id", "id"}


def read_id(value: Any) -> int | None:
    """An id above 0 as an integer, also where it came as "123", 123.0 or 1.23e2; None for anything else."""
    if isinstance(value, float) and value.is_integer() and abs(value) <= LARGEST_EXACT:
        value = int(value)
    if isinstance(value, str) and (pointed := POINTED.fullmatch(value)):
        value = pointed[1]
    return numbers.zendesk_id(value)


UNREADABLE = "unreadable"
"""The type of a restriction that is none that Zendesk describes: who may use the record is not known."""


def read_restriction(value: Any) -> dict[str, Any] | None:
    """Who may use a view or a macro: None for every agent, else `{type, id, ids}` with integers as ids."""
    if value is None:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("type"), str) or not value["type"]:
        return {"type": UNREADABLE, "id": None, "ids": []}
    listed = value.get("ids")
    ids = [number for each in listed if (number := read_id(each))] if isinstance(listed, list) else []
    return {**value, "id": read_id(value.get("id")), "ids": ids}


def read_time(value: Any) -> float | None:
    """A time as Zendesk writes it ("2026-11-27T09:51:15Z"), in seconds since 1970; None where it is none."""
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None


def with_ids(record: dict[str, Any]) -> dict[str, Any]:
    """A record of Zendesk with its own and other records' ids as integers; None where one cannot be read.

    Its restriction, if it has one, has the shape that `read_restriction` gives.
    """
    if record.get("restriction") is not None:
        record = {**record, "restriction": read_restriction(record["restriction"])}
    odd = {name: record[name] for name in IDS & record.keys() if not _is_plain(name, record[name])}
    return {**record, **{name: read_id(value) for name, value in odd.items()}} if odd else record


def _is_plain(name: str, value: Any) -> bool:
    """Whether nothing has to be read: Zendesk's own system is a user with the number -1, but no record is."""
    return type(value) is int and abs(value) <= numbers.LARGEST_ID and (name != "id" or value > 0)


def finite(text: str) -> float | str:
    """A number with a point or an exponent; one too large for any database stays the text that it is."""
    number = float(text)
    return number if math.isfinite(number) else text


def fit(value: Any) -> Any:
    """A parsed JSON value whose texts can all be encoded and stored."""
    if isinstance(value, str):
        return keepable(value)
    if isinstance(value, list):
        return [fit(each) for each in value]
    if isinstance(value, dict):
        return {fit(name): fit(each) for name, each in value.items()}
    return value
