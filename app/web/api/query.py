"""What stands beside a request's body, one model per call: the parameters of its address; and the Idempotency-Key."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Annotated, Literal

from flask import request
from pydantic import AfterValidator, Field, PlainValidator, WithJsonSchema

from app import numbers
from app.csv_text import MARK
from app.jobs.outcomes import Outcome
from app.jobs.status import Status
from app.jobs.store.part import CODE, Part
from app.numbers import LARGEST_ID, LARGEST_ROW
from app.numbers.models import whole
from app.web.api.bodies import a_tool
from app.web.api.reading import Query
from app.web.errors import ApiError

LONGEST_KEY = 255
KEY = re.compile(r"[\x20-\x7e]+")
JOBS, MOST_JOBS = 50, 200  # on a page: unless told otherwise, and at most
TICKETS, MOST_TICKETS = 100, 1_000
MACROS, MOST_MACROS = 100, 1_000


def after(kind: str, most: int) -> PlainValidator:
    """For the `Annotated` of a field: the id after which a page begins, as `next_cursor` gave it.

    :param kind: which list the cursor must come from.
    :param most: the largest id that such a list can have.
    """

    def read(value: str) -> int:
        try:
            _, _, digits = base64.urlsafe_b64decode(value.encode("ascii")).decode("ascii").partition(":")
        except (UnicodeError, binascii.Error):
            digits = ""
        number = numbers.whole(digits, 0, most)
        if number is None or next_cursor(kind, number) != value:
            raise ValueError("This is no cursor of this list; take it from next_cursor.")
        return number

    return PlainValidator(read, json_schema_input_type=str)


def _code(error: str) -> str:
    if not CODE.fullmatch(error):
        raise ValueError("Give the code of a reason, as tickets have it in `error`.")
    return error


ON_A_PAGE = Field(description="Objects on a page.")
BEFORE = Field(description="The next_cursor of the page before.")
OfTool = Annotated[
    Annotated[str, PlainValidator(a_tool, json_schema_input_type=str)] | None,
    Field(description="Only jobs of this tool."),
]
WithStatus = Annotated[Status | None, Field(description="Only jobs with this status.")]
Switch = Annotated[str, WithJsonSchema({"enum": ["1"]})]


class TagsQuery(Query):
    q: str = Field("", description="The beginning of a tag.")


class MacrosQuery(Query):
    """The search itself is read by `app.macros.query`, like the page's; here it is described."""

    q: str = Field("", description="The words, as one phrase, or the regular expression; everything when left out.")
    word: Switch = Field("", description="Whole words only.")
    case: Switch = Field("", description="Upper and lower case differ.")
    regex: Switch = Field("", description="q is a regular expression in Python's syntax.")
    field: str = Field("", description="Only macros with such an action, such as status or custom_fields_17.")
    active: Literal["true", "false"] | None = Field(None, description="Only active or only inactive ones.")
    limit: Annotated[int, whole(1, MOST_MACROS, from_text=True), ON_A_PAGE] = MACROS
    cursor: Annotated[int, after("macro", LARGEST_ID), BEFORE] = 0


class JobsQuery(Query):
    tool: OfTool = None
    status: WithStatus = None
    limit: Annotated[int, whole(1, MOST_JOBS, from_text=True), ON_A_PAGE] = JOBS
    cursor: Annotated[int, after("job", LARGEST_ROW), BEFORE] | None = None


class PartQuery(Query):
    outcome: Outcome | None = Field(None, description="Only tickets with this outcome.")
    error: Annotated[str, AfterValidator(_code)] | None = Field(
        None, description="Only tickets with this reason: a code as in `error`, or none."
    )

    @property
    def part(self) -> Part:
        """The tickets that are wanted."""
        return Part(self.outcome, self.error)


class CsvQuery(Query):
    bom: Switch = Field("", description="A byte order mark comes first: without it Excel misreads UTF-8.")

    @property
    def mark(self) -> str:
        """What comes before the header: programs would take it for a part of the first column's name."""
        return MARK if self.bom else ""


class PartCsvQuery(PartQuery, CsvQuery):
    """A part of a job's tickets, as a table."""


class JobsCsvQuery(CsvQuery):
    tool: OfTool = None
    status: WithStatus = None


class TicketsQuery(PartQuery):
    limit: Annotated[int, whole(1, MOST_TICKETS, from_text=True), ON_A_PAGE] = TICKETS
    cursor: Annotated[int, after("ticket", LARGEST_ID), BEFORE] = 0


def next_cursor(kind: str, last_id: int) -> str:
    """The cursor of the page after this id."""
    return base64.urlsafe_b64encode(f"{kind}:{last_id}".encode()).decode()


def idempotency_key() -> str | None:
    """The request's Idempotency-Key, if there is one.

    :raises ApiError: 422, when it is too long or not plain text.
    """
    value = request.headers.get("Idempotency-Key")
    if value is not None and (len(value) > LONGEST_KEY or not KEY.fullmatch(value)):
        sentence = f"Give 1 to {LONGEST_KEY} characters of plain ASCII."
        raise ApiError("invalid", f"Idempotency-Key does not fit. {sentence}", 422, {"Idempotency-Key": sentence})
    return value
