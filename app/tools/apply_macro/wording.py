"""A macro job in words: what the macro does, what changes on a ticket, why one is refused, the job in a sentence."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.jobs.models import Job
from app.jobs.protocol.operation import Values
from app.jobs.sentence import told
from app.jobs.wording import Reason
from app.macros.actions import LABELS, NAMED_BY, WORDS
from app.tickets.fields import TagFields
from app.tickets.tags import REASONS as OF_TAGS
from app.tools.apply_macro.effects import Effects
from app.tools.apply_macro.tags import ADD, SET

REASONS = {
    **OF_TAGS,
    "unrendered": Reason(
        "A placeholder of the macro was not filled in, so nothing was sent.",
        "Its surroundings stand beside each ticket: edit the macro in Zendesk, or answer these by hand.",
    ),
    "empty_comment": Reason(
        "The macro's comment is empty on this ticket, so nothing was sent.", "Answer these tickets by hand."
    ),
    "empty_subject": Reason(
        "The macro's subject is empty on this ticket, so nothing was sent.", "Edit the macro in Zendesk."
    ),
    "not_rendered": Reason(
        "Zendesk did not fill in the macro for this ticket, so nothing was sent.", "Retry, or apply the macro by hand."
    ),
    "stale": Reason(
        "Zendesk kept filling in the macro from an old state of the ticket, so nothing was sent.", "Retry later."
    ),
}
"""Why a ticket was refused by us, by the code of its item."""

FORETOLD = {
    "no_assignee": Reason(
        "Zendesk may refuse to solve a ticket without an assignee.", "Assign them first, or in the macro."
    ),
}
"""What Zendesk may refuse, as far as a listed ticket tells; only Zendesk knows, and so these are sent all the same."""

MODES = {
    "public": "Public reply",
    "internal": "Internal note",
    "unset": "Internal note (the macro does not say public or internal)",
}
STATUSES = {"hold": "On-hold"}
PEOPLE = {"followers": "Followers", "ccs": "CCs"}  # CCs in jobs that ended before macros' `cc` meant followers
NOTHING = "nothing"
MOST_TAGS = 8


def effects(macro: Effects, values: Values) -> list[str]:
    """What a macro does, a line for each effect."""
    names, fields = values["names"], values["fields"]
    lines = [
        f"{label(name, fields)} becomes {named(name, value, names, fields)}" for name, value in macro.values.items()
    ]
    if macro.to_requester:
        lines.append("Assignee becomes the ticket's own requester")
    if "group_id" in macro.rendered:
        lines.append(f"Group becomes the group of {values['acting']['name']}")
    if "subject" in macro.rendered:
        lines.append(f"Subject becomes “{macro.texts['subject']}”, filled in for each ticket")
    lines += [
        f"{label(number, fields)} becomes {named(number, value, names, fields)}"
        for number, value in macro.custom_fields.items()
    ]
    lines += [
        f"{label(number, fields)} {_with(named(number, [*macro.options.get(number, ())], names, fields))}"
        for number in sorted(macro.rendered)
        if number.isdigit()
    ]
    lines += [_tag_words(step.verb, step.tags) for step in macro.tags]
    lines += [f"{named('follower', person, names, fields)} becomes a follower" for person in macro.followers]
    if macro.comment:
        filled_in = ", filled in for each ticket" if macro.comment.dynamic else ", the same on every ticket"
        lines.append(f"{MODES[macro.comment.mode]}{filled_in}")
    return lines


def change(before: Values, after: Values, names: Mapping[str, Any], fields: Mapping[str, Any]) -> list[dict[str, str]]:
    """What changes on a ticket, by name: `[{label, before, after}]`; the comment is left out."""
    rows = []
    for name, value in after.items():
        if name == "custom_fields":
            old = before["custom_fields"]
            rows += [_row(number, old.get(number), field_value, names, fields) for number, field_value in value.items()]
        elif name == "tags":
            rows.append({"label": "Tags", "before": _tags(before["tags"]), "after": _tags(value)})
        elif name in PEOPLE:
            people = [named("follower", person, names, fields) for person in value]
            rows.append({"label": PEOPLE[name], "before": "", "after": _plus(people)})
        elif name == "unfollow":
            people = [named("follower", person, names, fields) for person in value]
            rows.append({"label": PEOPLE["followers"], "before": ", ".join(people), "after": _minus(people)})
        elif name != "comment":
            rows.append(_row(name, before[name], value, names, fields))
    return rows


def group(macro: Effects, before: Values, after: Values, values: Values) -> tuple[str, ...]:
    """The change of a ticket as short words that are the same for tickets that change alike.

    `after` is the difference without what differs from ticket to ticket.
    """
    names, fields = values["names"], values["fields"]
    alike = {name: value for name, value in after.items() if name not in ("tags", "comment")}
    if macro.to_requester:
        alike.pop("assignee_id", None)
    words = [f"{row['label']} → {row['after']}" for row in change(before, alike, names, fields)]
    if macro.to_requester and "assignee_id" in after:
        words.append("Assignee → the ticket's requester")
    if "tags" in after and macro.tags:
        words += filter(None, [_tags_alike(macro, before["tags"], after["tags"], values)])
    words += [f"{label(name, fields)} → filled in" for name in sorted(macro.rendered - {"comment"})]
    if macro.comment:
        words.append("public reply" if macro.comment.public else "internal note")
    return tuple(words)


def label(name: str, fields: Mapping[str, Any]) -> str:
    """What people call a field of a ticket; `name` is its key, or the id of a custom field."""
    if name.isdigit():
        return (fields.get(name) or {}).get("name") or f"Field {name}"
    return {"unfollow": "Followers", "followers": "Followers", "tags": "Tags"}.get(name) or LABELS.get(name, name)


def named(name: str, value: Any, names: Mapping[str, Any], fields: Mapping[str, Any]) -> str:
    """What people call a value of a field; with its number only where no name is known."""
    if value is None or value == "":
        return "nobody" if name == "assignee_id" else NOTHING
    if isinstance(value, bool):
        return "ticked" if value else "not ticked"
    if isinstance(value, list):
        return ", ".join(named(name, each, names, fields) for each in value) or NOTHING
    if name.isdigit():
        return str((fields.get(name) or {}).get("options", {}).get(str(value), value))
    kind = NAMED_BY.get(name)
    if kind is None:
        return STATUSES.get(value, str(value).capitalize()) if name in ("status", "type", "priority") else str(value)
    known = (names.get(kind) or {}).get("by_id", {}).get(str(value)) or {}
    return known.get("name") or f"{WORDS[kind]} {value}"


def sentence(job: Job) -> str:
    """Such as "Ana applied Shipping::Delay to 3,180 tickets in Open shipping, 27 refused"."""
    macro = _macro(job)
    return told(job, what=macro, about_to=f"apply {macro}", doing=f"applying {macro} to", did=f"applied {macro} to")


def _macro(job: Job) -> str:
    known = (job.snapshot or {}).get("macro") or {}
    return str(known.get("title") or f"macro {job.parameters['macro_id']}")


def _row(name: str, before: Any, after: Any, names: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, str]:
    return {
        "label": label(name, fields),
        "before": named(name, before, names, fields),
        "after": named(name, after, names, fields),
    }


def _with(options: str) -> str:
    """What a field that Zendesk fills in becomes; `options` of a multi-select are all in it then."""
    filled_in = "what Zendesk makes of it for each ticket"
    return f"becomes {filled_in}" if options == NOTHING else f"has {options} then, with {filled_in}"


def _tag_words(verb: str, tags: tuple[str, ...]) -> str:
    listed = " ".join(tags) or "none"
    if verb == SET:
        return f"All tags are replaced by {listed}"
    return f"{'Adds' if verb == ADD else 'Removes'} {'tag' if len(tags) == 1 else 'tags'} {listed}"


def _tags_alike(macro: Effects, before: list[str], after: list[str], values: Values) -> str:
    """The changed tags that the macro names, or displaces by one: others would make each ticket a kind of its own."""
    if any(step.verb == SET for step in macro.tags):
        return f"only the tags {_tags(after)}"
    named_there = {tag for step in macro.tags for tag in step.tags}
    for field in TagFields.thawed(values.get("backed")).fields:
        named_there |= field.tags if field.single and not named_there.isdisjoint(field.tags) else set()
    added = [f"+{tag}" for tag in after if tag not in before and tag.lower() in named_there]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in before if tag not in after and tag.lower() in named_there]
    shown, more = (added + removed)[:MOST_TAGS], len(added) + len(removed) - MOST_TAGS
    return " ".join(shown) + (f" and {more} more" if more > 0 else "")


def _tags(tags: list[str]) -> str:
    return " ".join(tags) or "none"


def _plus(people: list[str]) -> str:
    return ", ".join(f"+{person}" for person in people)


def _minus(people: list[str]) -> str:
    return ", ".join(f"\N{MINUS SIGN}{person}" for person in people)
