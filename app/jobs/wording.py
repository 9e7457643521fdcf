"""The sentences of the job engine: why a job waits or ended, why a ticket was refused, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from app import zendesk as zd

VIEW_GONE = "The view is gone, or the Zendesk user we act as may no longer see it. Nothing was changed."
TAKEN_OVER_TOO_OFTEN = (
    "Five workers in a row ended without getting anything done. Look at the workers' log, then resume the job."
)
INTERNAL = "Something went wrong inside Giga Tools. The log has the details; resume the job to go on where it stopped."
MATERIAL_CHANGED = (
    "What this job is made of was changed in Zendesk since it was previewed. Nothing more is sent. Preview it again, "
    "or put back what was changed and resume."
)
NO_PUBLIC_REPLIES = (
    "This would write to customers, which this token may not: create one with public replies allowed, or use the pages."
)
NOBODY_KNOWS_WHO_READS = (
    "Zendesk could not be asked whether this writes to customers, which this token may not. Try again in a minute."
)
LOOK_THEN_GO_ON = "The job waits for somebody to look at its first tickets. Look at them, then continue it, or stop it."
TAKEN_OVER_ALREADY = "A later job has tried every ticket that failed here again; retry what failed there."
DEPENDS_ON_CURRENT_USER = (
    "This depends on who applies it, which is the user we act as. Nothing was changed. Start again, and agree to that."
)


@dataclass(frozen=True)
class Reason:
    """Why tickets have an outcome, and the next step, if there is one."""

    sentence: str
    remedy: str = ""


REASONS = {
    "closed": Reason("The ticket is closed; Zendesk lets nobody change it.", "A follow-up ticket can be changed."),
    "not_found": Reason("The ticket was deleted or merged, or our Zendesk user may not see it."),
    "conflict": Reason(
        "Somebody changed the ticket each time we tried; we tried four times.", "Retry when it is quieter there."
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
    "marked_there": Reason("A person looked, and found the change there."),
    "marked_not_there": Reason("A person looked, and the change is not there.", "It can be retried."),
}


def reason(code: str | None) -> Reason:
    """The sentence for an item's error code."""
    return REASONS.get(code or "", Reason(f"Zendesk answered {code}." if code else "No reason was given."))


def too_many(limit: int) -> str:
    return (
        f"The view has more than {limit:,} tickets, the most that one job may have. Nothing was changed. "
        "Narrow the view, or raise ASYNC_TICKET_LIMIT."
    )


def over_cap(most: int, role: str) -> str:
    return (
        f"This job has more than {most:,} tickets, the most that the role {role} may use this tool on at once. "
        "Nothing was changed. Narrow the view, or ask an admin to raise the cap."
    )


def not_as_expected(expected: int, total: int) -> str:
    return f"{expected:,} tickets were expected, but the view lists {total:,}. Nothing was changed. Preview it again."


def too_many_refused(failed: int, sent: int, share: float) -> str:
    return (
        f"{failed:,} of {sent:,} tickets were refused, more than {share:.0%}, so the job stopped by itself. "
        "Look at the reasons; resume to go on all the same."
    )


def look_first(tickets: int) -> str:
    which = "the first ticket" if tickets == 1 else f"the first {tickets:,} tickets"
    return f"somebody to look at {which} and let it go on"


def carried_out(source_id: int, job_id: int) -> str:
    return f"The preview {source_id} was carried out in job {job_id} already. Preview again what is there now."


def purged(job_id: int) -> str:
    return (
        f"Retention removed the list of tickets of job {job_id}; only its numbers are left. Start from the view again."
    )


def other_account(job_id: int, host: str, here: str | None) -> str:
    where = f"in {here}, which is connected now" if here else "elsewhere; no account is connected now"
    return f"Job {job_id} belongs to {host}; the same numbers are other tickets {where}."


def whose_eyes(name: str | None) -> str:
    who = f"{name}, the user we act as" if name else "the user we act as"
    return f"This depends on who asks Zendesk, and that is {who}. Agree to that (accept_current_user) if it is meant."


def dead_end(error: zd.ZendeskError) -> str | None:
    """Why a job cannot go on, when a person has to mend something first; None when waiting helps."""
    match error:
        case zd.Anonymous():
            return "Zendesk does not know the user we sign in as. Check the connection's credentials, then resume."
        case zd.Unauthorized():
            return "Zendesk refused our credentials. Check the connection's credentials, then resume."
        case zd.Forbidden():
            return (
                "Zendesk forbids this to the user we act as (403). The client needs the scopes read and tickets:write, "
                "and the user the right to edit tickets. Mend that, then resume."
            )
        case zd.InvalidEndpoint():
            return "Zendesk does not offer this here: check the account's address and plan, then resume."
        case zd.Redirected():
            return "Zendesk's address redirects elsewhere, which we never follow. Check the subdomain, then resume."
    return None


def wait_reason(error: zd.ZendeskError) -> str:
    """What a job waits for after trouble that passes by itself."""
    match error:
        case zd.TooManyJobs():
            return "a free slot for bulk jobs at Zendesk: other integrations use them all"
        case zd.RateLimited():
            return "Zendesk's rate limit"
        case zd.NetworkError():
            return "Zendesk to be reachable"
        case zd.ServerError():
            return f"Zendesk to recover (it answered {error.status})"
    return "Zendesk to give a readable answer"
