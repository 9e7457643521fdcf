"""The company's views: from empty to thousands of tickets, shared, restricted, personal, retired."""

from __future__ import annotations

from collections.abc import Callable

from ..fields import Fields
from ..people import People
from ..views import Condition, View
from .tags import STRIKE

# ruff: noqa: RUF001 - people put dashes into titles

FIRST_ID = 360_002_410_000
UNSOLVED = Condition("status", "less_than", "solved")
UNCLOSED = Condition("status", "less_than", "closed")


def tagged(words: str) -> Condition:
    return Condition("current_tags", "includes", words)


def build_views(people: People, fields: Fields, service_email: str) -> dict[int, View]:
    """The views by id; all but the last three are there for every agent or for a group that the service user is in."""
    service = people.by_email[service_email.lower()]
    stranger = next(user for user in people.users.values() if user.role == "agent")
    brand = next(brand for brand in people.brands.values() if brand.name.endswith("B2B"))
    views: dict[int, View] = {}

    def add(title: str, *every: Condition, **more: object) -> None:
        position = len(views) + 1
        number = FIRST_ID + position * 37
        views[number] = View(number, title, position, every, **more)  # type: ignore[arg-type]

    group: Callable[[str], str] = lambda name: str(people.group_named(name).id)  # noqa: E731 - a word for what follows
    add("Unassigned", UNSOLVED, Condition("assignee_id", "is", ""))
    add("My open tickets", UNSOLVED, Condition("assignee_id", "is", "current_user"))
    add("Open – Shipping", Condition("status", "is", "open"), Condition("group_id", "is", group("Shipping")))
    add("Carrier strike – all", tagged(STRIKE), sort_by="updated_at")
    add("Refunds over 14 days", UNSOLVED, Condition("group_id", "is", group("Refunds")), older("created_at", 14))
    add("Pending over 5 days", older("PENDING", 5), sort_by="updated_at", sort_order="asc")
    add("Deutsch – offen", UNSOLVED, Condition("locale_id", "is", "8"))
    add("B2B / VIP", UNSOLVED, any=(Condition("brand_id", "is", str(brand.id)), tagged("vip vip_customer")))
    escalations = people.group_named("Escalations").id
    add("Escalated", UNSOLVED, tagged("escalated"), restriction=("Group", escalations), sort_by="priority")
    add("Bad ratings 7 days", Condition("satisfaction_score", "is", "bad"), Condition("updated_at", "less_than", "168"))
    add("Cleanup: returns_old", UNCLOSED, tagged("returns_old"))
    add("Suspected spam", tagged("suspected_spam"))
    add("Trial run: five tickets", UNCLOSED, tagged("giga_trial"), restriction=("User", service.id))
    add("My callbacks", UNSOLVED, tagged("callback"), restriction=("User", stranger.id))
    add("Backlog of the summer sale 2024", UNSOLVED, tagged("promo_summer_2024"), active=False)
    return views


def older(name: str, days: int) -> Condition:
    return Condition(name, "greater_than", str(days * 24))
