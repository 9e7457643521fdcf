"""What the API answers, one model per object: they are made of our own objects, and the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from app.auth.models import ROLES
from app.jobs import models
from app.jobs.outcomes import Outcome, Relation
from app.jobs.status import Status
from app.jobs.store import queries
from app.macros.index import Entry
from app.macros.matching import Matcher
from app.macros.passages import matches
from app.numbers import LARGEST_ID
from app.presentation import iso
from app.web import taking_back
from app.web.api.bodies import AnySource

ID = {"type": "integer", "format": "int64", "minimum": 1, "maximum": LARGEST_ID}

Id = Annotated[int, WithJsonSchema(ID)]
Count = Annotated[int, WithJsonSchema({"type": "integer", "minimum": 0})]
Time = Annotated[str, BeforeValidator(iso), WithJsonSchema({"type": "string", "format": "date-time"})]
Values = dict[str, Any]
Shown = Annotated[Values, AnySource]
Cursor = Annotated[str | None, Field(description="null after the last page")]
Notice = Annotated[
    str | None,
    Field(
        description="What a person has to know of the list, in sentences: it was cut off, or is old, or some of it "
        "cannot be read, by title. null when it is whole."
    ),
]


class Answer(BaseModel):
    """An object as JSON; made from one of ours whose attributes bear the same names, or field by field."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    def json_values(self) -> Values:
        """As JSON, in the order of the fields."""
        return self.model_dump(mode="json")


class Preset(Answer):
    """A filled-in tool that a person saved."""

    id: Id
    name: str
    tool: str
    account: str = Field(description="The host of the account that its ids are of; it runs nowhere else.")
    source: Shown
    source_title: str
    parameters: Values
    canary: Count
    shared: bool
    created_at: Time
    created_by: Author


class Presets(Answer):
    """Presets, by name."""

    presets: list[Preset]


class Person(Answer):
    """The person who asks."""

    id: Id
    email: str
    name: str
    role: str = Field(json_schema_extra={"enum": [*ROLES]})


class View(Answer):
    """A view of the account."""

    id: Id
    title: str
    count: Count | None = Field(description="null where Zendesk does not know it yet")


class Views(Answer):
    """The views."""

    views: list[View]
    left_out: Count = Field(description="Views that Zendesk has not told that the person who asks may see.")
    notice: Notice


class Tags(Answer):
    """The tags; none for less than two characters."""

    tags: list[str]


class Match(Answer):
    """A place where a macro has the words."""

    field: str
    text: str = Field(description="The words around the first hit.")


class Macro(Answer):
    """A macro that fits."""

    id: Id
    title: str
    active: bool
    matches: list[Match] = Field(
        description="Where q was found: title, description, or the field of an action; none without q."
    )

    @classmethod
    def of(cls, entry: Entry, matcher: Matcher | None) -> Self:
        """A macro that was found."""
        found = [Match(field=name, text=text) for name, text in matches(entry, matcher)]
        return cls(id=entry.id, title=entry.title, active=entry.active, matches=found)


class Macros(Answer):
    """A page of the macros that fit."""

    macros: list[Macro]
    total: Count = Field(description="All that fit, on every page.")
    notice: Notice
    next_cursor: Cursor


class RejectedRow(Answer):
    """Something that was given and names no ticket."""

    row: Count
    value: str
    why: str


class SourceContents(Answer):
    """What a source holds, as far as that is known in the time for which a person waits."""

    total: Count | None = Field(description="null while it is not known.")
    statuses: dict[str, Count] = Field(description="Tickets by status, without the closed ones.")
    closed: Count
    oldest: Time | None = Field(description="When the first of these tickets was created.")
    newest: Time | None = Field(description="When the last of these tickets was created.")
    rejected: list[RejectedRow] = Field(description="What was given and names no ticket.")
    complete: bool = Field(description="All tickets were read; else all but `total` tells of those that were.")


class Author(Answer):
    """The person who started a job."""

    id: Id
    email: str
    name: str


class Undo(Answer):
    """Whether a job can be taken back."""

    possible: bool
    tickets: Count = Field(description="How many can be taken back.")
    until: Time | None = Field(description="When retention removes what that takes; null for never.")
    job_id: Id | None = Field(description="The job that took it back last.")
    why_not: str | None = Field(description="Why it cannot be taken back, in a sentence.")


class Job(Answer):
    """A job."""

    id: Id
    tool: str
    status: Status
    dry_run: bool = Field(description="Nothing is changed; the outcomes are predictions.")
    source: Shown
    relation: Relation | None = Field(
        description="How it came from `source_job_id`: `run` of a preview, `retry` of what failed, `rest` of what was "
        "never started, `undo`, `list` of its tickets only, or null."
    )
    source_job_id: Id | None
    parameters: Values = Field(
        description="Those of its tool, as it checked them; the requests of POST /jobs have their schemas."
    )
    account: str = Field(description="The host whose tickets these are.")
    total: Count = Field(description="Tickets listed so far; fixed once the list is frozen.")
    processed: Count = Field(description="The sum of the outcomes that follow.")
    succeeded: Count
    unchanged: Count
    failed: Count
    skipped: Count
    unknown: Count
    error: str | None = Field(description="Why the job failed, in a sentence.")
    waiting_for: str | None = Field(
        description="In words; also for whom a paused job waits that sent its first tickets."
    )
    wake_at: Time | None = Field(description="When it goes on; null where that is up to a person.")
    eta_seconds: Count | None = Field(description="Of work; pauses and waits do not count. null while it is unknown")
    created_at: Time
    started_at: Time | None
    finished_at: Time | None
    created_by: Author
    undo: Undo

    @classmethod
    def of(cls, job: models.Job) -> Self:
        """A job; a running one costs a look at the database's clock."""
        now = {
            "wake_at": None if job.waits_for_person else job.wake_at,
            "eta_seconds": queries.pace(job).eta_seconds,
            "undo": taking_back.undo_of(job),
        }
        return cls.model_validate({name: getattr(job, name) for name in cls.model_fields if name not in now} | now)


class Jobs(Answer):
    """A page of jobs."""

    jobs: list[Job]
    next_cursor: Cursor


class Ticket(Answer):
    """A ticket of a job."""

    ticket_id: Id
    outcome: Outcome
    error: str | None = Field(description="A word, such as closed, not_found or conflict.")
    before: Values | None
    after: Values | None
    changed_since: Values | None = Field(
        description="Of the preview of a retry or a rest: what others changed since the earlier job read the ticket, "
        "as {name: {was, is}} with `updated_at`; of an undo: what the ticket holds no more of what the job wrote. "
        "Empty where nothing has changed. Else null."
    )
    left_as_is: list[Values] | None = Field(
        description="Of an undo: what is not taken back, as [{name, was, wrote, now, why}]. Else null."
    )


class Tickets(Answer):
    """A page of tickets."""

    tickets: list[Ticket]
    next_cursor: Cursor


class ExportedTicket(Answer):
    """A ticket in an export."""

    ticket_id: Id
    outcome: Outcome
    error: str | None
    detail: str | None = Field(description="Zendesk's own words.")
    before: Values | None
    after: Values | None


class Export(Answer):
    """All tickets of a job, or those of the part that was asked for."""

    job: Id
    account: str
    tickets: list[ExportedTicket]


class Fault(Answer):
    """What is wrong."""

    code: str = Field(description="One word, for programs.")
    message: str = Field(description="A sentence, for people.")
    fields: dict[str, str] = Field({}, description="A sentence for each value that does not fit.")


class Problem(Answer):
    """Why there is no other answer; made in `app.web.errors`."""

    error: Fault
