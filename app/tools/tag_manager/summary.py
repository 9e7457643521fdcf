"""What the dry run of a tag job found, for its page: counts, groups of equal change, effects on fields, a sample."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from typing import Any

from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Planned
from app.tickets.effects import FieldEffects
from app.tickets.fields import TagFields
from app.tickets.samples import Samples
from app.tickets.triggers import Changed, triggers
from app.zendesk import Client

SAMPLES = 10
MOST_GROUPS = 12
CLASH = "options_clash"  # of a ticket's own tags to add, several are options of one drop-down


def summarise(
    client: Client, fields: TagFields, planned: Iterable[Planned], removed: Callable[[Planned], Collection[str]]
) -> dict[str, Any]:
    """What a dry run found: counts, groups of equal change, effects on fields, a sample, triggers that may answer."""
    effects = FieldEffects(fields)
    outcomes: Counter[str] = Counter()
    clashes = 0
    statuses: Counter[str] = Counter()
    groups: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    samples: Samples[dict[str, Any]] = Samples(SAMPLES)
    left_out: Counter[str] = Counter()
    closed_tried = 0
    for ticket in planned:
        outcomes[ticket.outcome] += 1
        clashes += ticket.error == CLASH
        if ticket.outcome == Outcome.SKIPPED:
            left_out[ticket.error or ""] += 1
        closed_tried += ticket.after is not None and ticket.before["status"] == "closed"
        statuses[ticket.before["status"] or "unknown"] += 1
        if ticket.after is None:
            continue
        before, after = ticket.before["tags"], ticket.after["tags"]
        group = (tuple(t for t in after if t not in before), tuple(t for t in before if t not in after))
        groups[group] += 1
        effects.see(before, after, removed(ticket))
        samples.offer((group, ticket.before["status"]), _sample(ticket))
    return {
        "change": outcomes["pending"],
        "unchanged": outcomes["unchanged"],
        "closed": left_out.pop("closed", 0),
        "left_out": dict(left_out.most_common()),
        "closed_tried": closed_tried,
        "refused": outcomes["failed"] - clashes,
        "clashes": clashes,
        "statuses": dict(statuses.most_common()),
        "groups": [
            {"add": list(added), "remove": list(removed), "count": count}
            for (added, removed), count in groups.most_common(MOST_GROUPS)
        ],
        "fields": effects.found(),
        "triggers": triggers(client, _changed(fields, effects.found())) if outcomes["pending"] else None,
        "sample": samples.chosen(),
    }


def _changed(fields: TagFields, effects: Iterable[dict[str, Any]]) -> Changed:
    """What changes, as the conditions of triggers name it: tags, and the fields that go with them."""
    behind = fields.behind([tag for each in effects for tag in (each["tag"], each["displaced"]) if tag])
    return Changed({"tags", *(field.id for field in behind.fields)})


def _sample(ticket: Planned) -> dict[str, Any]:
    return {
        "ticket_id": ticket.ticket_id,
        "subject": ticket.before["subject"],
        "status": ticket.before["status"],
        "before": ticket.before["tags"],
        "after": ticket.after["tags"] if ticket.after else ticket.before["tags"],
    }
