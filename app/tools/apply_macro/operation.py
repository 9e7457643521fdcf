"""What a macro job does to its tickets: only the difference, each ticket under its own stamp."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import Any, ClassVar

from app.jobs.protocol.operation import Found, Instruction, Item, Plan, Planned, Shown, Unusable, Values
from app.macros.leftovers import left_over
from app.tickets import tags as rules
from app.tickets.fields import TagFields
from app.tickets.held import shown
from app.tickets.values import custom_fields, same
from app.tools.apply_macro import backed, held
from app.tools.apply_macro import comment as comments
from app.tools.apply_macro.history import shows
from app.tools.apply_macro.snapshot import actions_of, effects_of
from app.tools.apply_macro.summary import summarise
from app.zendesk import Client, Conflict, Forbidden, NotFound

KEPT = (
    "status", "custom_status_id", "type", "priority", "group_id", "assignee_id", "brand_id", "ticket_form_id",
    "requester_id",
)  # fmt: skip
LONGEST_SUBJECT = 200


class MacroOperation:
    """Applies one macro, as it was when its snapshot was read."""

    stamped: ClassVar[bool] = True

    def __init__(self, values: Values) -> None:
        self.values = values
        self.effects = effects_of(values)
        self.fields = TagFields.thawed(values.get("backed"))
        comment = self.effects.comment
        self.comments = comment is not None
        self.renders = bool(self.effects.rendered)
        self._same_for_all = comment.as_is() if comment and not comment.dynamic else None

    @classmethod
    def of(cls, _parameters: Values, snapshot: Values | None = None) -> MacroOperation:
        """The operation of a job whose snapshot was read.

        :raises Unusable: when it was not.
        """
        if snapshot is None:
            raise Unusable("The macro was not read. Start again from the view.")
        return cls(snapshot)

    def keep(self, ticket: dict[str, Any]) -> Values:
        """What planning, showing and recognising need; people's other values stay at Zendesk."""
        fields = custom_fields(ticket)
        return {
            **{name: ticket.get(name) for name in KEPT},
            "subject": self._subject(str(ticket.get("subject") or "")),
            "tags": list(ticket.get("tags") or ()),
            "ccs": list(ticket.get("email_cc_ids") or ()),
            "followers": list(ticket.get("follower_ids") or ()) if self.effects.followers else [],
            "custom_fields": {number: fields.get(number) for number in sorted(self.effects.field_ids)},
        }

    def plan(self, before: Values, instruction: Instruction | None = None) -> Plan:
        if before["status"] == "closed":
            return Plan.leave_out("closed")
        if self.effects.rendered:
            return Plan.render()
        return self._planned(before, self.difference(before))

    def render(self, client: Client, item: Item) -> Plan:
        """The plan of a ticket by what Zendesk rendered for it; all else comes from the macro as it was frozen.

        :raises Conflict: when it was rendered from another state of the ticket than the item's: read that again.
        :raises ZendeskError: when Zendesk did not render it.
        """
        preview = client.apply_macro(item.ticket_id, self.values["macro"]["id"])
        if not _is_of(preview, item):
            raise Conflict("GET /tickets/…/macros/…/apply: rendered from another state of the ticket")
        after = self._fixed(item.before)
        for name in sorted(self.effects.rendered):
            refusal = self._take(name, preview, item.before, after)
            if refusal:
                return refusal
        return self._planned(item.before, self._with_tags(item.before, after, item.before["custom_fields"]))

    def revision(self, client: Client) -> str | None:
        """When the macro was last saved, while it does what was frozen: Zendesk renders it as it is at that moment."""
        try:
            macro = client.macro(self.values["macro"]["id"])
        except (NotFound, Forbidden) as error:
            if error.by_gateway:
                raise
            return None
        same = macro.get("active") is True and actions_of(macro) == self.values["actions"]
        return str(macro.get("updated_at")) if same else None

    def difference(self, before: Values) -> Values:
        """What the macro changes on a ticket with these values, leaving out what Zendesk has to render."""
        return self._with_tags(before, self._fixed(before), held={})

    def _subject(self, subject: str) -> str:
        """Whole where the macro sets another one, so that it can be set back; else enough of it to be shown."""
        sets_it = "subject" in self.effects.values or "subject" in self.effects.rendered
        return subject if sets_it else subject[:LONGEST_SUBJECT]

    def _fixed(self, before: Values) -> Values:
        wanted = dict(self.effects.values)
        if self.effects.to_requester:
            wanted["assignee_id"] = before["requester_id"]
        after = {name: value for name, value in wanted.items() if not same(before[name], value)}
        fields = {
            number: value
            for number, value in self.effects.custom_fields.items()
            if not same(before["custom_fields"].get(number), value)
        }
        if fields:
            after["custom_fields"] = fields
        if added := [person for person in self.effects.followers if person not in before["followers"]]:
            after["followers"] = added
        if self._same_for_all:
            after["comment"] = dict(self._same_for_all)
        return after

    def change(self, item: Item) -> dict[str, Any]:
        """What to send for a ticket.

        No `macro_id`: what it does beyond a note in the history is open (docs/zendesk.md, Applying a macro), and
        our metadata names the job there. The list of tags is whole, as the stamp allows (docs/protocol.md, Two
        deliveries).
        """
        ticket = self._named(item.after or {})
        if "custom_fields" in ticket:
            fields = ticket["custom_fields"]
            ticket["custom_fields"] = [{"id": int(number), "value": value} for number, value in fields.items()]
        # Jobs planned before `cc` was known to add a follower have such people as "ccs": they must reach no customer.
        if people := [*ticket.pop("followers", ()), *ticket.pop("ccs", ())]:
            ticket["followers"] = [{"user_id": person, "action": "put"} for person in dict.fromkeys(people)]
        if "comment" in ticket:
            ticket["comment"] = comments.sent(ticket["comment"])
        return ticket

    def found(self, audit: dict[str, Any], item: Item) -> Found:
        """A comment is recognised by its text, all else by its values.

        See docs/protocol.md, How an ambiguous ticket is reconciled.
        """
        return shows(audit, replace(item, after=self._named(item.after or {})))

    def without(self, item: Item, dropped: Collection[str]) -> Values:
        """What a ticket holds of its change where Zendesk dropped these keys."""
        return held.without(self.effects, self.fields, item, dropped)

    def shown(self, item: Item, ticket: dict[str, Any], audits: Sequence[dict[str, Any]]) -> Shown:
        """What a ticket, read again, holds of its change."""
        return shown(item, self.keep(ticket), audits, tags_follow=not self.effects.tags)

    def summarise(self, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
        """What a dry run found; see `summary.py` for its shape."""
        return summarise(self, client, planned)

    def _named(self, after: Values) -> Values:
        """What is sent of a change: tags that only follow from a field are Zendesk's to set."""
        return {name: value for name, value in after.items() if name != "tags" or self.effects.tags}

    def outdated(self, client: Client) -> str | None:
        """Whether the fields behind the macro's tags are as they were when the tickets were planned."""
        return backed.outdated(client, self.effects, self.fields)

    def _planned(self, before: Values, after: Values) -> Plan:
        wanted = after.get("tags")
        if wanted is not None and rules.too_long(before["tags"], wanted):
            return Plan.refuse(rules.TOO_LONG, f"{rules.characters(wanted):,} characters")
        return Plan.change(after) if after else Plan.nothing()

    def _with_tags(self, before: Values, after: Values, held: Values) -> Values:
        """With the tags that Zendesk holds then, by the macro's own or by fields, where they change."""
        fields = backed.with_options_by_tag(self.effects, self.fields, held, after.get("custom_fields", {}))
        wanted = backed.tags_after(self.effects, self.fields, before, fields)
        agreed = {"custom_fields": fields} if fields else {}
        return {**after, **agreed, **({} if wanted is None else {"tags": wanted})}

    def _take(self, name: str, preview: dict[str, Any], before: Values, after: Values) -> Plan | None:
        """Put one rendered value into `after`; a plan where it cannot be sent."""
        if name == "comment":
            return self._take_comment(preview, before, after)
        is_field = name.isdigit()
        found = custom_fields(preview) if is_field else preview
        if name not in found or (name == "group_id" and not found[name]):
            return Plan.refuse("not_rendered")
        value = found[name]
        if options := self.effects.options.get(name):
            shown = value if isinstance(value, list) else [value] if value else []
            value = list(dict.fromkeys([*shown, *options]))  # each that the macro names is meant
        for text in value if isinstance(value, list) else [value]:
            template = self.effects.texts.get(name, "")
            if isinstance(text, str) and (left := left_over(text, template, rich=False, title=before["subject"])):
                return Plan.refuse("unrendered", left)
        if name == "subject" and not str(value or "").strip():
            return Plan.refuse("empty_subject")
        old = before["custom_fields"].get(name) if is_field else before[name]
        if not same(old, value):
            (after.setdefault("custom_fields", {}) if is_field else after)[name] = value
        return None

    def _take_comment(self, preview: dict[str, Any], before: Values, after: Values) -> Plan | None:
        found, frozen = preview.get("comment"), self.effects.comment
        comment = frozen.rendered(found) if frozen and isinstance(found, dict) else None
        if frozen is None or comment is None:
            return Plan.refuse("empty_comment" if isinstance(found, dict) else "not_rendered")
        if left := frozen.left_over(comment, before["subject"]):
            return Plan.refuse("unrendered", left)
        after["comment"] = comment
        return None


def _is_of(preview: dict[str, Any], item: Item) -> bool:
    """Whether a preview was made of this ticket as it was read: a reply to another state of it would mislead."""
    seen, stamp, requester = (preview.get(name) for name in ("id", "updated_at", "requester_id"))
    if seen is not None and str(seen) != str(item.ticket_id):
        return False
    if requester is not None and str(requester) != str(item.before["requester_id"]):
        return False
    return stamp is None or stamp == item.stamp
