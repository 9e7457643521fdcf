"""Ticket fields that live off tags: what a ticket holds once its tags, or the values of such fields, have changed.

A drop-down, a multi-select and a checkbox keep what was chosen as tags of the ticket, and Zendesk fills them from its
tags. An option that is added later takes the place of the one before it in a drop-down, whose tag goes; a tag that is
taken off empties the field (help articles 4408881943194 and 4408825689882).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from app.account.connection.faults import problem
from app.account.connection.optional import worth_a_wait
from app.zendesk import Client, Forbidden, InvalidEndpoint, NotFound, ZendeskError

SINGLE, MULTIPLE, CHECKBOX = "tagger", "multiselect", "checkbox"
NO_FIELDS = "Zendesk does not show its ticket fields to the user we act as."
UNFORESEEN = (
    "Where a tag belongs to a drop-down, the option before it goes when another one comes. "
    "That cannot be foreseen here, and may be missing in what is shown and recorded of a ticket."
)


@dataclass(frozen=True)
class TagField:
    """A ticket field with the tags that stand for its options, in lower case; of a checkbox it is the one."""

    id: str
    title: str
    kind: str
    tags: frozenset[str]

    @property
    def single(self) -> bool:
        return self.kind == SINGLE

    def chosen(self, value: Any) -> frozenset[str]:
        """The tags of the field while it has this value."""
        if self.kind == CHECKBOX:
            return self.tags if value in (True, "true", 1, "1") else frozenset()
        values = value if isinstance(value, list | tuple) else [value]
        return frozenset(str(each).lower() for each in values if each not in (None, ""))


@dataclass(frozen=True)
class TagFields:
    """The fields behind some tags. `missing` says in a sentence why they are unknown; then there are none."""

    fields: tuple[TagField, ...] = ()
    missing: str | None = None

    @classmethod
    def of(cls, ticket_fields: Iterable[Any], missing: str | None = None) -> TagFields:
        """The active ones that live off tags, of Zendesk's ticket fields."""
        return cls(tuple(_tag_fields(ticket_fields)), missing)

    @classmethod
    def thawed(cls, frozen: Mapping[str, Any] | None) -> TagFields:
        """What `frozen` made; of a job from before there was such a thing the fields are unknown."""
        if frozen is None:
            return cls(missing=NO_FIELDS)
        listed = frozen["fields"]
        return cls(
            tuple(TagField(each["id"], each["title"], each["kind"], frozenset(each["tags"])) for each in listed),
            frozen["missing"],
        )

    def frozen(self) -> dict[str, Any]:
        """As JSON, to be kept with a job."""
        listed = [
            {"id": each.id, "title": each.title, "kind": each.kind, "tags": sorted(each.tags)} for each in self.fields
        ]
        return {"fields": listed, "missing": self.missing}

    def behind(self, tags: Collection[str], ids: Collection[str] = ()) -> TagFields:
        """Those fields that some of these tags belong to, or that have one of these ids."""
        named = {tag.lower() for tag in tags}
        found = (each for each in self.fields if each.id in ids or not named.isdisjoint(each.tags))
        return TagFields(tuple(found), self.missing)

    def same_as(self, other: TagFields) -> bool:
        """Whether the same becomes of the tags of a ticket; true also where one of the two is not known."""
        if self.missing or other.missing:
            return True
        return self._essence == other._essence

    @cached_property
    def rivals(self) -> Mapping[str, Sequence[str]]:
        """By tag, the other options of its drop-downs: of these a ticket has one at most."""
        found: dict[str, set[str]] = {}
        for each in self.fields:
            for tag in each.tags if each.single else ():
                found.setdefault(tag, set()).update(each.tags - {tag})
        return {tag: sorted(others) for tag, others in found.items()}

    def field(self, number: str) -> TagField | None:
        """The field with this id."""
        return next((each for each in self.fields if each.id == number), None)

    def clashes(self, tags: Collection[str]) -> list[tuple[TagField, list[str]]]:
        """The drop-downs of which these tags are several options: only one can stay, and Zendesk decides which."""
        found = ((each, [tag for tag in tags if tag in each.tags]) for each in self.fields if each.single)
        return [(each, options) for each, options in found if len(options) > 1]

    def agreed(
        self, tags: Sequence[str], present: Sequence[str], changed: Mapping[str, Any], kept: Collection[str]
    ) -> list[str]:
        """The tags of a ticket so that they say the same as the fields that are named beside them.

        :param tags: as the tag actions make them of those that are `present`.
        :param changed: new values of fields, by id.
        :param kept: the ids of fields that are named, and have that value already: their tags stay as they are.
        """
        now = list(tags)
        for number in kept:
            if each := self.field(number):
                several = now if each.kind == MULTIPLE else ()  # what came by a tag is chosen beside it
                now = _with(now, each, {tag.lower() for tag in (*present, *several)} & each.tags, present)
        for number, value in changed.items():
            if each := self.field(number):
                now = _with(now, each, each.chosen(value))
        return now

    @cached_property
    def _essence(self) -> frozenset[tuple[str, str, frozenset[str]]]:
        return frozenset((each.id, each.kind, each.tags) for each in self.fields)


NOT_READ = TagFields(missing=NO_FIELDS)


def read_ticket_fields(client: Client) -> tuple[list[dict[str, Any]], str | None]:
    """All ticket fields of the account; or none, and a sentence that says why: then a job goes on without them.

    A person who waits for a page does not go on without them because of a passing trouble: a worker looks again.

    :raises ZendeskError: when waiting may help.
    """
    try:
        return list(client.ticket_fields()), None
    except ZendeskError as error:
        if worth_a_wait(client, error):
            raise
        refused = isinstance(error, Forbidden | NotFound | InvalidEndpoint)
        return [], NO_FIELDS if refused else f"The ticket fields could not be read. {problem(error)}"


def added(tag: str, tags: Sequence[str], rivals: Mapping[str, Sequence[str]]) -> list[str]:
    """The tags with this one; when it is new there, without the options of the same drop-down that it displaces."""
    if any(each.lower() == tag for each in tags):
        return list(tags)
    displaced = frozenset(rivals.get(tag, ()))
    return [*(each for each in tags if each.lower() not in displaced), tag]


def _with(tags: list[str], of: TagField, chosen: Collection[str], spelt: Sequence[str] = ()) -> list[str]:
    """The tags with just these of the field's; those that were there keep their place and their spelling."""
    kept = [tag for tag in tags if tag.lower() not in of.tags or tag.lower() in chosen]
    there = {tag.lower() for tag in kept}
    spelling = {tag.lower(): tag for tag in spelt}
    return kept + [spelling.get(tag, tag) for tag in sorted(chosen) if tag not in there]


def _tag_fields(ticket_fields: Iterable[Any]) -> Iterator[TagField]:
    """The active ones that live off tags, of Zendesk's ticket fields; what cannot be read is no such field."""
    for each in ticket_fields:
        if not isinstance(each, dict) or each.get("active") is False:
            continue
        listed = each.get("custom_field_options")
        options = [option for option in listed if isinstance(option, dict)] if isinstance(listed, list) else []
        values = (*(option.get("value") for option in options), each.get("tag"))
        if tags := frozenset(tag.lower() for tag in values if isinstance(tag, str) and tag):
            number = str(each.get("id"))
            yield TagField(number, str(each.get("title") or number), str(each.get("type")), tags)
