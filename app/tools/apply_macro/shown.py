"""A macro job on the pages of jobs: what it changes on a ticket, what was asked for, what its dry run warns of."""

from __future__ import annotations

from markupsafe import Markup, escape

from app.jobs.models import Job, JobItem
from app.jobs.protocol.operation import Values
from app.presentation import plural
from app.tickets.effects import effects_in_words
from app.tools.apply_macro import comment as comments
from app.tools.apply_macro import wording
from app.tools.changes import Change, Comment

APART = ("tags", "comment")
OFF_FORM = Markup(
    "<strong>{field}</strong> is not on the form of {tickets}: when an agent applies the macro, Zendesk leaves it out "
    "there. Through the API it is set."
)


def changes(job: Job, item: JobItem) -> list[Change | Comment]:
    """The changes of one ticket; none while Zendesk has not filled the macro in for it."""
    after, before, snapshot = item.after, item.before, job.snapshot
    if not after or not before or not snapshot:
        return []
    plain = {name: value for name, value in after.items() if name not in APART}
    rows = wording.change(before, plain, snapshot["names"], snapshot["fields"])
    found: list[Change | Comment] = [Change(row["label"], (row["after"],), (row["before"],)) for row in rows]
    if "tags" in after:
        added = tuple(tag for tag in after["tags"] if tag not in before["tags"])
        removed = tuple(tag for tag in before["tags"] if tag not in after["tags"])
        found.append(Change("Tags", added, removed, is_list=True))
    if "comment" in after:
        found.append(Comment(comments.text(after["comment"]), after["comment"]["public"]))
    return found


def told(job: Job) -> Values:
    """What was asked for: the macro by its title, with its number for those who look for it in Zendesk."""
    macro = (job.snapshot or {}).get("macro") or {}
    number = job.parameters["macro_id"]
    return {"macro": f"{macro['title']} (number {number})" if macro else f"number {number}"}


def warnings(job: Job) -> list[Markup]:
    """What a person must know before a finished dry run is carried out: cautions about the macro, effects on fields."""
    summary = job.summary or {}
    said = [*(job.snapshot or {}).get("cautions", ()), *summary.get("missing", ())]
    off_form = [
        OFF_FORM.format(field=each["field"], tickets=plural(each["count"], "ticket"))
        for each in summary.get("off_form", ())
    ]
    return [escape(each) for each in said] + off_form + effects_in_words(summary.get("fields") or ())
