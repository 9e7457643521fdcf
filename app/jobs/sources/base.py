"""What a source of tickets must say: the contract between a file in this folder and everything around it.

A source is a class with the keys of its JSON as fields, such as `{"view_id": 5}`, and a line in `registry.py`; nothing
else names it. From that alone come its part of the API's bodies and of the OpenAPI document, its options of
`flask jobs run`, the row of a job that bears it, its listing by the engine, and how pages, lists and commands tell it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, BinaryIO, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from app.auth.models import User
from app.jobs.outcomes import Relation
from app.jobs.protocol.operation import Instruction
from app.numbers import LARGEST_ID
from app.numbers.models import whole
from app.ticket_ids.rejected import Rejected
from app.zendesk import Client

Values = dict[str, Any]

Id = Annotated[int, whole(1, LARGEST_ID)]


class InvalidSource(ValueError):  # noqa: N818 - said of what a person gave, not of the program
    """It names no source that there is; `fields` has a sentence for each key that does not fit, "" for all of it."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = dict(fields)


class SourceRefused(Exception):  # noqa: N818 - an answer to a person, not a fault
    """It is not there, or not for this person; `message` says so in a sentence, `status` is the fitting HTTP status."""

    def __init__(self, code: str, message: str, status: int) -> None:
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


class SourceGone(Exception):  # noqa: N818 - an event of a listing, not a fault
    """It cannot be listed, however often it is tried; the message is the sentence with which the job stops."""


@dataclass(frozen=True)
class Found:
    """A source as it was looked up for a person.

    `title`: the words by which they know it, such as the title of a view; they follow "tickets in".
    `names_current_user`: what it holds depends on who asks Zendesk, which for us is the user we act as.
    """

    title: str
    names_current_user: bool = False


@dataclass(frozen=True)
class Listing:
    """What a source is given to list its tickets: the client, and the person who asked for them."""

    client: Client
    created_by_id: int
    created_as: str | None = None  # the role in which they asked, where that is known


@dataclass(frozen=True)
class LeftOut:
    """A ticket that the source found, and that is not to be changed: it is skipped, and its reason stands beside it.

    `ticket` is what is known of it, at least its `id`; `error` is a code of `app/jobs/wording.py`.
    """

    ticket: dict[str, Any]
    error: str


@dataclass(frozen=True)
class Page:
    """Some of a source's tickets, whole, as Zendesk gave them.

    `read_at` is Zendesk's clock when they were read, in seconds since 1970. `after` is the cursor from which the
    listing goes on, also after a crash; None after the last page. `instructions` has by ticket id what the source says
    about that very ticket. `missing` has those that a person named and that cannot be read, each with the code of its
    reason: they fail. `unreadable` counts tickets that are missing, for their number cannot be read.
    """

    tickets: Sequence[dict[str, Any]]
    read_at: float
    after: str | None
    instructions: Mapping[int, Instruction] = field(default_factory=dict[int, Instruction])
    missing: Mapping[int, str] = field(default_factory=dict[int, str])
    left_out: Sequence[LeftOut] = ()
    unreadable: int = 0
    repeats: bool = False  # the list was begun again, so that a page without anything new is no sign of trouble


@dataclass(frozen=True)
class Option:
    """An option of `flask jobs run` that gives one key of a source."""

    name: str  # without dashes
    key: str
    metavar: str
    help: str
    whole: bool = False  # it takes a whole number
    many: bool = False  # it may come several times
    file: Callable[[BinaryIO, str, User], Any] | None = None  # it takes a file: what a file of this name gives
    titles: Callable[[User], Iterable[tuple[int, str]]] | None = None  # what is also taken by its title: ids and titles


class TicketSource(BaseModel):
    """Where a job's tickets come from. Its fields are the keys of its JSON: in the API, and in the job's row."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    noun: ClassVar[str]  # "view": what a person calls one
    holds: ClassVar[str]  # which tickets it means, for the API's description
    wrong: ClassVar[Mapping[str, str]] = {}  # by key: the sentence for a value of another kind
    options: ClassVar[Sequence[Option]] = ()  # of the command line; the first one says that this source is meant
    relation: ClassVar[Relation | None] = None  # how a job comes from the one that is its source
    is_frozen: ClassVar[bool] = False  # its tickets are the frozen list of an earlier job: nothing is listed

    @classmethod
    def read(cls, given: Values) -> Self:
        """What was given, checked.

        :raises InvalidSource: with a sentence for each key that does not fit.
        """
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise InvalidSource(cls._sentences(error)) from error

    def kept(self) -> Values:
        """The source as JSON: as a job's row keeps it and the API shows it. Keys that were left out stay so."""
        return self.model_dump(mode="json", exclude_none=True)

    def at_rest(self, account: str, user_id: int) -> TicketSource:
        """The source as a job's row keeps it, called once for each job: what is long is put elsewhere, and named."""
        return self

    @property
    def instructs(self) -> bool:
        """Whether it says of each ticket what is to be done with it, which only some tools take."""
        return False

    def require_all(self) -> None:
        """Make sure that a job leaves out nothing that was given, where nobody has seen yet what was rejected.

        :raises SourceRefused: with a sentence that names it.
        """

    def rejected(self) -> Iterable[Rejected]:
        """What was given that is no ticket of the account, by its row; a job leaves it out once a person agreed."""
        return ()

    @property
    def of_job(self) -> int | None:
        """The earlier job whose tickets these are; None where they come from Zendesk."""
        return None

    @property
    def name(self) -> str:
        """What it is called while its title is not known, such as "view 5"."""
        raise NotImplementedError

    @property
    def form(self) -> Mapping[str, str]:
        """What fills it in on a tool's form: parameters of the form's address."""
        return {}

    def look_up(self, user: User) -> Found:
        """What is known of it, for this person; asked before a job is made of it, and where its tickets are counted.

        :raises SourceRefused: when it is not there, or this person may not use it.
        :raises ZendeskError: when Zendesk cannot be asked: then the job is made, and waits or ends with a sentence.
        """
        return Found(self.name)

    def count(self, client: Client) -> int | None:
        """How many tickets it has, by Zendesk's own word, which may be an estimate; None where that is not known.

        :raises ZendeskError: when Zendesk cannot be asked.
        """
        return None

    def page(self, listing: Listing, after: str | None) -> Page:
        """The first page of tickets, or the one from the cursor `after` on; called in a thread, one page at a time.

        The engine lists a source to its end before anything changes, and writes each ticket once, however often it
        comes: pages may repeat tickets, in any order. Tickets that the source cannot reach are not on its pages.

        :raises SourceGone: when it cannot be listed.
        :raises ZendeskError: when waiting may help.
        """
        raise NotImplementedError

    @property
    def unreachable(self) -> str | None:
        """Which tickets it cannot reach that a person may expect of it, in a sentence; None where there are none."""
        return None

    @classmethod
    def _sentences(cls, error: ValidationError) -> dict[str, str]:
        found: dict[str, str] = {}
        known = ", ".join(cls.model_fields)
        for problem in error.errors(include_url=False, include_input=False):
            key = str(problem["loc"][0]) if problem["loc"] else ""
            said = problem.get("ctx", {}).get("error")
            if problem["type"] == "extra_forbidden":
                sentence = f"There is no such key; known are {known}."
            elif problem["type"] == "missing":
                sentence = "This is needed."
            else:
                sentence = str(said) if said else cls.wrong.get(key, f"{problem['msg']}.")
            found.setdefault(key, sentence)
        return found
