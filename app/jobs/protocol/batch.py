"""What goes to Zendesk in one request, and what is known of its tickets afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs.protocol.operation import Item, Left, Values

BATCH = 100  # update_many takes no more (docs/zendesk.md, Changing tickets)


@dataclass(frozen=True)
class Batch:
    """Up to 100 items that went, or are about to go, to Zendesk in one request."""

    id: int
    items: tuple[Item, ...]
    zendesk_job_id: str | None = None
    age: float = 0.0  # seconds since it was sent
    conflicts: frozenset[int] = frozenset()  # tickets that others changed meanwhile, as Zendesk said
    refused: frozenset[int] = frozenset()  # tickets of which Zendesk refused one copy, after another was lost
    latest_copy: float | None = None  # seconds after its sending within which Zendesk may still take it, if it says
    dropped: tuple[str, ...] = ()  # keys that Zendesk left out of this request
    ended: bool = False  # Zendesk is done with this copy, as it said; what it did is in the tickets

    @property
    def ticket_ids(self) -> list[int]:
        return [item.ticket_id for item in self.items]


@dataclass(frozen=True)
class Fresh:
    """A ticket as it was read anew, and what is planned for it now.

    Nothing that was sent before can pass any more, unless its stamp is still the same.
    """

    before: Values
    after: Values | None
    stamp: str | None
    needs: str | None = None
    overtaken: bool = False  # others had changed it: one conflict more
    conditional: bool = False  # it goes under its stamp from now on
    left: Left | None = None  # what an undo leaves as it is


@dataclass(frozen=True)
class Verdict:
    """What is known of one ticket: its outcome, or `pending` when it has to be sent (again), planned anew or not.

    An outcome with `fresh` holds for the ticket as it was read then: no copy that was sent can pass any more. `held`
    is what the ticket holds of its change, where that is not all that was planned; `left` what an undo leaves as it is.
    """

    ticket_id: int
    outcome: str
    error: str | None = None
    detail: str | None = None
    fresh: Fresh | None = None
    held: Values | None = None
    left: Left | None = None


@dataclass(frozen=True)
class Reconciled:
    """Verdicts on tickets of an unclear batch; `open` are those to look at again, after `wait` seconds."""

    verdicts: list[Verdict]
    open: tuple[Item, ...] = ()
    wait: float = 0.0


@dataclass(frozen=True)
class Choice:
    """Which of the pending tickets may go next."""

    most: int = BATCH
    tried_only: bool = False  # those that were sent before
    suspects_only: bool = False  # those during which a driver vanished
