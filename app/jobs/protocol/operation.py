"""What a tool must say so that the engine can do its work: the interface between the two.

An operation is of one of two kinds. A `Repeatable` one (tags added and removed) goes out without a stamp, and under
one once an answer was lost. Everything else is `Stamped`: each ticket's change goes out under the `updated_at` that its
plan was made from, so that of any number of copies at most one can pass, and the ticket's history tells which one did.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeGuard

from app.jobs.outcomes import Outcome
from app.zendesk import Client, ZendeskJob

Values = dict[str, Any]
Left = list[Values]
"""What an undo leaves as it is on a ticket, as JSON: `[{name, was, wrote, now, why}]`."""

Instruction = dict[str, Any]
"""What a source, or an undo, says about one very ticket: JSON that stays with the ticket's item; most say nothing."""


class Unusable(Exception):  # noqa: N818 - an answer to a person, not a fault
    """What a job's operation is made of cannot be used; the message is the sentence for the person who asked."""


@dataclass(frozen=True)
class Snapshot:
    """What an operation is made of beyond its parameters: read once before a job begins, and frozen with it.

    `values` is kept with the job as JSON. `version` changes when the same snapshot, read again, would do something
    else: then the job stops. It is None, and nothing is held against it, where the operation may be repeated.
    `writes_to_customers` and `names_current_user` say what a person must agree to.
    """

    values: Values
    version: str | None
    writes_to_customers: bool = False
    names_current_user: bool = False


@dataclass(frozen=True)
class Item:
    """A ticket of a job as its operation sees it.

    `conditional`: it is unknown what became of a copy that was sent without a stamp, so the next ones go under one.
    """

    ticket_id: int
    before: Values
    after: Values | None
    stamp: str | None = None  # the ticket's `updated_at` when it was read
    conditional: bool = False
    instruction: Instruction | None = None


@dataclass(frozen=True)
class Plan:
    """What an operation wants for one ticket.

    A change (`after` says to what), one that Zendesk must render first (`renders`), nothing, to leave it out, or to
    refuse it: `error` is a code whose sentence the tool knows, `detail` a text for people who may see the ticket.
    """

    outcome: str
    after: Values | None = None
    error: str | None = None
    detail: str | None = None
    renders: bool = False
    trial: bool = False  # the account may refuse it for all tickets of the kind: one goes first
    left: Left | None = None  # of an undo: what is left as it is
    since: Values | None = None  # of an undo: what the ticket does not hold any more, as `{name: {was, is}}`

    @classmethod
    def change(
        cls,
        after: Values,
        *,
        trial: bool = False,
        error: str | None = None,
        left: Left | None = None,
        since: Values | None = None,
    ) -> Plan:
        """:param error: what is said of the ticket once it has been changed, where that is not all there is to say."""
        return cls(Outcome.PENDING, after=after, trial=trial, error=error, left=left, since=since)

    @classmethod
    def render(cls) -> Plan:
        return cls(Outcome.PENDING, renders=True)

    @classmethod
    def nothing(cls, *, since: Values | None = None) -> Plan:
        return cls(Outcome.UNCHANGED, since=since)

    @classmethod
    def leave_out(cls, error: str, *, left: Left | None = None, since: Values | None = None) -> Plan:
        return cls(Outcome.SKIPPED, error=error, left=left, since=since)

    @classmethod
    def refuse(cls, error: str, detail: str | None = None) -> Plan:
        return cls(Outcome.FAILED, error=error, detail=detail)


@dataclass(frozen=True)
class Planned:
    """A listed ticket with its plan, as a dry run sums it up; `after` is None until Zendesk has rendered it."""

    ticket_id: int
    outcome: str
    before: Values
    after: Values | None
    error: str | None = None
    stamp: str | None = None
    instruction: Instruction | None = None
    left: Left | None = None

    @property
    def item(self) -> Item:
        return Item(self.ticket_id, self.before, self.after, self.stamp, instruction=self.instruction)


@dataclass(frozen=True)
class Shown:
    """What a ticket that was read back holds of a change; `missing` names the parts of it that nothing shows."""

    held: Values
    missing: tuple[str, ...] = ()
    nothing: bool = False  # all that was asked for is missing


