"""The sentences of the job engine: why a job waits or ended, why a ticket was refused, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from app import zendesk as zd
from app.account.connection.faults import BY_GATEWAY, fault_of, told
from app.jobs.outcomes import DROPPED, PARTLY

TAKEN_OVER_TOO_OFTEN = (
    "Five workers in a row ended without getting anything done. Look at the workers' log, then resume the job."
)
INTERNAL = "Something went wrong inside Giga Tools. The log has the details; resume the job to go on where it stopped."
SNAPSHOT_CHANGED = (
    "The macro was changed in Zendesk since this job was previewed. Nothing more is sent. Preview it again, or put the "
    "macro back as it was and resume."
)
NO_PUBLIC_REPLIES = (
    "This would write to customers, which this token may not: create one with public replies allowed, or use the pages."
)
NOBODY_KNOWS_WHO_READS = (
    "Zendesk could not be asked whether this writes to customers, which this token may not. Try again in a minute."
)
STILL_UNDER_WAY = "The job is under way and reads its tickets itself. Wait until it has ended, or pause it."
REVIEW_FIRST = "The job waits for you to look at its first tickets. Look at them, then continue it, or stop it."
KEY_REUSED = (
    "This Idempotency-Key was used for another request in the last 24 hours. Nothing was started. Send a new key with "
    "a new request, or the same request with the old one."
)
RESUME_OR_STOP = (
    "This job can go on where it stopped: resume it. To do its rest in another job instead, stop it for good first."
)
NO_UNDO_NOW = "What it takes to take this back could not be read from Zendesk; nothing was started."
TAKEN_OVER_ALREADY = "A later job has tried every ticket that failed here again; retry what failed there."
NOTHING_LISTED = "The preview found no ticket, so there is nothing to carry out. Preview it again."
DEPENDS_ON_CURRENT_USER = (
    "This depends on who applies it, which is the user we act as. Nothing was changed. Start again, and agree to that."
)


@dataclass(frozen=True)
class Reason:
    """Why tickets have an outcome, and the next step, if there is one."""

    sentence: str
    remedy: str = ""


IN_PART, LEFT = "in_part", "left_as_is"  # of an undo: a part of a ticket, or all of it, was left as it is
REASONS = {
    "closed": Reason(
        "The ticket is closed: it was left out, or Zendesk refused the change for that.",
        "A follow-up ticket can be changed.",
    ),
    "not_found": Reason("There is no such ticket, it was deleted or merged, or our Zendesk user may not see it."),
    "not_yours": Reason(
        "Zendesk does not show this ticket to the agent who asked for it by its id.",
        "Ask an admin, or somebody who sees it.",
    ),
    "no_longer_fits": Reason("Zendesk's search found the ticket, but as it is now it fits the search no more."),
    "conflict": Reason(
        "Others changed the ticket each time we tried; we tried four times.", "Retry when it is quieter there."
    ),
    "cancelled": Reason("The job was stopped before this ticket's turn."),
    "no_answer": Reason(
        "Its answer was lost. It was unchanged when we looked, but Zendesk may still change it.",
        "Look at it in Zendesk.",
    ),
    "refused": Reason("Zendesk refused the change.", "Its own words stand beside each ticket."),
    "unreadable": Reason(
        "The change was sent and its answer lost, and the ticket's history cannot be read: it was deleted or merged, "
        "or our Zendesk user may not see it.",
        "Look at it in Zendesk, then mark what you found.",
    ),
    "altered": Reason(
        "The change was sent and its answer lost. Our Zendesk user has written another text on the ticket since.",
        "Look at it in Zendesk, then mark what you found.",
    ),
    "blind": Reason(
        "The change was sent and its answer lost, and in this account nothing tells our comments from others.",
        "Look at it in Zendesk, then mark what you found.",
    ),
    "untold": Reason(
        "The change was sent and its answer lost. The ticket has changed since, and its history does not tell by which "
        "program.",
        "Look at it in Zendesk, then mark what you found.",
    ),
    "set_aside": Reason(
        "Three workers in a row ended while this ticket was on its way. It was set aside, so that the others go on.",
        "Look at the workers' log, and at the ticket in Zendesk.",
    ),
    "not_rendered": Reason("Zendesk did not render the change for this ticket. Nothing was sent."),
    "stale": Reason(
        "Zendesk rendered the change from an older state of the ticket, ten times. Nothing was sent.",
        "Retry in some minutes.",
    ),
    "no_stamp": Reason("Zendesk does not say when the ticket was changed last, so it cannot be changed safely."),
    IN_PART: Reason(
        "Not all of it was taken back: what others changed since, or Zendesk does not take back, was left as it is.",
        "What that is stands beside each ticket.",
    ),
    LEFT: Reason(
        "Nothing was taken back: others changed it since, or Zendesk does not take it back. It was left as it is.",
        "What that is stands beside each ticket.",
    ),
    "marked_there": Reason("A person looked, and found the change there."),
    "marked_not_there": Reason("A person looked, and the change is not there.", "It can be retried."),
}


def dropped(names: str) -> str:
    return (
        f"Zendesk took changes of this job without a part of them: it dropped {names}. Each ticket says so; "
        "what was dropped has to be done in Zendesk, or allowed to the user we act as."
    )


def stamps_dropped(names: Iterable[str]) -> str:
    return (
        f"Zendesk dropped {' and '.join(names)}. Without it a change may be made twice, or over what an agent did "
        "meanwhile, so nothing more is sent. Look at what was sent; resume only to accept that risk."
    )


def reason(code: str | None) -> Reason:
    """The sentence for an item's error code."""
    if code and code.startswith(DROPPED):
        return Reason(
            f"Zendesk dropped a part of the change: {code.removeprefix(DROPPED)}.", "Look at the ticket in Zendesk."
        )
    if code and code.startswith(PARTLY):
        return Reason(
            "The change was sent and its answer lost. The ticket shows it without a part: "
            f"{code.removeprefix(PARTLY)}.",
            "Look at the ticket in Zendesk.",
        )
    return REASONS.get(code or "", Reason(f"Zendesk answered {code}." if code else "No reason was given."))


