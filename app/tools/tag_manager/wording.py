"""A tag job told in one sentence, and what its dry run warns of."""

from __future__ import annotations

from markupsafe import Markup

from app.jobs.models import Job
from app.jobs.sentence import told as told_of
from app.jobs.store import trials
from app.jobs.wording import Reason
from app.presentation import iso, plural
from app.tickets import tags as rules
from app.tickets.effects import effects_in_words, unforeseen
from app.tickets.fields import TagFields
from app.tickets.tags import MOST_CHARACTERS, in_other_widths, scripts_signs
from app.tools.tag_manager.summary import CLASH
from app.tools.tool import OWN, Values

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


CLASHES = Markup(
    "Of the tags to add, several are options of one drop-down on {tickets}. A ticket has one of them at a time: these "
    "tickets are left as they are."
)
REASONS = rules.REASONS | {
    CLASH: Reason(
        "Several of its tags to add are options of one drop-down. A ticket has one of them at a time, and Zendesk "
        "would decide which stays. Nothing was sent.",
        "Name one of them for this ticket.",
    ),
}


def sentence(job: Job) -> str:
    """Such as "Ana tagged 3,180 tickets in Open shipping (+vip), 27 refused"."""
    change = _change(job)
    about_to = f"change tags ({change})"
    return told_of(job, what=change, about_to=about_to, doing="tagging", did="tagged", after=f" ({change})")


def filled(parameters: Values) -> Values:
    """The parameters as the address of the form has them."""
    lists = {name: " ".join(parameters.get(name) or ()) or None for name in ("add", "remove")}
    return {**lists, "closed": parameters.get("closed")}


def told(job: Job) -> Values:
    """What was asked for, by name."""
    own = {"own tags": "of each ticket, from the list"} if job.parameters.get("own") else {}
    return {**{name: value for name, value in job.parameters.items() if name != OWN}, **own}


def warnings(job: Job) -> list[Markup]:
    """What a person must know of a finished dry run: of tags that are options of fields, too long, or in doubt."""
    summary = job.summary or {}
    found = effects_in_words(summary.get("fields") or ())
    if job.snapshot:
        found += unforeseen(TagFields.thawed(job.snapshot))
    if refused := summary.get("refused"):
        found.append(TOO_LONG.format(tickets=plural(refused, "ticket"), most=f"{MOST_CHARACTERS:,}"))
    if clashes := summary.get("clashes"):
        found.append(CLASHES.format(tickets=plural(clashes, "ticket")))
    found += [SIGNS.format(tag=tag) for tag in scripts_signs(job.parameters["add"])]
    if (summary.get("closed") or summary.get("closed_tried")) and (trial := trials.of_account(job.account)):
        done = "took" if trial.took else "refused"
        found.append(TRIED.format(account=job.account, done=done, date=iso(trial.at)[:10]))
    return found + [WIDE.format(tag=tag) for tag in in_other_widths(job.parameters["add"])]


def _change(job: Job) -> str:
    own = ["own tags of each ticket"] if job.parameters.get("own") else []
    added = [f"+{tag}" for tag in job.parameters["add"]]
    removed = [f"\N{MINUS SIGN}{tag}" for tag in job.parameters["remove"]]
    shown = (added + removed)[:4]
    more = len(added) + len(removed) - len(shown)
    return ", ".join(filter(None, [*own, " ".join(shown)])) + (f" and {more} more" if more else "")
