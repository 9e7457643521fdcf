"""What the address of a job page asks for: wrong values count as none, so that an old link still opens."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request

from app import numbers
from app.jobs.outcomes import OUTCOMES
from app.jobs.status import STATUSES
from app.jobs.store.part import CODE, Part
from app.tools.mounted import job_kinds


@dataclass(frozen=True)
class Ticket:
    """A ticket number that a person looks for, as typed; `number` is None when nothing usable was typed."""

    typed: str
    number: int | None

    @property
    def wrong(self) -> bool:
        return bool(self.typed) and self.number is None


def tool() -> str | None:
    """The tool whose jobs are wanted."""
    slug = request.args.get("tool", "")
    return slug if slug in job_kinds() else None


def status() -> str | None:
    """The job status that is wanted."""
    wanted = request.args.get("status", "")
    return wanted if wanted in STATUSES else None


def part() -> Part:
    """The tickets that are wanted: those with one outcome, and with one reason for it."""
    outcome, error = request.args.get("outcome", ""), request.args.get("error", "")
    return Part(outcome if outcome in OUTCOMES else None, error if CODE.fullmatch(error) else None)


def ticket() -> Ticket:
    """The ticket that is looked for; "#123" is as good as "123"."""
    typed = "".join(filter(str.isprintable, request.args.get("ticket", ""))).strip()
    return Ticket(typed, numbers.zendesk_id(typed.removeprefix("#")))


def cursor(name: str, most: int) -> int | None:
    """A cursor of the page's paging: the id beyond which the page begins, `most` at most."""
    return numbers.whole(request.args.get(name, ""), 1, most)
