"""The tickets of a job as a table for people: what became of each and why, what came and went, by name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeGuard

from app.account.connection.current import tickets_url
from app.csv_text import csv_lines
from app.jobs import export
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import Outcome
from app.jobs.store.part import ALL, Part
from app.tools.changes import Change, Comment
from app.tools.wording import changes_of, reason_of

HEADER = (
    "ticket_id", "url", "subject", "status", "outcome", "reason", "added", "removed", "changed", "before", "after",
)  # fmt: skip
TAGS = "tags"


@dataclass(frozen=True)
class Row:
    """A ticket as the table has it, cell by cell; `before` and `after` are JSON there."""

    ticket_id: int
    url: str
    subject: Any  # with the status: as they were before; empty where the tool did not keep them
    status: Any
    outcome: str
    reason: str
    added: str  # tags, with blanks between them
    removed: str
    changed: str  # all else, such as "Status: Open → Solved"
    before: Any
    after: Any

    def cells(self) -> tuple[Any, ...]:
        """In the order of the header."""
        return tuple(getattr(self, name) for name in HEADER)


def csv_chunks(job: Job, part: Part = ALL) -> Iterator[str]:
    """The tickets, or a part of them, as CSV (RFC 4180), with a header, some hundred rows at a time."""
    address = tickets_url(job.account)
    yield csv_lines([HEADER])
    for page in export.pages(job.id, part):
        yield csv_lines(
            row_of(job, JobItem(**dict(zip(export.NAMES, row, strict=True))), address).cells() for row in page
        )


def row_of(job: Job, item: JobItem, address: str) -> Row:
    """What the table says of a ticket; only of one that was changed (in a dry run: will be) does it tell a change."""
    changed = item.outcome == Outcome.SUCCEEDED
    before: dict[str, Any] = item.before or {}
    found = changes_of(job, item) if changed else []
    tags = [each for each in found if _are_tags(each)]
    return Row(
        item.ticket_id,
        f"{address}{item.ticket_id}",
        before.get("subject"),
        before.get("status"),
        item.outcome,
        _reason(job, item),
        " ".join(tag for each in tags for tag in each.added),
        " ".join(tag for each in tags for tag in each.removed),
        "; ".join(_told(each) for each in found if not _are_tags(each)),
        item.before,
        item.after if changed else None,
    )


def _reason(job: Job, item: JobItem) -> str:
    """A sentence, Zendesk's own words, and the code that `?error=` takes."""
    if not item.error:
        return ""
    said = f" “{item.detail}”" if item.detail else ""
    return f"{reason_of(job, item.error).sentence}{said} ({item.error})"


def _are_tags(change: Change | Comment) -> TypeGuard[Change]:
    return isinstance(change, Change) and change.is_list and change.name.lower() == TAGS


def _told(change: Change | Comment) -> str:
    if isinstance(change, Comment):
        return f"{'Public reply' if change.public else 'Internal note'}: {change.text}"
    if change.is_list:
        signs = [f"+{value}" for value in change.added] + [f"\N{MINUS SIGN}{value}" for value in change.removed]
        return f"{change.name}: {' '.join(signs)}"
    old, new = (", ".join(values) or "\N{EN DASH}" for values in (change.removed, change.added))
    return f"{change.name}: {old} \N{RIGHTWARDS ARROW} {new}"
