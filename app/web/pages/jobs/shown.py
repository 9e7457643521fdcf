"""How a job looks: its status in a word, its counts, the segments of its bar, what it warns of."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from app.jobs import status as st
from app.jobs.models import Job
from app.jobs.outcomes import CANCELLED, SETTLED, CanaryState, Outcome
from app.jobs.protocol.operation import Values
from app.jobs.protocol.undoing import Undoing
from app.jobs.status import RequestedState, Status
from app.presentation import plural
from app.tickets.effects import effects_in_words
from app.tools.mounted import job_kinds
from app.tools.wording import reason_of

QUARTERS = 4


@dataclass(frozen=True)
class Badge:
    """A job's status as a badge: word, tone (a class of the style sheet), icon."""

    word: str
    tone: str
    icon: str


@dataclass(frozen=True)
class Count:
    """How many tickets have an outcome, with the word for it; `error` where only those with one reason are meant."""

    outcome: str
    word: str
    number: int
    tone: str
    error: str | None = None


@dataclass(frozen=True)
class Segment:
    """A part of the bar, in per cent of its width."""

    x: float
    width: float
    tone: str


STATUSES: dict[str, Badge] = {
    Status.QUEUED: Badge("Waiting to start", "busy", "hourglass-split"),
    Status.COLLECTING: Badge("Listing tickets", "busy", "arrow-repeat"),
    Status.RUNNING: Badge("Running", "busy", "arrow-repeat"),
    Status.PAUSED: Badge("Paused", "warn", "pause-fill"),
    Status.CANCELLING: Badge("Stopping", "warn", "stop-fill"),
    Status.CANCELLED: Badge("Stopped", "quiet", "stop-fill"),
    Status.COMPLETED: Badge("Done", "good", "check-lg"),
    Status.FAILED: Badge("Failed", "bad", "x-lg"),
}
NOT_ALL_WELL = Badge("Done with problems", "warn", "exclamation-triangle")
WANTS_A_LOOK = Badge("Waiting for you", "warn", "eye")
PAUSING = Badge("Pausing", "warn", "pause-fill")
PREVIEW_READY = Badge("Preview ready", "good", "check-lg")

TONES: dict[str, str] = {
    Outcome.SUCCEEDED: "good",
    Outcome.UNCHANGED: "quiet",
    Outcome.FAILED: "bad",
    Outcome.SKIPPED: "warn",
    Outcome.UNKNOWN: "odd",
    Outcome.PENDING: "",
}
WORDS: dict[str, str] = {
    Outcome.SUCCEEDED: "Changed",
    Outcome.UNCHANGED: "Nothing to do",
    Outcome.FAILED: "Refused",
    Outcome.SKIPPED: "Left out",
    Outcome.UNKNOWN: "To check",
    Outcome.PENDING: "Left",
}


def warnings(job: Job) -> list[Markup]:
    """What a finished dry run found that a person must know before it is carried out; empty for other jobs."""
    kind = job_kinds().get(job.tool)
    if kind is None or not job.dry_run or job.status != Status.COMPLETED:
        return []
    if Undoing.of(job.snapshot):
        return effects_in_words((job.summary or {}).get("fields") or ())
    never_read: dict[str, int] = (job.summary or {}).get("never_read", {})
    return [*(_never_read(job, *each) for each in never_read.items()), *kind.warnings(job)]


def _never_read(job: Job, code: str, count: int) -> Markup:
    tickets = plural(count, "ticket that was named cannot be read", "tickets that were named cannot be read")
    return Markup("{}: {} See them below, as refused.").format(tickets, reason_of(job, code).sentence)


def parameters_of(job: Job) -> Values:
    """What was asked for, by the names that the job's tool has for it."""
    kind = job_kinds().get(job.tool)
    if undoing := Undoing.of(job.snapshot):
        return {"takes_back": f"job {undoing.job_id}", "only": list(undoing.fields or ())}
    return kind.told(job) if kind else job.parameters


def status_of(job: Job) -> Badge:
    """The job's status as people read it."""
    if job.requested_state == RequestedState.PAUSE and job.status in st.DRIVEN:
        return PAUSING
    if job.dry_run and job.status == Status.COMPLETED:
        return PREVIEW_READY
    if job.status == Status.COMPLETED and (job.failed or job.unknown or job.dropped):
        return NOT_ALL_WELL
    if wants_a_look(job):
        return WANTS_A_LOOK
    return STATUSES[job.status]


def wants_a_look(job: Job) -> bool:
    """Whether the first tickets of the job are done, and it waits for a person to look at them."""
    return job.status == Status.PAUSED and job.canary_status == CanaryState.WAITING


def waiting(job: Job) -> str:
    """What a job that is not at its end waits for, as the words begin a sentence; empty when it waits for nothing."""
    if not job.waiting_for or not (job.status in st.DRIVEN or wants_a_look(job)):
        return ""
    return f"{'Waiting' if wants_a_look(job) else 'Waits'} for {job.waiting_for}"


def wakes_at(job: Job) -> float | None:
    """When a job goes on that waits; None where that is up to a person, and nothing happens by itself."""
    return None if job.waits_for_person else job.wake_at


def outcome_word(job: Job, outcome: str) -> str:
    """An outcome in a word; a dry run only foretells."""
    return "Will change" if job.dry_run and outcome == Outcome.SUCCEEDED else WORDS[outcome]


def outcome_tone(outcome: str) -> str:
    """The colour of an outcome's badge; what is still to come has none of its own."""
    return TONES[outcome] or "quiet"


def counts(job: Job) -> list[Count]:
    """The tickets of a job by outcome, the open ones last."""
    numbers = {outcome: getattr(job, outcome) for outcome in SETTLED} | {Outcome.PENDING: job.left}
    if job.never_started:
        numbers[Outcome.SKIPPED] -= job.never_started
    found = [Count(outcome, outcome_word(job, outcome), n, TONES[outcome]) for outcome, n in numbers.items()]
    if job.never_started:
        found[-1] = Count(Outcome.SKIPPED, "Never started", job.never_started, "", CANCELLED)
    return found


def segments(job: Job) -> list[Segment]:
    """The bar: one segment for each outcome that occurs, from the left."""
    found, x = [], 0.0
    for count in counts(job):
        if count.outcome != Outcome.PENDING and count.error is None and count.number and job.total:
            width = 100 * count.number / job.total
            found.append(Segment(round(x, 3), round(width, 3), count.tone))
            x += width
    return found


def percent(job: Job) -> int:
    """The share of tickets that had their turn, rounded down: 100 means all."""
    return 100 * job.had_their_turn // job.total if job.total else 0


def stand(job: Job) -> str:
    """How far a job is or was, such as "2,027 of 2,640 tickets, 613 never started"."""
    words = f"{job.had_their_turn:,} of {plural(job.total, 'ticket')}"
    return f"{words}, {job.never_started:,} never started" if job.never_started else words


def milestone(job: Job) -> str:
    """What is worth saying aloud: it changes with the status and with each quarter, not with each ticket."""
    word = status_of(job).word
    if job.ended:
        return f"Job {job.id}: {word}. {stand(job)}."
    if job.status == Status.RUNNING:
        quarter = percent(job) * QUARTERS // 100
        return f"Job {job.id}: {word}, {quarter * 100 // QUARTERS} per cent."
    return f"Job {job.id}: {word}."
