"""Macros as the API shows them (docs/zendesk.md, Macros)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .actions import Action
from .people import User
from .times import iso


@dataclass(frozen=True)
class Macro:
    """A macro; `restriction` is None, or ("Group" | "User", id); `usage` counts its uses in 30 days."""

    id: int
    title: str
    actions: tuple[Action, ...]
    position: int
    active: bool = True
    restriction: tuple[str, int] | None = None
    description: str | None = None
    usage: int = 0
    attachments: int = 0
    updated_days_ago: int = 100

    @property
    def category(self) -> str | None:
        """What stands before the first `::`."""
        category, separator, _ = self.title.partition("::")
        return category if separator else None

    @property
    def personal(self) -> bool:
        return self.restriction is not None and self.restriction[0] == "User"

    def usable_by(self, user: User) -> bool:
        """Whether the user may apply it to tickets."""
        if self.restriction is None:
            return True
        kind, owner = self.restriction
        return owner in user.groups if kind == "Group" else owner == user.id

    def listed_for(self, user: User) -> bool:
        """Admins get all macros of the account, other agents' personal ones included (docs/zendesk.md, Macros)."""
        return user.role == "admin" or self.usable_by(user)


def macro_json(macro: Macro, base: str, born: float, include: frozenset[str] = frozenset()) -> dict[str, Any]:
    """`include` may name usage_1h, usage_24h, usage_7d and usage_30d."""
    found = {
        "url": f"{base}/api/v2/macros/{macro.id}.json",
        "id": macro.id,
        "title": macro.title,
        "raw_title": macro.title,
        "active": macro.active,
        "default": False,
        "position": macro.position,
        "description": macro.description,
        "actions": [{"field": name, "value": value} for name, value in macro.actions],
        "restriction": _restriction(macro),
        "created_at": iso(born - 50_000_000 + macro.position),
        "updated_at": iso(born - macro.updated_days_ago * 86_400),
    }
    return found | {name: used(macro, name) for name in sorted(include) if name.startswith("usage_")}


def attachments_json(macro: Macro, base: str, born: float) -> list[dict[str, Any]]:
    """The files of a macro, at most five."""
    return [
        {
            "id": macro.id * 10 + number,
            "filename": f"manual-{number}.pdf",
            "content_type": "application/pdf",
            "content_url": f"{base}/api/v2/macros/attachments/{macro.id * 10 + number}/content",
            "size": 48_213 + number,
            "created_at": iso(born - macro.updated_days_ago * 86_400),
        }
        for number in range(macro.attachments)
    ]


def used(macro: Macro, period: str) -> int:
    """Uses in a period such as `usage_7d`, taken as an even share of 30 days."""
    shares = {"usage_1h": 720, "usage_24h": 30, "usage_7d": 4, "usage_30d": 1}
    return macro.usage // shares[period] if period in shares else 0


def _restriction(macro: Macro) -> dict[str, Any] | None:
    if macro.restriction is None:
        return None
    kind, owner = macro.restriction
    return {"type": kind, "id": owner, **({"ids": [owner]} if kind == "Group" else {})}