def not_looked(error: zd.ZendeskError) -> str:
    answered = f"answered {error.status}" if error.status else "gave no answer"
    return f"Zendesk {answered}, so not all tickets were read. What they told is kept; look again in some minutes."


def looked_again(told: int, unknown: int, left: int) -> str:
    """What came of a person's second look: so many are told now, so many are not, some of which were not read."""
    parts = [f"{told:,} of {told + unknown:,} could be told now." if told else "Nothing more could be told."]
    if left:
        parts.append(f"{left:,} were not read in this time: look again to go on.")
    elif unknown:
        parts.append(f"{unknown:,} can only be told by a person: open each, then mark what you found.")
    return " ".join(parts)


def too_many(limit: int) -> str:
    return (
        f"This job has more than {limit:,} tickets, the most that one job may have. Nothing was changed. "
        "Narrow down what is listed, or raise ASYNC_TICKET_LIMIT; then start again."
    )


def over_cap(most: int, role: str) -> str:
    return (
        f"This job has more than {most:,} tickets, the most that the role {role} may use this tool on at once. "
        "Nothing was changed. Narrow down what is listed, or ask an admin to raise the cap; then start again."
    )


def over_limit_now(job_id: int, tickets: int, most: int) -> str:
    """Why a job whose list was frozen may not go on: what one job may have is less than it was."""
    return (
        f"Job {job_id} has {tickets:,} tickets, and one job may have {most:,} at most now. It stays where it stopped. "
        "An admin can raise the limit; or stop the job, and start again from fewer tickets."
    )


def refused_for_good(job_id: int, error: str | None) -> str:
    return f"Job {job_id} cannot be resumed: its list was refused. {error or ''}".rstrip()


def not_as_expected(expected: int, total: int, noun: str) -> str:
    return f"{expected:,} tickets were expected, but the {noun} lists {total:,}. Nothing was changed. Preview it again."


def too_many_refused(failed: int, sent: int, share: float) -> str:
    return (
        f"{failed:,} of {sent:,} tickets were refused, more than {share:.0%}, so the job stopped by itself. "
        "Look at the reasons; resume to go on all the same."
    )


def review_first(tickets: int) -> str:
    which = "the first ticket" if tickets == 1 else f"the first {tickets:,} tickets"
    return f"you: look at {which} in Zendesk, then continue the job"


def carried_out(source_id: int, job_id: int) -> str:
    return f"The preview {source_id} was carried out in job {job_id} already. Preview again what is there now."


def retried_since(preview_id: int) -> str:
    return f"Since job {preview_id} previewed this, another job has tried some of its tickets. Preview the retry again."


def undone_since(preview_id: int) -> str:
    return f"Since job {preview_id} previewed this, another job has taken some of it back. Preview the undo again."


def begun_since(preview_id: int) -> str:
    return f"Since job {preview_id} previewed this, another job has begun some of its tickets. Preview the rest again."


def purged(job_id: int) -> str:
    return f"Retention removed the list of tickets of job {job_id}; only its numbers are left. Choose them anew."


def other_account(job_id: int, host: str, here: str | None) -> str:
    where = f"in {here}, which is connected now" if here else "elsewhere; no account is connected now"
    return f"Job {job_id} belongs to {host}; the same numbers are other tickets {where}."


def whose_eyes(name: str | None) -> str:
    who = f"{name}, the user we act as" if name else "the user we act as"
    return f"This depends on who asks Zendesk, and that is {who}. Agree to that (accept_current_user) if it is meant."


def dead_end(error: zd.ZendeskError, lasted: float) -> str:
    """Why a job cannot go on after trouble that lasted so many seconds: a person has to put something right first."""
    fault = BY_GATEWAY if error.by_gateway else fault_of(error)
    return told(error, fault.ended, lasted=lasted)


def unreadable_tickets(tickets: int, noun: str) -> str:
    which = f"1 ticket of the {noun} has" if tickets == 1 else f"{tickets:,} tickets of the {noun} have"
    return (
        f"{which} no number that can be read in Zendesk's answer, so the list would not be complete. Nothing was "
        f"changed. Look at the {noun} in Zendesk, then resume."
    )


def endless_list(why: str, noun: str) -> str:
    return (
        f"Zendesk's list of the {noun}'s tickets was given up: {why}. Nothing was changed. Resume the job to list the "
        f"{noun} once more."
    )


def wait_reason(error: zd.ZendeskError) -> str:
    """What a job waits for after trouble that passes by itself."""
    return told(error, fault_of(error).waits)
