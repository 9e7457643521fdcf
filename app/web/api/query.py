"""Reads what stands beside a request's body: query string, cursors, the Idempotency-Key header."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Collection
from dataclasses import dataclass

from flask import request

from app import numbers
from app.jobs.outcomes import OUTCOMES
from app.jobs.store.part import CODE, Part
from app.web.errors import ApiError

LONGEST_KEY = 255
KEY = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True)
class PageSize:
    """How many objects a page of a list has: unless told otherwise, and at most."""

    usual: int
    most: int


JOBS = PageSize(50, 200)
TICKETS = PageSize(100, 1_000)
MACROS = PageSize(100, 1_000)


def choice(name: str, choices: Collection[str]) -> str | None:
    """One of these words; None when it is left out or empty.

    :raises ApiError: 422, when it is another word.
    """
    value = request.args.get(name, "")
    if value and value not in choices:
        raise _wrong(name, f"Give one of {', '.join(choices)}.")
    return value or None


def part() -> Part:
    """The tickets that are wanted, by `outcome` and `error`.

    :raises ApiError: 422, when the one is another word than those known, or the other cannot be a code.
    """
    error = request.args.get("error", "")
    if error and not CODE.fullmatch(error):
        raise _wrong("error", "Give the code of a reason, as tickets have it in `error`.")
    return Part(choice("outcome", OUTCOMES), error or None)


def limit(size: PageSize) -> int:
    """How many objects the page may have.

    :raises ApiError: 422, when it is no number from 1 to the most that is allowed.
    """
    value = request.args.get("limit", "")
    if not value:
        return size.usual
    number = numbers.whole(value, 1, size.most)
    if number is None:
        raise _wrong("limit", f"Give a whole number from 1 to {size.most}.")
    return number


def cursor(kind: str, most: int) -> int | None:
    """The id after which a page begins; None for the first page.

    :param kind: which list the cursor must come from.
    :param most: the largest id that such a list can have.
    :raises ApiError: 422, when it is not a cursor of that list.
    """
    value = request.args.get("cursor", "")
    if not value:
        return None
    try:
        _, _, digits = base64.urlsafe_b64decode(value.encode("ascii")).decode("ascii").partition(":")
    except (UnicodeError, binascii.Error):
        digits = ""
    number = numbers.whole(digits, 0, most)
    if number is None or next_cursor(kind, number) != value:
        raise _wrong("cursor", "This is no cursor of this list; take it from next_cursor.")
    return number


def next_cursor(kind: str, last_id: int) -> str:
    """The cursor of the page after this id."""
    return base64.urlsafe_b64encode(f"{kind}:{last_id}".encode()).decode()


def idempotency_key() -> str | None:
    """The request's Idempotency-Key, if there is one.

    :raises ApiError: 422, when it is too long or not plain text.
    """
    value = request.headers.get("Idempotency-Key")
    if value is not None and (len(value) > LONGEST_KEY or not KEY.fullmatch(value)):
        raise _wrong("Idempotency-Key", f"Give 1 to {LONGEST_KEY} characters of plain ASCII.")
    return value


def _wrong(name: str, sentence: str) -> ApiError:
    return ApiError("invalid", f"{name} does not fit. {sentence}", 422, {name: sentence})
