"""A tag job told in one sentence, and what its dry run warns of."""

from __future__ import annotations

from markupsafe import Markup

from app.jobs.models import Job
from app.jobs.sentence import told
from app.jobs.store import trials
from app.presentation import iso, plural
from app.tickets.effects import effects_in_words, unforeseen
from app.tickets.fields import TagFields
from app.tickets.tags import MOST_CHARACTERS, in_other_widths, scripts_signs

TOO_LONG = Markup(
    "The tags of {tickets} would be longer than {most} characters, the most that Zendesk keeps on a ticket. "
    "These tickets are left as they are."
)
SIGNS = Markup(
    "<code>{tag}</code> has signs of its script that are no letters. Zendesk does not say whether it keeps such a tag: "
    "look at one of the first tickets."
)
WIDE = Markup("<code>{tag}</code> is written in full-width or half-width letters: to Zendesk that is another tag.")

TRIED = Markup("When closed tickets were tried last, {account} {done} the change of their tags ({date}).")


def sentence(job: Job) -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused"."""
    change = _change(job)
    about_to = f"change tags ({change})"
    return told(job, what=change, about_to=about_to, doing="tagging", did="tagged", after=f" ({change})")


def warnings(job: Job) -> list[Markup]:
    """What a person must know of a finished dry run: of tags that are options of fields, too long, or in doubt."""
    summary = job.summary or {}
    found = effects_in_words(summary.get("fields") or ())
    if job.snapshot:
        found += unforeseen(TagFields.thawed(job.snapshot))
    if refused := summary.get("refused"):
        found.append(TOO_LONG.format(tickets=plural(refused, "ticket"), most=f"{MOST_CHARACTERS:,}"))
    found += [SIGNS.format(tag=tag) for tag in scripts_signs(job.parameters["add"])]
    if (summary.get("closed") or summary.get("closed_tried")) and (trial := trials.of_account(job.account)):
        done = "took" if trial.took else "refused"
        found.append(TRIED.format(account=job.account, done=done, date=iso(trial.at)[:10]))
    return found + [WIDE.format(tag=tag) for tag in in_other_widths(job.parameters["add"])]


def _change(job: Job) -> str:
    added = [f"+{tag}" for tag in job.parameters["add"]]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in job.parameters["remove"]]
    shown = (added + removed)[:4]
    more = len(added) + len(removed) - len(shown)
    return " ".join(shown) + (f" and {more} more" if more else "")
