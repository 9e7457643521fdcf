"""What taking a job back makes of a ticket: each value only where the ticket still holds what the job wrote."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from app.jobs.protocol.operation import Values
from app.tickets.fields import MULTIPLE, SINGLE, TagField, TagFields
from app.tickets.undo import tags
from app.tickets.undo.written import (
    CCS,
    FIELDS,
    FOLLOW,
    OWN_STATUS,
    STATUS,
    TAGS,
    UNFOLLOW,
    Left,
    TakenBack,
    Why,
    Written,
)
from app.tickets.values import same

PLAIN = ("type", "brand_id", "ticket_form_id", "priority", "subject")
NEVER_EMPTY = frozenset({"priority", "subject"})  # Zendesk refuses to empty them (docs/zendesk.md, Changing tickets)
CUT_SUBJECT = 200  # characters of a subject that jobs of old kept
Members = Mapping[str, Collection[int]]
"""By the id of an agent, the groups that they belong to: where Zendesk moves a ticket that is assigned to them."""


def take_back(
    written: Written,
    now: Values,
    fields: TagFields,
    *,
    only: Collection[str] | None = None,
    members: Members | None = None,
) -> TakenBack:
    """What to write so that a ticket, which holds `now`, is as before the job, but for what others changed since.

    :param now: its values, by the same keys as the item's `before`.
    :param only: the names that are meant, such as `tags`, `priority` or the id of a custom field; None for all.
    """
    known = TagFields(tuple(guessed(written, now))) if fields.missing else fields
    back = _Back(written, now, known, only, members or {})
    back.status()
    for name in PLAIN:
        back.plain(name)
    back.assignment()
    back.custom_fields()
    back.people()
    back.tags()
    return TakenBack(back.after, tuple(back.left))


def guessed(written: Written, now: Values) -> Iterator[TagField]:
    """Fields that Zendesk does not show, as far as a ticket tells: one whose values are tags of it lives off them."""
    tagged = {tag.lower() for tag in (*written.before[TAGS], *written.after.get(TAGS, ()), *now[TAGS])}
    for number, wrote in written.after.get(FIELDS, {}).items():
        values = (written.before.get(FIELDS, {}).get(number), wrote, now[FIELDS].get(number))
        several = any(isinstance(value, list) for value in values)
        listed = [each for value in values for each in (value if isinstance(value, list) else [value]) if each]
        if listed and all(isinstance(each, str) and each.lower() in tagged for each in listed):
            yield TagField(number, "", MULTIPLE if several else SINGLE, frozenset(each.lower() for each in listed))


class _Back:
    def __init__(
        self, written: Written, now: Values, fields: TagFields, only: Collection[str] | None, members: Members
    ) -> None:
        self.written, self.now, self.fields, self.only, self.members = written, now, fields, only, members
        self.after: Values = {}
        self.left: list[Left] = []

    def status(self) -> None:
        """A custom status says the status, too; both are set back together."""
        name = OWN_STATUS if OWN_STATUS in self.written.after else STATUS
        if self._is_ours(name):
            was = self.written.before.get(STATUS)
            if was == "new":
                self._leave(STATUS, Why.NEW)
                was = "open"
            if self.now[STATUS] != was:
                self.after[STATUS] = was
            own = self.written.before.get(OWN_STATUS)
            if self.written.before.get(STATUS) != "new" and own and not same(self.now.get(OWN_STATUS), own):
                self.after[OWN_STATUS] = own
        elif self.written.before.get(STATUS) == "new" and STATUS not in self.written.after:
            self._opened_by_assigning()

    def plain(self, name: str) -> None:
        if not self._is_ours(name):
            return
        was = self.written.old(name)
        if name in NEVER_EMPTY and was in (None, ""):
            self._leave(name, Why.CANNOT_EMPTY)
        elif name == "subject" and len(was) == CUT_SUBJECT:
            self._leave(name, Why.NOT_RECORDED)
        else:
            self.after[name] = was

    def assignment(self) -> None:
        """Group and assignee move together: Zendesk moves a ticket to a group of whom it is assigned to."""
        if self._is_ours("assignee_id"):
            self._unassign()
        if self._is_ours("group_id"):
            self._move_back()

    def custom_fields(self) -> None:
        found: Values = {}
        for number, wrote in self.written.after.get(FIELDS, {}).items():
            if not self._means(number):
                continue
            of, now = self.fields.field(number), self.now[FIELDS].get(number)
            if of and of.kind == MULTIPLE and number in self.written.before.get(FIELDS, {}):
                value = _without(self.written.old(number), wrote, now)
                if not same(value, now):
                    found[number] = value
            elif self._is_ours(number):
                found[number] = self.written.old(number)
        if found:
            self.after[FIELDS] = found

    def people(self) -> None:
        """Followers whom the job added go, and those whom an undo had removed come again."""
        if not self._means(FOLLOW):
            return
        following = self.now[FOLLOW]
        added = (*self.written.after.get(FOLLOW, ()), *self.written.after.get(CCS, ()))
        if there := [person for person in dict.fromkeys(added) if person in following]:
            self.after[UNFOLLOW] = there
        if gone := [person for person in self.written.after.get(UNFOLLOW, ()) if person not in following]:
            self.after[FOLLOW] = gone

    def tags(self) -> None:
        """The tags that the ticket holds then: by the job's own, or by fields that are set back."""
        before, present = self.written.before[TAGS], self.now[TAGS]
        wanted: Sequence[str] = present
        if TAGS in self.written.after and self._means(TAGS):
            wanted, lost = tags.back(before, self.written.after[TAGS], present, self.fields)
            for field, tag in lost:
                if field.id not in self.written.after.get(FIELDS, {}):  # else the field itself is told
                    self._leave(TAGS, Why.CHANGED, was=[tag], now=sorted(field.tags & {t.lower() for t in present}))
        changed = self.after.get(FIELDS, {})
        kept = [number for number in self.written.after.get(FIELDS, {}) if number not in changed]
        wanted = tags.as_before(self.fields.agreed(wanted, present, changed, kept), before)
        if {tag.lower() for tag in wanted} != {tag.lower() for tag in present}:
            self.after[TAGS] = wanted

    def _opened_by_assigning(self) -> None:
        """A new ticket that the job assigned was opened by Zendesk itself."""
        if self._is_ours("assignee_id", tell=False) and self.now[STATUS] == "open":
            self._leave(STATUS, Why.NEW)

    def _unassign(self) -> None:
        was, group = self.written.old("assignee_id"), self.written.before.get("group_id")
        moved = "group_id" not in self.written.after and not same(self.now["group_id"], group)
        if moved and self._moved_with_assignee():
            self.after["group_id"] = group
        elif moved and was is not None:
            self._leave("assignee_id", Why.GROUP_CHANGED)
            return
        self.after["assignee_id"] = was

    def _moved_with_assignee(self) -> bool:
        """Whether the ticket is in another group because Zendesk moved it there when the job assigned it."""
        groups = self.members.get(str(self.written.after["assignee_id"]), ())
        return self.now["group_id"] in groups and self.written.before.get("group_id") not in groups

    def _move_back(self) -> None:
        old, now = self.written.before.get("assignee_id"), self.now["assignee_id"]
        if "assignee_id" not in self.written.after and not same(now, old):
            if now is not None:
                self._leave("group_id", Why.ASSIGNED)
                return
            self.after["assignee_id"] = old  # Zendesk took it from whom does not belong to the group
        self.after["group_id"] = self.written.old("group_id")

    def _means(self, name: str) -> bool:
        return self.only is None or name in self.only

    def _is_ours(self, name: str, *, tell: bool = True) -> bool:
        """Whether the job wrote this value, the ticket still holds it, and what was there before is known."""
        wrote = self.written.after.get(FIELDS, {}) if name.isdigit() else self.written.after
        if name not in wrote or not self._means(STATUS if name == OWN_STATUS else name):
            return False
        now = self._now(name)
        known = name in (self.written.before.get(FIELDS, {}) if name.isdigit() else self.written.before)
        if known and same(now, self.written.old(name)):
            return False
        if same(now, wrote[name]) and known:
            return True
        if tell:
            self._leave(name, Why.CHANGED if known else Why.NOT_RECORDED)
        return False

    def _now(self, name: str) -> Any:
        return self.now[FIELDS].get(name) if name.isdigit() else self.now.get(name)

    def _leave(self, name: str, why: Why, **values: Any) -> None:
        old, wrote = self.written.before, self.written.after
        if name.isdigit():
            old, wrote = old.get(FIELDS, {}), wrote.get(FIELDS, {})
        told = {"was": old.get(name), "wrote": wrote.get(name), "now": self._now(name), **values}
        self.left.append(Left(name, why=why, **told))


def _without(was: Any, wrote: Any, now: Any) -> list[str] | None:
    """The options of a multi-select without those that the job chose, and with those that it took off."""
    old, new, present = ([str(each) for each in value or ()] for value in (was, wrote, now))
    kept = [each for each in present if each in old or each not in new]
    return [*kept, *(each for each in old if each not in new and each not in kept)] or None
