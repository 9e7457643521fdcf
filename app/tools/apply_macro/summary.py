"""What a dry run of a macro found, for its page: counts, groups of equal change, a sample, readers, triggers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from app.account.cache.macro_names import Names, read_names
from app.account.connection.optional import Part, optional
from app.jobs.outcomes import Outcome
from app.jobs.protocol.operation import Planned, Values
from app.jobs.wording import reason
from app.tickets.effects import FieldEffects
from app.tickets.samples import Samples
from app.tickets.triggers import Changed, triggers
from app.tools.apply_macro import wording
from app.tools.apply_macro.effects import Effects
from app.tools.apply_macro.forms_seen import OffForm, ticket_forms
from app.tools.apply_macro.people import Readers
from app.tools.apply_macro.renderings import Renderings
from app.tools.apply_macro.sampled import Sampled, shown, with_renderings
from app.tools.apply_macro.tags import REMOVE
from app.zendesk import Client

if TYPE_CHECKING:
    from app.tools.apply_macro.operation import MacroOperation

SAMPLES = 10
MOST_GROUPS = 12
NAMED_BEFORE = ("group_id", "assignee_id", "brand_id", "ticket_form_id", "custom_status_id")


def summarise(operation: MacroOperation, client: Client, planned: Iterable[Planned]) -> dict[str, Any]:
    """What a dry run found.

    `{change, unchanged, closed, refused: [{code, sentence, remedy, count}], may_refuse: […the same], statuses:
    {status: count}, brands: [{name, count}], groups: [{words: […], count}], fields: [{tag, field, effect, count,
    displaced}], off_form: [{field, count}], sample: […], sample_refused: [{the same as refused, and `of` so many}],
    longest, emptiest, rendered, empty_placeholders: [{placeholder, count}], mail, triggers, missing: [what could not
    be read]}`; a ticket of the sample as `sampled.shown` has it, of which `longest` and `emptiest` are two, or None.
    `mail` is None without a public comment.

    What Zendesk does not answer costs its part only, and that is said.
    """
    forms = ticket_forms(client, operation.effects)
    tally = Tally(operation, forms.value)
    for ticket in planned:
        tally.see(ticket)
    found = tally.found()
    sample = with_renderings(operation, client, tally.samples.chosen())
    for each in sample:
        tally.renderings.see(each.ticket, each.after)
    extremes = tally.renderings.extremes
    read = _names(operation, client, [*sample, *filter(None, extremes)], list(tally.brands))
    names = read.value
    longest, emptiest = (shown(operation, each, names) if each else None for each in extremes)
    return {
        **found,
        "brands": [
            {"name": wording.named("brand_id", brand, names, {}), "count": count}
            for brand, count in tally.brands.most_common()
        ],
        "sample": [shown(operation, each, names) for each in sample],
        "sample_refused": _refused(sample),
        "longest": longest,
        "emptiest": emptiest,
        "rendered": tally.renderings.count,
        "empty_placeholders": tally.renderings.empty(),
        "triggers": triggers(client, _changed(operation.effects)),
        "missing": [each.missing for each in (forms, read) if each.missing],
    }


class Tally:
    """Counts over the tickets of a dry run."""

    def __init__(self, operation: MacroOperation, forms: list[dict[str, Any]]) -> None:
        self._operation, self._fields = operation, FieldEffects(operation.fields)
        self._off_form = OffForm(operation.effects, operation.values["fields"], forms)
        self._taken = {tag for step in operation.effects.tags if step.verb == REMOVE for tag in step.tags}
        self._outcomes: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()
        self._may_refuse: Counter[str] = Counter()
        self._statuses: Counter[str] = Counter()
        self._groups: Counter[tuple[str, ...]] = Counter()
        self._readers = Readers()
        self.brands: Counter[int | None] = Counter()
        self.samples: Samples[Planned] = Samples(SAMPLES)
        self.renderings = Renderings(operation.effects.texts.get("comment", ""))

    def see(self, ticket: Planned) -> None:
        """Take one ticket into account."""
        before, effects = ticket.before, self._operation.effects
        self._outcomes[ticket.outcome] += 1
        self._statuses[before["status"] or "unknown"] += 1
        self.brands[before["brand_id"]] += 1
        if ticket.outcome == Outcome.SKIPPED:
            self._left_out[ticket.error or ""] += 1
        if ticket.outcome == Outcome.FAILED:
            self._refused[ticket.error or ""] += 1
        if ticket.outcome != Outcome.PENDING:
            return
        change = self._operation.difference(before)
        group = wording.group(effects, before, change, self._operation.values)
        self._groups[group] += 1
        self.samples.offer((group, before["status"], before["brand_id"]), ticket)
        after = ticket.after if ticket.after is not None else change
        self._fields.see(before["tags"], after.get("tags", before["tags"]), self._taken)
        self._off_form.see(before, after)
        if self._is_solved(change) and not change.get("assignee_id", before["assignee_id"]):
            self._may_refuse["no_assignee"] += 1
        if effects.comment and effects.comment.public:
            self._readers.see(before)
        if ticket.after and effects.rendered:
            self.renderings.see(ticket, ticket.after)

    def found(self) -> dict[str, Any]:
        """The counts that need no names."""
        comment = self._operation.effects.comment
        return {
            "change": self._outcomes["pending"],
            "unchanged": self._outcomes["unchanged"],
            "closed": self._left_out["closed"],
            "left_out": {code: count for code, count in self._left_out.most_common() if code != "closed"},
            "refused": [_reason(code, count) for code, count in self._refused.most_common()],
            "may_refuse": [_reason(code, count) for code, count in self._may_refuse.most_common()],
            "statuses": dict(self._statuses.most_common()),
            "groups": [
                {"words": list(words), "count": count} for words, count in self._groups.most_common(MOST_GROUPS)
            ],
            "fields": self._fields.found(),
            "off_form": self._off_form.found(),
            "mail": self._readers.found() if comment and comment.public else None,
        }

    def _is_solved(self, change: Values) -> bool:
        custom = self._operation.values["categories"].get(str(change.get("custom_status_id")))
        return "solved" in (change.get("status"), custom)


def _changed(effects: Effects) -> Changed:
    """What the macro changes, as the conditions of triggers name it."""
    names = {*effects.values, *effects.field_ids, *(effects.rendered - {"comment"})}
    names |= {"assignee_id"} if effects.to_requester else set()
    names |= {name for name, there in (("tags", effects.tags), ("followers", effects.followers)) if there}
    return Changed(names, effects.comment.public if effects.comment else None)


def _reason(code: str, count: int) -> dict[str, Any]:
    found = wording.REASONS.get(code) or wording.FORETOLD.get(code) or reason(code)
    return {"code": code, "sentence": found.sentence, "remedy": found.remedy, "count": count}


def _refused(sample: list[Sampled]) -> list[dict[str, Any]]:
    """Why tickets of the sample would be refused, though that could not be known before Zendesk had filled them in."""
    codes = Counter(each.refused for each in sample if each.refused)
    tried = sum(each.after is not None or each.refused is not None for each in sample)
    return [{**_reason(code, count), "of": tried} for code, count in codes.most_common()]


def _names(operation: MacroOperation, client: Client, sample: list[Sampled], brands: list[int | None]) -> Part[Names]:
    """The names that the page needs beyond those of the snapshot: of what the sampled tickets had before."""
    known = operation.values["names"]
    actions = [{"field": name, "value": value} for name, value in _ids(sample, brands) if value is not None]
    nothing: Names = {}
    part = optional(client, lambda zendesk: read_names(zendesk, [{"actions": actions}]), nothing, "Some names")
    named = {
        kind: {"by_id": {**known.get(kind, {}).get("by_id", {}), **part.value.get(kind, {}).get("by_id", {})}}
        for kind in {*known, *part.value}
    }
    return Part(named, part.missing)


def _ids(sample: list[Sampled], brands: list[int | None]) -> Iterator[tuple[str, Any]]:
    for brand in brands:
        yield "brand_id", brand
    for each in sample:
        yield "cc", each.ticket.before["requester_id"]
        for name in NAMED_BEFORE:
            if name in (each.after or {}):
                yield name, each.ticket.before[name]
                yield name, (each.after or {})[name]