class Operation(Protocol):
    """What a job does to its tickets, whatever its kind."""

    def keep(self, ticket: dict[str, Any]) -> Values:
        """The values of a ticket, as Zendesk lists it, that are worth keeping from before the change."""
        ...

    def plan(self, before: Values, instruction: Instruction | None) -> Plan:
        """What to do with a ticket that has these values, and of which its source says this."""
        ...

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        """What a dry run found, for its page. `planned` streams over all tickets and can be read once."""
        ...

    def without(self, item: Item, dropped: Collection[str]) -> Values:
        """What a ticket holds of its `after` where Zendesk left out these keys of its change; empty where nothing."""
        ...

    def shown(self, item: Item, ticket: dict[str, Any], audits: Sequence[dict[str, Any]]) -> Shown:
        """What a ticket, read again after its answer was lost, holds of its change.

        :param audits: those that are the item's change; none where only the ticket tells.
        """
        ...

    def outdated(self, client: Client) -> str | None:
        """Why a list that was planned earlier would become something else now, in a sentence; None if it would not.

        Asked before such a list is carried out, and when a job goes on after a rest, of jobs with a snapshot.
        What Zendesk does not show is no reason. One request, as a rule.

        :raises ZendeskError: when waiting may help.
        """
        ...


class Repeatable(Operation, Protocol):
    """It goes out in the bulk form, the same for all tickets of a batch, and without stamps.

    Repeating it does no harm to a ticket, but what answers the change (a rule that mails the customer and takes the tag
    off again) would answer twice. So after a lost answer the engine reads the tickets, and where one has changed its
    audits; what did not pass goes again under the ticket's own stamp.
    """

    def done(self, before: Values, instruction: Instruction | None) -> bool:
        """Whether a ticket with these values, read again, is as wanted; asked of tickets that were sent."""
        ...

    def body(self, items: Sequence[Item]) -> dict[str, Any]:
        """What a batch sends, as the JSON of the request: recorded (as a hash) before it goes out."""
        ...

    def send(self, client: Client, items: Sequence[Item], body: dict[str, Any]) -> ZendeskJob:
        """Send one batch of at most 100 items in one request."""
        ...

    def change(self, item: Item) -> dict[str, Any]:
        """What to send for one ticket under its stamp, as a ticket's JSON without id, stamp and metadata."""
        ...

    def refusal(self, item: Item) -> str | None:
        """The reason for which a ticket that Zendesk refuses counts as left out; None where it counts as failed."""
        ...


class Found(enum.Enum):
    """What an audit by the user we act as, without our metadata, says about a change of ours."""

    OURS = enum.auto()  # the same comment, or the same values where there is no comment
    ANOTHER = enum.auto()  # a comment with another text: it may be ours, altered on its way
    NOTHING = enum.auto()  # something else altogether


class Stamped(Operation, Protocol):
    """It must not happen twice. The engine adds id, stamp and metadata to what `change` says, and sends the batch."""

    stamped: ClassVar[bool]
    comments: bool  # whether it writes a comment, which cannot be taken back
    renders: bool  # whether Zendesk renders its changes

    def render(self, client: Client, item: Item) -> Plan:
        """The plan of a ticket whose values Zendesk must render first; one request.

        :raises ZendeskError: when Zendesk did not render it.
        """
        ...

    def revision(self, client: Client) -> str | None:
        """Which revision of what was frozen is in force in Zendesk: another one after each time that an admin saved it.

        None when it is not what was frozen any more. One request.

        :raises ZendeskError: when Zendesk cannot be asked.
        """
        ...

    def change(self, item: Item) -> dict[str, Any]:
        """What to send for one ticket, as a ticket's JSON without id, stamp and metadata; `public` is explicit."""
        ...

    def found(self, audit: dict[str, Any], item: Item) -> Found:
        """Whether this audit, by the user we act as, is the item's change; its metadata has been looked at already."""
        ...


def is_stamped(operation: Operation) -> TypeGuard[Stamped]:
    """Whether an operation goes out under stamps."""
    return getattr(operation, "stamped", False)


class TakesBack(Stamped, Protocol):
    """It takes an earlier job back: what it does to a ticket depends on what that job did there."""

    def instruction(self, item: Item) -> Instruction:
        """What is to be taken back on a ticket, of its item in the job that is undone."""
        ...


def takes_back(operation: Operation) -> TypeGuard[TakesBack]:
    """Whether an operation takes an earlier job back."""
    return hasattr(operation, "instruction")
