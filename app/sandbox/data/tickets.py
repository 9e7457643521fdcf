"""The company's tickets: months of everyday work, and the days when the carriers' drivers were on strike."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from ..fields import Fields, Value
from ..people import People, User
from ..tickets import Ticket
from .company import BRAND_WEIGHTS, PRODUCTS
from .tags import (
    ALL_TAGS,
    LISTED,
    MID_PATTERNS,
    STRIKE,
    TAIL_PATTERNS,
    TOPIC_TAGS,
    TWINS,
    USED_ONCE,
    invented,
)
from .texts import TEXTS, texts_on

T = TypeVar("T")
DAY = 86_400
FIRST_NUMBER = 20_417
MONTHS_BACK = 260 * DAY
LATEST = 2 * 3_600
STRIKE_STARTED = 20 * DAY
SPIKE = 3 * DAY
STRIKE_ENDED = 5 * DAY
OLD, SETTLED = 35 * DAY, 10 * DAY

# Of 3,600 tickets, 2,640 are about the strike; of these 1,022 ask for a return, 303 are pending, 27 closed as merged.
DEFAULT_SIZE, STRIKE_SIZE, STRIKE_RETURNS, STRIKE_PENDING, STRIKE_CLOSED = 3_600, 2_640, 1_022, 303, 27

WEEK = (1.5, 1.25, 1.1, 1.05, 1.0, 0.6, 0.5)
HOURS = (1, 1, 1, 1, 1, 2, 4, 8, 14, 16, 15, 13, 12, 13, 14, 14, 13, 11, 10, 11, 10, 7, 4, 2)
CHANNELS = {"email": 52, "web": 21, "native_messaging": 14, "voice": 8, "api": 5}
TOPICS = {
    "question": 20, "return": 18, "refund": 16, "late": 9, "damaged": 9, "warranty": 8, "rental": 8,
    "account": 6, "b2b": 5, "wrong_item": 5,
}  # fmt: skip
PRIORITIES = {None: 30, "low": 10, "normal": 45, "high": 12, "urgent": 3}
GROUP_OF = {
    "late": "Shipping", "refund": "Refunds", "return": "Returns", "damaged": "Returns", "wrong_item": "Returns",
    "question": "Support", "rental": "Rentals", "b2b": "B2B", "account": "Support", "warranty": "Workshop",
}  # fmt: skip
STRIKE_GROUPS = {"Shipping": 62, "Support": 24, "Refunds": 8, "Returns": 6}
REASON_OF = {
    "late": "reason_late", "refund": "reason_refund", "return": "returns", "damaged": "reason_damaged",
    "wrong_item": "reason_wrong_item", "question": "reason_question", "account": "reason_account",
}  # fmt: skip
STATUS_BY_AGE = (
    (OLD, {"closed": 78, "solved": 16, "pending": 3, "hold": 3}),
    (SETTLED, {"solved": 52, "open": 20, "pending": 15, "hold": 7, "closed": 6}),
    (0, {"new": 40, "open": 32, "pending": 15, "hold": 5, "solved": 8}),
)
FEW = 0.07
RARE = ("giga_trial", "closed_by_merge", "returns_old")


@dataclass
class Plan:
    """What is decided about a ticket before its number is known."""

    created: int
    topic: str
    strike: bool = False
    status: str = ""
    reason: str | None = None


class Writer:
    """Writes the tickets; everything random comes from `chance`, so that a seed makes one help desk."""

    def __init__(self, people: People, fields: Fields, number: int, chance: random.Random) -> None:
        self.people, self.fields, self.number, self.chance = people, fields, number, chance
        self.born = int(people.born)
        self.customers = [user for user in people.users.values() if not user.staff]
        self.brands = list(people.brands)
        self.agents: dict[int, list[User]] = {group: [] for group in people.groups}
        for user in people.users.values():
            for group in user.groups if user.staff and not user.light else ():
                self.agents[group].append(user)
        self.field_ids = {each.title: each.id for each in fields.custom}
        known = {tag for each in fields.custom if not each.several for tag in each.tags} | set(LISTED) | {STRIKE}
        known |= {tag for tags in TOPIC_TAGS.values() for tag in tags} | {
            tag for tags in TWINS.values() for tag in tags
        }
        self.mid = invented(known, ALL_TAGS - USED_ONCE - len(known), MID_PATTERNS, chance)
        self.tail = invented(known, USED_ONCE, TAIL_PATTERNS, chance)
        twins = [tag for tags in TWINS.values() for tag in tags]
        self.common = [tag for tag in (*LISTED, *twins, *self.mid) if tag not in RARE]
        self.loose = [tag for tag in LISTED if tag not in RARE] + self.mid
        self.loose_weights = [1 / (rank + 3) for rank in range(len(self.loose))]

    def tickets(self) -> dict[int, Ticket]:
        """All tickets by number, ascending, with gaps as deleted ones leave them."""
        plans = sorted([*self._strike(), *self._everyday()], key=lambda plan: plan.created)
        number, found = FIRST_NUMBER, {}
        for plan in plans:
            number += 1 if self.chance.random() > FEW else self.chance.randrange(2, 5)
            found[number] = self._ticket(number, plan)
        self._sprinkle(list(found.values()))
        return found

    def _scaled(self, number: int) -> int:
        return round(self.number * number / DEFAULT_SIZE)

    def _strike(self) -> Iterator[Plan]:
        """The spike: three days in which everything comes at once, and two weeks in which it fades."""
        size, closed, pending = self._scaled(STRIKE_SIZE), self._scaled(STRIKE_CLOSED), self._scaled(STRIKE_PENDING)
        statuses = ["closed"] * closed + ["pending"] * pending + ["open"] * (size - closed - pending)
        returns = self._scaled(STRIKE_RETURNS)
        reasons = ["returns"] * returns + ["reason_late"] * (size - returns)
        self.chance.shuffle(statuses)
        self.chance.shuffle(reasons)
        for status, reason in zip(statuses, reasons, strict=True):
            spike = self.chance.random() < 0.8  # noqa: PLR2004 - four of five came in the three days
            span = (0, SPIKE) if spike else (SPIKE, STRIKE_STARTED - STRIKE_ENDED)
            created = self.born - STRIKE_STARTED + self.chance.randrange(*span)
            yield Plan(created, "late", strike=True, status=status, reason=reason)

    def _everyday(self) -> Iterator[Plan]:
        """Months in a weekly and daily rhythm, with more of late, as help desks keep what is young."""
        number = self.number - self._scaled(STRIKE_SIZE)
        days = range(MONTHS_BACK // DAY)
        weights = [WEEK[time.gmtime(self.born - day * DAY).tm_wday] * (2 if day < 30 else 1) for day in days]  # noqa: PLR2004
        chosen = self.chance.choices(days, weights, k=number)
        topics = self.chance.choices(list(TOPICS), list(TOPICS.values()), k=number)
        hours = self.chance.choices(range(24), HOURS, k=number)
        midnight = self.born - self.born % DAY
        for day, hour, topic in zip(chosen, hours, topics, strict=True):
            created = midnight - day * DAY + hour * 3_600 + self.chance.randrange(3_600)
            yield Plan(min(created, self.born - LATEST), topic)

    def _ticket(self, number: int, plan: Plan) -> Ticket:
        chance = self.chance
        requester = chance.choice(self.customers)
        status = plan.status or self._status(self.born - plan.created)
        group = self.people.group_named(_pick(chance, STRIKE_GROUPS) if plan.strike else GROUP_OF[plan.topic])
        product, product_tag = chance.choice(PRODUCTS)
        order = f"NF-{chance.randrange(100_000, 999_999)}"
        updated = self._updated(plan.created, status)
        subject, description = self._text(plan.topic, requester, product, order)
        values, tags = self._fields_and_tags(plan, product_tag, order)
        return Ticket(
            id=number,
            created_at=plan.created,
            updated_at=updated,
            status_at=chance.randrange(plan.created, updated + 1),
            subject=subject,
            description=description,
            language=requester.language,
            status=status,
            via=_pick(chance, CHANNELS),
            requester_id=requester.id,
            brand_id=self._brand(plan.topic),
            tags=tuple(sorted(tags)),
            fields=values,
            priority=_pick(chance, PRIORITIES),
            type="problem" if plan.topic == "damaged" else "question" if plan.topic == "question" else None,
            assignee_id=None if status == "new" else self._assignee(group.id, status),
            group_id=group.id,
            organization_id=requester.organization_id,
            satisfaction=self._satisfaction(status),
            cc_ids=(chance.choice(self.customers).id,) if chance.random() < FEW else (),
        )

    def _status(self, age: int) -> str:
        return _pick(self.chance, next(weights for least, weights in STATUS_BY_AGE if age >= least))

    def _updated(self, created: int, status: str) -> int:
        """Within the time that such a ticket takes; never later than ten minutes before the start."""
        span = {"new": 60, "open": 9 * DAY, "pending": 7 * DAY, "hold": 12 * DAY}.get(status, 30 * DAY)
        return min(created + self.chance.randrange(60, span + 61), self.born - 600)

    def _text(self, topic: str, requester: User, product: str, order: str) -> tuple[str, str]:
        words, text = TEXTS[requester.language], self.chance.choice(texts_on(requester.language, topic))
        parts = (self.chance.choice(words["greeting"]), text["body"], self.chance.choice(words["closing"]))
        fill = {"order": order, "product": product, "name": requester.name}
        return text["subject"].format(**fill), "\n\n".join(parts).format(**fill)

    def _fields_and_tags(self, plan: Plan, product_tag: str, order: str) -> tuple[dict[int, Value], set[str]]:
        chance, ids = self.chance, self.field_ids
        carrier = _pick(chance, {"carrier_nordpost": 80, "carrier_expresso": 15, "carrier_wheel_co": 5})
        shipped = plan.topic in ("late", "damaged", "wrong_item")
        values: dict[int, Value] = {
            ids["Contact reason"]: plan.reason or REASON_OF.get(plan.topic),
            ids["Product"]: product_tag if plan.topic != "account" else None,
            ids["Carrier"]: carrier if shipped else None,
            ids["Order number"]: order,
            ids["Goodwill granted"]: chance.random() < FEW,
            ids["Repairs"]: None,
        }
        tags = {value for key, value in values.items() if isinstance(value, str) and key != ids["Order number"]}
        if values[ids["Goodwill granted"]]:
            tags.add("goodwill")
        for tag in TOPIC_TAGS[plan.topic]:
            tags.add(chance.choice(TWINS[tag]) if tag in TWINS and chance.random() < FEW else tag)
        if plan.strike:
            tags.add(STRIKE)
            if plan.status == "closed":
                tags.add("closed_by_merge")
        if chance.random() < 0.4:  # noqa: PLR2004 - two of five carry something of their own
            tags.update(chance.choices(self.loose, self.loose_weights, k=chance.randrange(1, 4)))
        return values, tags

    def _brand(self, topic: str) -> int:
        outdoor, rentals, b2b = self.brands
        if topic in ("rental", "b2b"):
            return rentals if topic == "rental" else b2b
        return self.chance.choices((outdoor, rentals, b2b), list(BRAND_WEIGHTS.values()))[0]

    def _assignee(self, group: int, status: str) -> int | None:
        """Mostly an agent of the group; an unsolved one sometimes has no assignee."""
        unsolved = status in ("open", "pending", "hold")
        if not self.agents[group] or (unsolved and self.chance.random() < FEW):
            return None
        service, *team = self.agents[group]
        rarely = unsolved and self.chance.random() < 0.005  # noqa: PLR2004 - one in two hundred
        return service.id if rarely or not team else self.chance.choice(team).id

    def _satisfaction(self, status: str) -> str:
        if status not in ("solved", "closed"):
            return "unoffered"
        return _pick(self.chance, {"unoffered": 50, "offered": 25, "good": 18, "bad": 7})

    def _sprinkle(self, tickets: list[Ticket]) -> None:
        """Tags that are rare by design: those used once, the old returns, the five for a trial, the merged."""
        chance = self.chance
        for tag, ticket in zip(self.tail, chance.sample(tickets, min(len(self.tail), len(tickets))), strict=False):
            _tag(ticket, tag)
        uses = Counter(tag for ticket in tickets for tag in ticket.tags)
        for tag in self.common:
            for ticket in chance.sample(tickets, max(2 - uses[tag], 0)):
                _tag(ticket, tag)
        unclosed = [ticket for ticket in tickets if not ticket.closed]
        for ticket in chance.sample(unclosed, min(self._scaled(180), len(unclosed))):
            _tag(ticket, "returns_old")
        for ticket in unclosed[:: max(len(unclosed) // 5, 1)][:5]:
            _tag(ticket, "giga_trial")
        everyday = [ticket for ticket in tickets if ticket.closed and STRIKE not in ticket.tags]
        for ticket in everyday[: self._scaled(40 - STRIKE_CLOSED)]:
            _tag(ticket, "closed_by_merge")
        # What was rated badly last week makes a view of its own.
        for ticket in [each for each in tickets if each.status == "solved"][-self._scaled(110) :: 9]:
            ticket.satisfaction = "bad"
            ticket.updated_at = max(ticket.updated_at, self.born - chance.randrange(DAY, 6 * DAY))


def _tag(ticket: Ticket, tag: str) -> None:
    ticket.tags = tuple(sorted({*ticket.tags, tag}))


def _pick(chance: random.Random, weights: dict[T, int]) -> T:
    return chance.choices(list(weights), list(weights.values()))[0]
