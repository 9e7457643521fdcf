"""The ticket fields behind a macro's tags, and the tags behind its fields: both say the same in what is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.jobs.protocol.operation import Values
from app.tickets import tags as rules
from app.tickets.effects import unforeseen
from app.tickets.fields import MULTIPLE, SINGLE, TagField, TagFields, read_ticket_fields
from app.tools.apply_macro import tags
from app.tools.apply_macro.effects import Effects

NOT_AS_PREVIEWED = (
    "The ticket fields behind this macro's tags were changed in Zendesk since this list was made, so other tags might "
    "go than the preview says. Nothing more is sent. Preview it again from the view."
)


def backed_by(fields: TagFields, effects: Effects) -> TagFields:
    """Those fields that live off tags and may change with the macro: all where it replaces all tags."""
    return fields if any(step.verb == tags.SET for step in effects.tags) else _named(fields, effects)


def with_options_by_tag(
    effects: Effects, fields: TagFields, held: Mapping[str, Any], changed: Mapping[str, Any]
) -> dict[str, Any]:
    """New values of fields, where the macro's tags count for its multi-selects: options join or go by their tags.

    An option that the macro also sets stays.

    :param held: the values of fields that stay, as Zendesk rendered them too.
    """
    by_tag = tags.left(effects.tags)
    taken = tags.taken(effects.tags)
    found = dict(changed)
    for number in effects.field_ids:
        of = fields.field(number)
        value = changed.get(number, held.get(number))
        if of is None or of.kind != MULTIPLE or not isinstance(value, list):
            continue
        gone = (taken & of.tags) - of.chosen(effects.options.get(number, ()))
        now = [each for each in value if str(each).lower() not in gone]
        if number in changed:
            now += [tag for tag in by_tag if tag in of.tags - of.chosen(now)]
        if number in changed or now != value:
            found[number] = now
    return found


def tags_after(effects: Effects, fields: TagFields, before: Values, changed: Mapping[str, Any]) -> list[str] | None:
    """The tags that a ticket holds after the macro; None where they stay the same.

    Zendesk fills fields from tags, so tags that are named beside a field must not say something else of it (help
    article 4408881943194). The field counts: what the macro sets it to, or has found there.

    :param changed: the custom fields that get another value, by id, those included that Zendesk rendered.
    """
    present = before["tags"]
    kept = [number for number in effects.field_ids if number not in changed]
    known = TagFields(tuple(_guessed(effects, before))) if fields.missing else fields
    wanted = known.agreed(tags.wanted(effects.tags, present, fields.rivals), present, changed, kept)
    return None if rules.same_tags(wanted, present) else wanted


def outdated(client: Any, effects: Effects, fields: TagFields) -> str | None:
    """Why a ticket would end with other tags than was foreseen: the fields behind them are others now.

    :raises ZendeskError: when waiting may help.
    """
    if not effects.tags and not effects.field_ids:
        return None
    now = TagFields.of(*read_ticket_fields(client))
    return None if _named(fields, effects).same_as(_named(now, effects)) else NOT_AS_PREVIEWED


def clashes(effects: Effects, fields: Mapping[str, Any]) -> Iterator[str]:
    """Drop-downs that the macro's tags would give several options: Zendesk decides which of them stays.

    :param fields: the custom fields by id, as `app.account.cache.macro_names` reads them.
    """
    left = tags.left(effects.tags)
    for number, known in fields.items():
        options = {str(value).lower() for value in known.get("options", {})} if known.get("type") == SINGLE else set()
        listed = [tag for tag in left if tag in options]
        if len(listed) > 1 and number not in effects.field_ids:
            yield f"its tags {' and '.join(listed)} are options of one drop-down, “{known.get('name') or number}”"


def cautions(effects: Effects, fields: TagFields) -> list[str]:
    """What is unknown of the macro's tags, and where its tags and its fields do not say the same."""
    found = [str(sentence) for sentence in unforeseen(fields)]
    for number, value in {**effects.custom_fields, **effects.options}.items():
        of = fields.field(number)
        if of and (against := tags.against(effects.tags, of, value)):
            found.append(
                f"The macro sets “{of.title}”, and its tags say otherwise ({', '.join(against)}). The field counts, "
                "and its tags follow it."
            )
    vain = [tag for step in effects.tags if step.verb == tags.REMOVE for tag in step.tags if rules.strange(tag)]
    if vain:
        found.append(f"{'; '.join(map(rules.because, vain))}: Zendesk keeps no such tag, so none is taken off.")
    signs = rules.scripts_signs(tags.left(effects.tags))
    if signs:
        found.append(f"Zendesk does not say whether it keeps tags with signs that are no letters: {', '.join(signs)}.")
    return found


def _named(fields: TagFields, effects: Effects) -> TagFields:
    """Those that the macro names, by their id or by a tag."""
    return fields.behind([tag for step in effects.tags for tag in step.tags], effects.field_ids)


def _guessed(effects: Effects, before: Values) -> Iterator[TagField]:
    """Fields that Zendesk did not show, as far as a ticket tells: one whose value is among its tags lives off them."""
    present = {tag.lower() for tag in before["tags"]}
    for number, value in effects.custom_fields.items():
        old = before["custom_fields"].get(number)
        is_tag = isinstance(old, str) and old.lower() in present
        if is_tag and (value is None or (isinstance(value, str) and not rules.strange(value))):
            yield TagField(number, "", SINGLE, frozenset({old.lower(), *([value.lower()] if value else [])}))
