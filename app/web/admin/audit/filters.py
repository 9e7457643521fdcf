"""What the address of the audit log asks for; what makes no sense counts as nothing asked, so that old links open."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from flask import request

from app import numbers
from app.audit.queries import Wanted

LONGEST = 254


@dataclass(frozen=True)
class Typed:
    """The fields of the filter as they are shown again; only what counts is kept."""

    group: str
    person: str
    since: str
    until: str
    object: str

    def address(self) -> dict[str, str]:
        """The arguments of a link to the same filter."""
        named = {
            "group": self.group,
            "person": self.person,
            "from": self.since,
            "to": self.until,
            "object": self.object,
        }
        return {name: value for name, value in named.items() if value}

    def wanted(self) -> Wanted:
        kind, number = _object(self.object)
        until = _start(self.until)
        return Wanted(
            group=self.group,
            person=self.person,
            since=_start(self.since),
            until=until + timedelta(days=1).total_seconds() if until is not None else None,
            object_type=kind,
            object_id=number,
        )


def typed() -> Typed:
    """The filter that is asked for; days are days of UTC."""
    return Typed(_word("group"), _word("person"), _day("from"), _day("to"), _word("object"))


def before() -> int | None:
    """The cursor: the id below which the page begins."""
    return numbers.row_id(request.args.get("before", ""))


def _word(name: str) -> str:
    return "".join(filter(str.isprintable, request.args.get(name, ""))).strip()[:LONGEST]


def _day(name: str) -> str:
    value = _word(name)
    return value if _start(value) is not None else ""


def _start(day: str) -> float | None:
    try:
        return datetime.combine(date.fromisoformat(day), datetime.min.time(), UTC).timestamp()
    except ValueError:
        return None


def _object(words: str) -> tuple[str, str]:
    """ "job 214" → ("job", "214"); one word alone is a number if it looks like one, else a kind of object."""
    kind, _, number = words.lower().replace("#", " ").strip().partition(" ")
    return ("", kind) if kind.isdigit() and not number else (kind, number.strip())
