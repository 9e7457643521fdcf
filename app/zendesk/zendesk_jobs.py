"""Reads Zendesk's own jobs, and what they say about each ticket."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from app.numbers import whole

from .envelopes import LONGEST_SENTENCE

AT_WORK = frozenset({"queued", "working"})
CONFLICT = re.compile(r"conflict|safe[ _]?update|outdated|collision|stale", re.IGNORECASE)
CLOSED = re.compile(r"closed prevents|\b(is|are|was) closed\b|closed ticket|ticket_?closed", re.IGNORECASE)


@dataclass(frozen=True)
class Result:
    """What a Zendesk job says about one ticket.

    `ok` only upon an explicit `success: true`. An explicit failure has an `error`, which recorded failures carry
    without any `success` key (docs/zendesk.md, Zendesk jobs). With neither, the entry says nothing, and reading back
    must tell. `details` is Zendesk's sentence, in the account's language, at most 500 characters: not for the log.
    """

    ticket_id: int | None
    index: int | None
    ok: bool
    error: str | None = None
    details: str | None = None

    @property
    def says_something(self) -> bool:
        return self.ok or self.error is not None

    @property
    def conflict(self) -> bool:
        """The ticket changed since its stamp, or inside Zendesk at that moment.

        The wording is undocumented (docs/zendesk.md, Zendesk jobs), so this takes every hint: a conflict is read again
        and decided anew, which does no harm.
        """
        return not self.ok and bool(CONFLICT.search(f"{self.error} {self.details}"))

    @property
    def closed(self) -> bool:
        """The ticket is closed and takes no changes; the wording in jobs is undocumented.

        See docs/zendesk.md, Closed tickets.
        """
        return not self.ok and bool(CLOSED.search(f"{self.error} {self.details}"))


@dataclass(frozen=True)
class ZendeskJob:
    """The account's `job_status`; `id` is opaque, `results` None until Zendesk gives a list.

    See docs/zendesk.md, Zendesk jobs.
    """

    id: str
    status: str
    total: int | None = None
    progress: int | None = None
    message: str | None = None
    results: tuple[Result, ...] | None = None
    warning: str | None = field(default=None, compare=False)

    @property
    def terminal(self) -> bool:
        """Nothing more will happen; also upon a status word that is not known (docs/zendesk.md, Zendesk jobs).

        Not guaranteed: that any ticket was changed. `completed` with 99 of 100 refused has been recorded.
        """
        return self.status not in AT_WORK

    def by_ticket(self, ids: Sequence[int]) -> dict[int, Result]:
        """The results keyed by ticket, for the tickets `ids` in the order in which they were sent.

        A failed entry without an id is placed by its `index`; a success never is. Tickets are absent when the job
        says nothing about them, or contradicts itself: only reading back can tell.
        """
        found: dict[int, Result] = {}
        contradicted: set[int] = set()
        for result in self.results or ():
            ticket_id = _ticket_of(result, ids)
            if ticket_id is None or not result.says_something:
                continue
            if ticket_id in found and found[ticket_id].ok != result.ok:
                contradicted.add(ticket_id)
            found[ticket_id] = result
        wanted = set(ids) - contradicted
        return {ticket_id: result for ticket_id, result in found.items() if ticket_id in wanted}


def read_zendesk_job(raw: Any, warning: str | None = None) -> ZendeskJob | None:
    """A `job_status` object; None when it has no id and so is none."""
    if not isinstance(raw, dict) or not isinstance(raw.get("id"), str) or not raw["id"]:
        return None
    status, message, results = raw.get("status"), raw.get("message"), raw.get("results")
    return ZendeskJob(
        id=raw["id"],
        status=status if isinstance(status, str) else "queued",
        total=whole(raw.get("total")),
        progress=whole(raw.get("progress")),
        message=message[:LONGEST_SENTENCE] if isinstance(message, str) else None,
        results=tuple(_read_result(item) for item in results) if isinstance(results, list) else None,
        warning=warning,
    )


def _read_result(raw: Any) -> Result:
    if not isinstance(raw, dict):
        return Result(None, None, ok=False)
    error = raw.get("error") or raw.get("errors")
    if raw.get("success") is False and not error:
        error = raw.get("status") or "Failed"
    return Result(
        ticket_id=whole(raw.get("id")),
        index=whole(raw.get("index")),
        ok=raw.get("success") is True and not error,
        error=_text(error),
        details=_text(raw.get("details")),
    )


def _ticket_of(result: Result, ids: Sequence[int]) -> int | None:
    if result.ticket_id is not None or result.error is None or result.index is None:
        return result.ticket_id
    return ids[result.index] if 0 <= result.index < len(ids) else None


def _text(value: Any) -> str | None:
    """The sentences in a value of any shape: Zendesk gives strings, lists and objects of objects."""
    if isinstance(value, dict):
        value = [value["description"]] if "description" in value else list(value.values())
    if isinstance(value, list):
        value = "; ".join(text for item in value if (text := _text(item)))
    text = value if isinstance(value, str) else "" if value is None else str(value)
    return text[:LONGEST_SENTENCE] or None
