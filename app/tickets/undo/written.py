"""What a job wrote on a ticket, as far as it can be taken back, and why a part of it is left as it is now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from app.jobs.protocol.operation import Values

COMMENT, TAGS, FIELDS, STATUS, OWN_STATUS = "comment", "tags", "custom_fields", "status", "custom_status_id"
FOLLOW, UNFOLLOW, CCS = "followers", "unfollow", "ccs"  # people who were added, and removed; jobs of old had CCs


class Why(StrEnum):
    """Why a value is left as it is."""

    CHANGED = "changed"  # others changed it since: the ticket does not hold what the job wrote
    NOT_RECORDED = "not_recorded"  # what was there before was not kept
    NEW = "new"  # Zendesk takes no ticket back to new: it becomes open
    CANNOT_EMPTY = "cannot_empty"  # Zendesk does not let it be emptied again
    CLOSED = "closed"  # of a closed ticket only tags change
    GROUP_CHANGED = "group_changed"  # others moved the ticket to another group, which the old assignee would undo
    ASSIGNED = "assigned"  # others assigned it in the group to which the job had moved it


@dataclass(frozen=True)
class Left:
    """A value that is left as it is; `name` is the ticket's key, or the id of a custom field."""

    name: str
    was: Any  # before the job
    wrote: Any
    now: Any
    why: str

    def kept(self) -> Values:
        """As JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Written:
    """A ticket before a job, and what the job wrote there; by the same keys as in its item."""

    before: Values
    after: Values

    @classmethod
    def of_item(cls, before: Values, after: Values | None) -> Written:
        """What can be taken back of an item: without its comment, and of the values before only what bears on it."""
        wrote = {name: value for name, value in (after or {}).items() if name != COMMENT}
        old = dict(before)
        if FIELDS in old:
            old[FIELDS] = {number: old[FIELDS][number] for number in wrote.get(FIELDS, {}) if number in old[FIELDS]}
        return cls({name: value for name, value in old.items() if name in _bearing_on(wrote)}, wrote)

    @classmethod
    def of(cls, instruction: Values) -> Written:
        return cls(instruction["before"], instruction["after"])

    def instruction(self) -> Values:
        """As JSON, to stay with the ticket's item."""
        return {"before": self.before, "after": self.after}

    def old(self, name: str) -> Any:
        """What was there before: the key of a ticket, or the id of a custom field.

        :raises KeyError: when that was not recorded.
        """
        return self.before[FIELDS][name] if name.isdigit() else self.before[name]


@dataclass(frozen=True)
class TakenBack:
    """What to write on a ticket, by the same keys as in an item's `after`, and what is left as it is."""

    after: Values = field(default_factory=dict)
    left: tuple[Left, ...] = ()


def _bearing_on(wrote: Collection[str]) -> set[str]:
    """What is needed of the values before: tags also for fields, the status and the group also for the assignee."""
    names = {*wrote, TAGS, STATUS}
    names |= {STATUS, OWN_STATUS} if names & {STATUS, OWN_STATUS} else set()
    return names | ({"group_id", "assignee_id"} if names & {"group_id", "assignee_id"} else set())
