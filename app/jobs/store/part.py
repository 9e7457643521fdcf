"""A part of a job's tickets: those with one outcome, and with one reason for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from app.jobs.models import JobItem

CODE = re.compile(r"[a-z][a-z0-9_]{0,63}")
NO_REASON = "none"  # in place of a code: tickets whose outcome has no reason


@dataclass(frozen=True)
class Part:
    """Tickets with this outcome and this error code; None for any. A reason's number counts exactly such a part."""

    outcome: str | None = None
    error: str | None = None

    def wanted(self) -> list[ColumnElement[bool]]:
        """SQL: conditions on `JobItem`."""
        found: list[ColumnElement[bool]] = []
        if self.outcome is not None:
            found.append(JobItem.outcome == self.outcome)
        if self.error == NO_REASON:
            found.append(JobItem.error.is_(None))
        elif self.error is not None:
            found.append(JobItem.error == self.error)
        return found


ALL = Part()
