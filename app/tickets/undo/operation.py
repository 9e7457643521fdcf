"""What a job does that takes another one back: each ticket under its own stamp, and never over later changes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.jobs.protocol.operation import Found, Instruction, Item, Plan, Planned, Shown, Values
from app.jobs.protocol.undoing import Undoing
from app.jobs.wording import IN_PART, LEFT
from app.tickets import tags as rules
from app.tickets.fields import TagFields, read_ticket_fields
from app.tickets.held import shown
from app.tickets.history import events_in, has_values
from app.tickets.undo.back import take_back
from app.tickets.undo.summary import summarise
from app.tickets.undo.words import Words
from app.tickets.undo.written import CCS, COMMENT, FIELDS, FOLLOW, TAGS, UNFOLLOW, Left, TakenBack, Why, Written
from app.tickets.values import custom_fields, same
from app.zendesk import Client

PLAIN = (
    "status", "custom_status_id", "type", "priority", "group_id", "assignee_id", "brand_id", "ticket_form_id",
    "requester_id",
)  # fmt: skip
REVISION = "frozen"  # nothing in Zendesk says what an undo does
NOT_AS_PREVIEWED = (
    "The ticket fields behind these tags were changed in Zendesk since this list was made, so other tags might go than "
    "the preview says. Nothing more is sent. Preview the undo again."
)


@dataclass(frozen=True)
class TakeBack:
    """Takes a job back, or a part of it.

    `fields` are those that live off the tags it changed, as they are now; `numbers` the custom fields it changed.
    """

    undoing: Undoing
    fields: TagFields
    numbers: frozenset[str] = frozenset()
    words: Words = field(default_factory=Words)
    stamped: ClassVar[bool] = True
    comments: bool = False
    renders: bool = False

    def keep(self, ticket: dict[str, Any]) -> Values:
        """The values that can be taken back, so that the undo can be, too."""
        found = custom_fields(ticket)
        return {
            **{name: ticket.get(name) for name in PLAIN},
            "subject": str(ticket.get("subject") or ""),
            TAGS: list(ticket.get("tags") or ()),
            CCS: list(ticket.get("email_cc_ids") or ()),
            FOLLOW: list(ticket.get("follower_ids") or ()),
            FIELDS: {number: found.get(number) for number in sorted(self.numbers)},
        }

    def instruction(self, item: Item) -> Instruction:
        """What is to be taken back on a ticket, of its item in the job that is undone."""
        return Written.of_item(item.before, item.after).instruction()

    def plan(self, before: Values, instruction: Instruction | None) -> Plan:
        if instruction is None:
            return Plan.nothing()
        written = Written.of(instruction)
        back = take_back(written, before, self.fields, only=self.undoing.fields, members=self.undoing.members)
        closed = before["status"] == "closed"
        if closed:
            back = self._of_closed(back, written, before)
        left, since = [each.kept() for each in back.left] or None, changed_since(written, before)
        if not back.after and left:
            return Plan.leave_out("closed" if closed else LEFT, left=left, since=since)
        if not back.after:
            return Plan.nothing(since=since)
        wanted = back.after.get(TAGS)
        if wanted is not None and rules.too_long(before[TAGS], wanted):
            return Plan.refuse(rules.TOO_LONG, f"{rules.characters(wanted):,} characters")
        return Plan.change(back.after, trial=closed, error=IN_PART if left else None, left=left, since=since)

    def _of_closed(self, back: TakenBack, written: Written, now: Values) -> TakenBack:
        """Of a closed ticket only tags may change, and only where that is to be tried."""
        kept = {TAGS: back.after[TAGS]} if TAGS in back.after and self.undoing.tries_closed else {}
        closed = tuple(
            Left(name, _value(written.before, name), _value(written.after, name), _value(now, name), Why.CLOSED)
            for name in _flat(back.after)
            if name not in kept
        )
        return TakenBack(kept, (*back.left, *closed))

    def change(self, item: Item) -> dict[str, Any]:
        """What to send for a ticket; the list of tags is whole, as stamps allow (docs/protocol.md, Two deliveries)."""
        ticket = dict(item.after or {})
        if FIELDS in ticket:
            ticket[FIELDS] = [{"id": int(number), "value": value} for number, value in ticket[FIELDS].items()]
        people = [{"user_id": person, "action": "delete"} for person in ticket.pop(UNFOLLOW, ())]
        people += [{"user_id": person, "action": "put"} for person in ticket.pop(FOLLOW, ())]
        return ticket | ({"followers": people} if people else {})

    def found(self, audit: dict[str, Any], item: Item) -> Found:
        return Found.OURS if has_values(events_in(audit), item.after or {}) else Found.NOTHING

    def without(self, item: Item, dropped: Collection[str]) -> Values:
        sent_as = {UNFOLLOW: FOLLOW}
        return {name: value for name, value in (item.after or {}).items() if sent_as.get(name, name) not in dropped}

    def shown(self, item: Item, ticket: dict[str, Any], audits: Sequence[dict[str, Any]]) -> Shown:
        return shown(item, self.keep(ticket), audits)

    def render(self, client: Client, item: Item) -> Plan:
        raise NotImplementedError("nothing of an undo is rendered by Zendesk")

    def revision(self, client: Client) -> str | None:
        return REVISION

    def outdated(self, client: Client) -> str | None:
        """Whether the fields behind these tags are still as they were when the tickets were planned."""
        now = TagFields.of(*read_ticket_fields(client))
        now = now.behind((), [each.id for each in self.fields.fields])
        return None if self.fields.same_as(now) else NOT_AS_PREVIEWED

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        return summarise(client, planned, self.fields, self.words, self.undoing.comment)


def changed_since(written: Written, now: Values) -> Values:
    """What a ticket does not hold any more of what the job wrote, as `{name: {was, is}}`."""
    found: Values = {}
    for name, wrote in written.after.items():
        if name == TAGS:
            if not rules.same_tags(wrote, now[TAGS]):
                found[name] = {"was": wrote, "is": now[TAGS]}
        elif name == FIELDS:
            other = [number for number, value in wrote.items() if not same(value, now[FIELDS].get(number))]
            if other:
                sides = {"was": wrote, "is": now[FIELDS]}
                found[name] = {side: {number: values.get(number) for number in other} for side, values in sides.items()}
        elif name in now and name not in (FOLLOW, CCS, UNFOLLOW, COMMENT) and not same(wrote, now[name]):
            found[name] = {"was": wrote, "is": now[name]}
    return found


def _flat(after: Values) -> list[str]:
    return [*(name for name in after if name != FIELDS), *after.get(FIELDS, {})]


def _value(values: Mapping[str, Any], name: str) -> Any:
    return values.get(FIELDS, {}).get(name) if name.isdigit() else values.get(name)
