"""What is searched for, as the address carries it: the same words for the page, the exports and the API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from app import numbers
from app.macros.facets import FACETS
from app.macros.findings import FINDINGS

SORTS = {"relevance": "Relevance", "title": "Title", "updated": "Last update", "used": "Use"}
SWITCHES = ("word", "case", "regex")
LONGEST_CHOICE = 500
LARGEST_PAGE = 10_000


@dataclass(frozen=True)
class Query:
    """A search: the text with its switches, a chosen value per facet, a finding, an order.

    `sort` is empty while none is chosen.
    """

    text: str = ""
    word: bool = False
    case: bool = False
    regex: bool = False
    chosen: Mapping[str, str] = field(default_factory=dict)
    finding: str = ""
    sort: str = ""
    page: int = 1

    @classmethod
    def of(cls, args: Mapping[str, str]) -> Query:
        """From an address; what does not fit counts as left out, so that an old link still opens."""
        sort, finding = args.get("sort", ""), args.get("finding", "")
        return cls(
            text=_typed(args.get("q", "")),
            **{switch: args.get(switch, "") not in ("", "0", "false") for switch in SWITCHES},
            chosen={name: _typed(args[name])[:LONGEST_CHOICE] for name in FACETS if _typed(args.get(name, ""))},
            finding=finding if finding in FINDINGS else "",
            sort=sort if sort in SORTS else "",
            page=numbers.whole(args.get("page", ""), 1, LARGEST_PAGE) or 1,
        )

    @property
    def order(self) -> str:
        """The order in force: by relevance where something is searched for, else by title."""
        if self.sort and (self.text or self.sort != "relevance"):
            return self.sort
        return "relevance" if self.text else "title"

    @property
    def narrowed(self) -> bool:
        """Whether anything but the whole library is asked for."""
        return bool(self.text or self.chosen or self.finding)

    def with_choice(self, facet: str, value: str | None) -> Query:
        """The same search with another value of a facet, or without one."""
        kept = {name: chosen for name, chosen in self.chosen.items() if name != facet}
        return replace(self, chosen=kept | ({facet: value} if value is not None else {}), page=1)

    def but(self, **changes: Any) -> Query:
        """The same search, changed; from its first page on."""
        return replace(self, **{"page": 1, **changes})

    def address(self) -> str:
        """The query string: only what differs from an empty search."""
        parts: dict[str, str] = {"q": self.text} if self.text else {}
        parts |= {switch: "1" for switch in SWITCHES if getattr(self, switch)}
        parts |= dict(self.chosen)
        parts |= {name: value for name, value in (("finding", self.finding), ("sort", self.sort)) if value}
        parts |= {"page": str(self.page)} if self.page > 1 else {}
        return urlencode(parts)


def _typed(text: str) -> str:
    """Line ends become blanks, and what no page can show goes: people do not type it."""
    return "".join(c for c in text.replace("\r", " ").replace("\n", " ") if c == "\t" or c.isprintable() or c.isspace())
