"""What a ticket holds of a change, as its audits and the ticket itself show after a lost answer."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.jobs.outcomes import PARTLY, Outcome
from app.jobs.protocol.batch import Verdict
from app.jobs.protocol.dropped import LONGEST_ERROR, SEPARATOR, missing_parts
from app.jobs.protocol.operation import Item, Operation

Audits = Sequence[dict[str, Any]]


def verdict_of_passed(operation: Operation, item: Item, ticket: dict[str, Any], audits: Audits) -> Verdict:
    """The verdict on a ticket whose change passed: what it holds of it, and what is missing.

    Where nothing of the change is to be seen a person has to look: the audits say that a copy of it passed.

    :param audits: those that are ours.
    """
    shown = operation.shown(item, ticket, audits)
    held = None if shown.held == item.after else shown.held
    if not shown.missing:
        return Verdict(item.ticket_id, Outcome.SUCCEEDED, held=held)
    error = f"{PARTLY}{SEPARATOR.join(shown.missing)}"[:LONGEST_ERROR]
    if shown.nothing:
        return Verdict(item.ticket_id, Outcome.UNKNOWN, error)
    return Verdict(item.ticket_id, Outcome.SUCCEEDED, error, held=held)


def names_missing(verdicts: Iterable[Verdict]) -> list[str]:
    """The parts of changes that reading the tickets back did not show, each once."""
    errors = (each.error for each in verdicts if each.error and each.error.startswith(PARTLY))
    return list(dict.fromkeys(name for error in errors for name in missing_parts(error)))


@dataclass(frozen=True)
class TagsMade:
    """What became of a ticket's tags by our own change, whatever rules or agents did to them afterwards."""

    states: tuple[frozenset[str], ...]  # of the ticket: as our audits tell of it, and as it is now

    @classmethod
    def of(cls, ticket: Mapping[str, Any], audits: Audits) -> TagsMade:
        told = (tags_in(value) for value in values_of(audits, "tags"))
        return cls((*told, tags_in(ticket.get("tags"))))

    def not_added(self, tags: Iterable[str]) -> list[str]:
        """Those of these tags that the ticket never had."""
        return [tag for tag in tags if not any(tag.lower() in state for state in self.states)]

    def not_removed(self, tags: Iterable[str]) -> list[str]:
        """Those of these tags that it always had."""
        return [tag for tag in tags if all(tag.lower() in state for state in self.states)]


def values_of(audits: Audits, name: str) -> Iterator[Any]:
    """What a field became by the changes in these audits."""
    for event in events_of(audits):
        if event.get("type") in ("Change", "Create") and str(event.get("field_name")) == name:
            yield event.get("value")


def events_of(audits: Audits) -> Iterator[dict[str, Any]]:
    for audit in audits:
        listed = audit.get("events")
        yield from (event for event in (listed if isinstance(listed, list) else ()) if isinstance(event, dict))


def tags_in(value: Any) -> frozenset[str]:
    """Tags as a ticket or an audit lists them, in lower case."""
    listed: Collection[Any] = value if isinstance(value, list) else str(value or "").split()
    return frozenset(str(tag).lower() for tag in listed)
