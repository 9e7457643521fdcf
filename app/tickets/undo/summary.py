"""What a dry run of an undo found, for its page: counts, groups of equal change, what is left as it is, triggers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Planned, Values
from app.tickets.effects import FieldEffects
from app.tickets.fields import TagFields
from app.tickets.samples import Samples
from app.tickets.triggers import Changed, triggers
from app.tickets.undo.tags import difference
from app.tickets.undo.who import who_changed
from app.tickets.undo.words import Words
from app.tickets.undo.written import FIELDS, TAGS
from app.zendesk import Client

SAMPLES = 10
MOST_GROUPS = 12
LEFT_SHOWN = 10  # tickets of which the audits are read, to say who changed them
SHOWN_TAGS = 8


def summarise(
    client: Client, planned: Iterable[Planned], fields: TagFields, words: Words, comment: str | None
) -> dict[str, Any]:
    """What a dry run found.

    `{change, in_part, unchanged, closed, closed_tried, left, refused, gone, comment, statuses: {status: count}, groups:
    [{words: […], add: […], remove: […], count}], fields: [{tag, field, effect, count, displaced}], reasons: [{name,
    why, count}], left_sample: [{ticket_id, subject, name, was, wrote, now, why, by, at}], sample: [{ticket_id,
    subject, status, changes: [{label, before, after}], before: [tag…], after: [tag…]}], triggers}`.

    `left` counts tickets of which nothing is taken back, `in_part` those of which not all is. `by` and `at` are None
    where the ticket's history does not tell.
    """
    tally = Tally(fields, words)
    for ticket in planned:
        tally.see(ticket)
    return {
        **tally.found(),
        "comment": comment,
        "left_sample": who_changed(client, tally.left[:LEFT_SHOWN], words.label),
        "triggers": triggers(client, Changed(tally.names)),
    }


@dataclass
class Tally:
    """Counts over the tickets of a dry run."""

    behind: TagFields
    words: Words
    outcomes: Counter[tuple[str, str | None]] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    groups: Counter[tuple[tuple[str, ...], ...]] = field(default_factory=Counter)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    samples: Samples[Values] = field(default_factory=lambda: Samples(SAMPLES))
    left: list[Planned] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    closed_tried: int = 0
    in_part: int = 0

    def __post_init__(self) -> None:
        self.effects = FieldEffects(self.behind)

    def see(self, ticket: Planned) -> None:
        """Take one ticket into account."""
        self.outcomes[ticket.outcome, ticket.error] += 1
        self.statuses[ticket.before.get("status") or "unknown"] += 1
        for each in ticket.left or ():
            self.reasons[self.words.label(each["name"]), each["why"]] += 1
        if ticket.left and len(self.left) < LEFT_SHOWN:
            self.left.append(ticket)
        if ticket.outcome != Outcome.PENDING or ticket.after is None:
            return
        self.in_part += bool(ticket.left)
        self.closed_tried += ticket.before["status"] == "closed"
        self.names |= {name for name in ticket.after if name != FIELDS} | set(ticket.after.get(FIELDS, {}))
        old, new = ticket.before[TAGS], ticket.after.get(TAGS, ticket.before[TAGS])
        added, removed = difference(old, new)
        self.effects.see(old, new, removed)
        rows = self.words.rows(ticket.before, {k: v for k, v in ticket.after.items() if k != TAGS})
        words = tuple(f"{row['label']} → {row['after']}" for row in rows)
        group = (words, tuple(added[:SHOWN_TAGS]), tuple(removed[:SHOWN_TAGS]))
        self.groups[group] += 1
        self.samples.offer((group, ticket.before["status"]), _sample(ticket, rows, old, new))

    def found(self) -> dict[str, Any]:
        by_outcome: Counter[str] = Counter()
        for (outcome, _), count in self.outcomes.items():
            by_outcome[outcome] += count
        closed = self.outcomes[Outcome.SKIPPED, "closed"]
        gone = self.outcomes[Outcome.FAILED, "not_found"]
        return {
            "change": by_outcome[Outcome.PENDING],
            "in_part": self.in_part,
            "unchanged": by_outcome[Outcome.UNCHANGED],
            "closed": closed,
            "closed_tried": self.closed_tried,
            "left": by_outcome[Outcome.SKIPPED] - closed,
            "gone": gone,
            "refused": by_outcome[Outcome.FAILED] - gone,
            "statuses": dict(self.statuses.most_common()),
            "groups": [
                {"words": list(words), "add": list(added), "remove": list(removed), "count": count}
                for (words, added, removed), count in self.groups.most_common(MOST_GROUPS)
            ],
            "fields": self.effects.found(),
            "reasons": [
                {"name": name, "why": why, "count": count} for (name, why), count in self.reasons.most_common()
            ],
            "sample": self.samples.chosen(),
        }


def _sample(ticket: Planned, rows: list[dict[str, str]], old: list[str], new: list[str]) -> Values:
    return {
        "ticket_id": ticket.ticket_id,
        "subject": ticket.before["subject"],
        "status": ticket.before["status"],
        "changes": rows,
        "before": old,
        "after": new,
    }
