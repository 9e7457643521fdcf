"""The bodies of the API's calls, one model each: they check what came, and the OpenAPI document shows them."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetJsonSchemaHandler, PlainValidator, ValidationInfo, create_model, field_validator
from pydantic_core import CoreSchema

from app.auth.models import User
from app.jobs.commands.again import Options
from app.jobs.commands.service import Submission
from app.jobs.commands.undoes import Wanted
from app.jobs.presets.models import LONGEST_NAME
from app.jobs.sources import registry
from app.jobs.sources.base import TicketSource
from app.numbers import LARGEST_ID, LARGEST_ROW
from app.numbers.models import whole
from app.tools.mounted import job_kinds, tools
from app.web.api.asking import check_role, may_reply_publicly
from app.web.api.reading import Body

Count = Annotated[int, whole(0, LARGEST_ROW)]
Id = Annotated[int, whole(1, LARGEST_ID)]
MOST_NAMED = 1_000  # tickets of an undo that are named one by one


def a_tool(value: object) -> str:
    """The slug of a tool that works by jobs.

    :raises ValueError: with a sentence, when it is none.
    """
    with_jobs = job_kinds()
    if not isinstance(value, str) or value not in with_jobs:
        raise ValueError(f"Give the name of a tool that works by jobs: {', '.join(with_jobs)}.")
    return value


class AnySource:
    """For the `Annotated` of a field: in the document it is one of the sources that there are."""

    @classmethod
    def __get_pydantic_json_schema__(cls, _schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        each = ((source, handler(source.__pydantic_core_schema__)) for source in registry.SOURCES)
        return {"oneOf": [{**schema, "description": source.holds} for source, schema in each]}


def a_source(value: object) -> TicketSource:
    """What names the tickets.

    :raises ValueError: with a sentence, when it names none; InvalidSource, where some of its keys do not fit.
    """
    if not isinstance(value, dict):
        raise ValueError("Give an object, such as {…}.")
    return registry.read(value)


class Work(Body):
    """What is to be done, and on which tickets."""

    tool: Annotated[str, PlainValidator(a_tool)]
    source: Annotated[Any, PlainValidator(a_source), AnySource]  # a TicketSource; said so, it would be in the document
    parameters: dict[Any, Any] | None = Field(None, validate_default=True)

    @field_validator("parameters")
    @classmethod
    def _of_the_tool(cls, given: dict[str, Any] | None, info: ValidationInfo) -> dict[str, Any] | None:
        """As the tool checked them; a job that carries out a dry run may leave them out."""
        tool, source = info.data.get("tool"), info.data.get("source")
        if tool is None or source is None:
            return given
        kind = job_kinds()[tool]
        asked = given if source.is_frozen else kind.asked_on(source, given)
        if asked is None and not source.is_frozen:
            raise ValueError("This is needed.")
        return None if asked is None else kind.parameters.read(asked).kept()


class SourceRequest(Body):
    """A source whose tickets are to be counted."""

    refusal: ClassVar[str] = "Nothing was read: see `fields` for what does not fit."

    source: Annotated[Any, PlainValidator(a_source), AnySource]


class RetryRequest(Body):
    """How a job is to be made."""

    dry_run: bool = Field(True, description="Nothing is changed; POST /jobs with it as source carries it out.")
    expected_total: Count | None = Field(None, description="409 when another number of tickets is listed.")
    canary: Count | None = Field(
        None,
        description="So many tickets go first; then the job is paused until /continue. Left out: 5 for a job that "
        "writes to customers, else 0, which means none.",
    )
    accept_current_user: bool = Field(
        False,
        description="What depends on who asks means the Zendesk user that the service acts as, and that is meant.",
    )

    def options(self) -> Options:
        """In the words of the job commands."""
        return {
            "dry_run": self.dry_run,
            "expected_total": self.expected_total,
            "canary": self.canary,
            "accept_current_user": self.accept_current_user,
            "may_reply_publicly": may_reply_publicly(),
        }


class JobRequest(RetryRequest, Work):
    """A job to be started."""


class PresetRequest(Work):
    """A filled-in tool to be saved under a name."""

    refusal: ClassVar[str] = "Nothing was saved: see `fields` for what does not fit."

    name: str = Field(min_length=1, max_length=LONGEST_NAME, description="What it is called in the list.")
    canary: Count = Field(0, description="So many tickets go first when its preview is carried out; 0: as usual.")
    shared: bool = Field(False, description="For everyone who may use the tool; else for its owner alone.")


class PresetChange(Body):
    """What is to be another way with a preset; what is left out stays."""

    refusal: ClassVar[str] = "Nothing was changed: see `fields` for what does not fit."

    name: str | None = Field(None, min_length=1, max_length=LONGEST_NAME)
    shared: bool | None = None


class UndoRequest(RetryRequest):
    """What of a job is to be taken back: all that it changed, or a part."""

    ticket_ids: list[Id] | None = Field(None, min_length=1, max_length=MOST_NAMED, description="Only these tickets.")
    errors: list[str] | None = Field(
        None, min_length=1, max_length=100, description="Of the tickets that were changed, only those with these words."
    )
    fields: list[str] | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="Only these values: keys such as tags, status, priority or followers, or the id of a custom field.",
    )
    closed: Literal["skip", "try"] | None = Field(
        None, description="Tags of closed tickets: leave them out, or try. Left out: as the job itself did."
    )

    def wanted(self) -> Wanted:
        """The part, in the words of the job commands."""
        return Wanted(
            fields=None if self.fields is None else tuple(sorted(set(self.fields))),
            ticket_ids=None if self.ticket_ids is None else tuple(sorted(set(self.ticket_ids))),
            errors=None if self.errors is None else tuple(sorted(set(self.errors))),
            closed=None if self.closed is None else self.closed == "try",
        )


class Mark(Body):
    """What a person found on a ticket whose outcome is unknown."""

    refusal: ClassVar[str] = "Nothing was marked: see `fields` for what does not fit."

    there: bool = Field(description="Whether the change is on the ticket.")


def check_role_of(slug: object, user: User) -> None:
    """:raises ApiError: 403, when the tool, if there is such a one, is not for people of this role."""
    if isinstance(slug, str) and slug in job_kinds():
        check_role(tools()[slug], user)


def submission(body: dict[str, Any], user: User) -> Submission:
    """The job that a POST /jobs asks for.

    :raises ApiError: 422 with a sentence for each key that does not fit; 403 when the tool is not for this role.
    """
    check_role_of(body.get("tool"), user)
    asked = JobRequest.read(body)
    return Submission(
        tool=asked.tool,
        user=user,
        parameters=asked.parameters,
        source=asked.source,
        **asked.options(),
    )


def job_requests() -> dict[str, type[JobRequest]]:
    """By slug: the request as each tool takes it, with its own parameters, to be shown in the OpenAPI document."""
    found: dict[str, type[JobRequest]] = {}
    for slug, kind in job_kinds().items():
        name = "".join(map(str.capitalize, slug.split("-")))
        own = create_model(f"{name}Parameters", __base__=kind.parameters, __doc__=kind.parameters.__doc__)
        about = Field(None, description="Needed unless the source is a job, which has its own.")
        fields: dict[str, Any] = {"tool": (Literal[slug], ...), "parameters": (own | None, about)}
        found[slug] = create_model(f"{name}Request", __base__=JobRequest, **fields)
    return found
