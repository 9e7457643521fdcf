"""Macros for tests as Zendesk would give them, the index made of them, and a big library from a seed."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime
from itertools import count
from typing import Any

from app.account.cache.macros import Library
from app.account.cache.macros_store import Owner
from app.macros.index import Index, build
from app.sandbox.macros import Macro

ACME = Owner("acme.zendesk.com", "reader")
NOW = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
_numbers = count(1)

TEXT = (
    "order parcel refund 30 days return label carrier straße Straße café İstanbul naïve policy {{ticket.id}} "
    "{{current_user.name}} https://help-old.acme.example/a&b vip_gold vip-gold VIP (soon) [draft] 100% a+b x*y "
    "返品 ваш заказ o'clock “quoted” semi;colon tab\tstop hard\N{NO-BREAK SPACE}blank"
)
WORDS = TEXT.split(" ")


def make_macro(title: str = "", *actions: tuple[str, Any], **changes: Any) -> dict[str, Any]:
    """A macro as Zendesk gives it; active, for everybody, updated now."""
    number = next(_numbers)
    listed = [{"field": name, "value": value} for name, value in actions]
    defaults: dict[str, Any] = {
        "id": number,
        "title": title or f"Macro {number}",
        "active": True,
        "description": None,
        "actions": listed,
        "restriction": None,
        "created_at": "2024-01-01T00:00:00Z",
        "updated_at": NOW,
    }
    return {**defaults, **changes}


def make_index(*macros: dict[str, Any], owner: Owner = ACME, **names: dict[str, Any]) -> Index:
    """`group={"7": {"name": "Shipping"}}`: complete names of a kind."""
    known = {kind: {"complete": True, "by_id": by_id} for kind, by_id in names.items()}
    return build(Library(owner, 1, time.time(), list(macros), known))


def sentence(chance: random.Random, words: int) -> str:
    return " ".join(chance.choice(WORDS) for _ in range(words))


def big_library(size: int, seed: str = "macros") -> dict[int, Macro]:
    """Macros for the stand-in, by id: half of them rich text of some hundred words."""
    chance = random.Random(seed)  # noqa: S311 - repeats with the seed
    made: dict[int, Macro] = {}
    for number in range(1, size + 1):
        text = sentence(chance, chance.randrange(20, 160))
        rich = "".join(f"<p>{part} <b>{chance.choice(WORDS)}</b></p>" for part in text.split("policy"))
        comment = ("comment_value_html", rich) if number % 2 else ("comment_value", text)
        actions = (comment, ("comment_mode_is_public", "true"), ("current_tags", f"t{number % 90} vip_gold"))
        title = f"Shelf {number % 40}::{sentence(chance, 3)} {number}"
        made[number] = Macro(number, title, actions, number, usage=number % 50, updated_days_ago=number % 900)
    return made
