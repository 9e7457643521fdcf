"""What changed on a ticket since the job that failed on it: of the preview of a retry, in words and by name."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from app.jobs.models import Job, JobItem
from app.macros.actions import LABELS
from app.tools.changes import Change, changes
from app.tools.wording import changes_of

UPDATED = "updated_at"


@dataclass(frozen=True)
class Since:
    """A ticket that is not as it was: what changed on it; `gone` when Zendesk does not show it any more."""

    item: JobItem
    changes: list[Change]
    gone: bool = False

    @property
    def unseen(self) -> bool:
        """It was updated by something that is not among the values we read, such as a comment."""
        return not self.gone and not self.changes


def told(job: Job, item: JobItem) -> Since:
    """What changed on this ticket."""
    found: dict[str, dict[str, Any]] = dict(item.changed_since or {})
    updated = found.pop(UPDATED, {"is": ""})
    names: dict[str, dict[str, str]] = (job.summary or {}).get("names_since", {})
    ours = [_named(change, names) for change in changes(_ticket(item, found, set(names))) if isinstance(change, Change)]
    theirs = changes_of(job, _ticket(item, found, found.keys() - names.keys()))
    named = [_labelled(change) for change in theirs if isinstance(change, Change)]
    return Since(item, ours + named, gone=updated["is"] is None)


def _ticket(item: JobItem, found: dict[str, dict[str, Any]], names: Collection[str]) -> JobItem:
    """The ticket as if it were a job that had changed these values of it."""
    old, new = dict(item.before or {}), {}
    for name in [name for name in found if name in names]:
        was, now = found[name]["was"], found[name]["is"]
        if isinstance(was, dict) and isinstance(now, dict):  # custom fields: only those that differ
            now = {key: value for key, value in now.items() if was.get(key) != value}
        old[name], new[name] = was, now
    return JobItem(**{"ticket_id": item.ticket_id, "before": old, "after": new})


def _named(change: Change, names: dict[str, dict[str, str]]) -> Change:
    """By the words of people: "group_id 17 becomes 18" says little."""
    known = names.get(change.name, {})
    added, removed = (tuple(known.get(value, value) for value in values) for values in (change.added, change.removed))
    return _labelled(replace(change, added=added, removed=removed))


def _labelled(change: Change) -> Change:
    return replace(change, name=LABELS.get(change.name, change.name.capitalize()))
