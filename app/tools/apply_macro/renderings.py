"""What the renderings of a macro's comment have in common: the longest, the emptiest, placeholders that are empty."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.jobs.protocol.operation import Planned, Values
from app.tools.apply_macro import comment as comments
from app.tools.apply_macro.sampled import Sampled


class Renderings:
    """Looks at rendered tickets, each once, and keeps two of them."""

    def __init__(self, template: str) -> None:
        self._template = template
        self._seen: set[int] = set()
        self._empty: Counter[str] = Counter()
        self._lengths: dict[str, int] = {}
        self.longest: Sampled | None = None
        self.emptiest: Sampled | None = None

    @property
    def count(self) -> int:
        return len(self._seen)

    @property
    def extremes(self) -> tuple[Sampled | None, Sampled | None]:
        """The longest and the emptiest; of fewer than two renderings none."""
        return (self.longest, self.emptiest) if self.count > 1 else (None, None)

    def see(self, ticket: Planned, after: Values | None) -> None:
        """Take one ticket into account, if its comment was rendered."""
        comment = (after or {}).get("comment")
        if not self._template or comment is None or ticket.ticket_id in self._seen:
            return
        self._seen.add(ticket.ticket_id)
        raw, length = comment.get("html_body") or comment["body"], len(comments.text(comment))
        self._empty.update(comments.empty_placeholders(self._template, raw))
        sampled = Sampled(ticket, after)
        if length > self._lengths.setdefault("longest", -1):
            self._lengths["longest"], self.longest = length, sampled
        if length < self._lengths.setdefault("emptiest", length + 1):
            self._lengths["emptiest"], self.emptiest = length, sampled

    def empty(self) -> list[dict[str, Any]]:
        """The placeholders that left nothing on some tickets, of those rendered: `[{placeholder, count}]`."""
        return [{"placeholder": name, "count": count} for name, count in self._empty.most_common()]
