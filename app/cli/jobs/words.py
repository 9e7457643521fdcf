"""What the commands print about jobs: the sentences of the pages, on lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator

from app.jobs.commands import rest, retries
from app.jobs.models import Job, JobItem
from app.jobs.status import Status
from app.jobs.store import queries
from app.jobs.store.queries import Pace
from app.presentation import duration, iso, plural
from app.tools import wording as told
from app.tools.changes import Change, Comment
from app.web.pages.jobs import shown

COMMAND = "flask --app run jobs"


def line(text: str) -> str:
    """Text that stays on its line and gives the terminal no orders: titles and Zendesk's words come from strangers."""
    return "".join(char if char.isprintable() else " " for char in text)


def row(job: Job) -> str:
    """A job on one line of the list."""
    tickets = f"{job.had_their_turn:,}/{job.total:,}"
    return line(
        f"{job.id:>6}  {iso(job.created_at)}  {shown.status_of(job).word:<16}  {tickets:>15}  {told.sentence(job)}"
    )


def report(job: Job) -> Iterator[str]:
    """A job as its page tells it: the sentence, where it stands, the counts, the reasons, the next step."""
    yield line(f"Job {job.id}: {told.sentence(job)}.")
    yield line(f"{shown.status_of(job).word}: {progress(job, queries.pace(job))}. Account: {job.account}.")
    if waiting := waits(job):
        yield waiting
    if job.listed_at is not None:
        yield from findings(job)
    if job.ended and not job.dry_run:
        yield from reasons(job)
    if step := next_step(job):
        yield step


def progress(job: Job, pace: Pace) -> str:
    """How far a job is: "1,200 of 3,180, 640 a minute, 3 minutes left"."""
    if job.listed_at is None:
        return f"{plural(job.total, 'ticket')} listed"
    parts = [f"{job.had_their_turn:,} of {job.total:,}"]
    if job.never_started:
        parts.append(f"{job.never_started:,} never started")
    if pace.per_minute:
        parts.append(f"{pace.per_minute:,.0f} a minute")
    if pace.eta_seconds:
        parts.append(f"{duration(pace.eta_seconds)} left")
    return ", ".join(parts)


def waits(job: Job) -> str:
    """What a job waits for, and until when; empty when it does not."""
    waiting, until = shown.waiting(job), shown.wakes_at(job)
    if not waiting:
        return ""
    return line(f"{waiting}{f', until {iso(until)}' if until else ''}.")


def counts(job: Job) -> Iterator[str]:
    """The tickets by outcome, one line each."""
    for count in shown.counts(job):
        yield f"  {count.word:<14}{count.number:>10,}"


def findings(job: Job) -> Iterator[str]:
    """The counts; of a dry run also what a person must know before it is carried out."""
    yield from counts(job)
    for warning in shown.warnings(job):
        yield line(f"Note: {warning.striptags()}")


def reasons(job: Job) -> Iterator[str]:
    """Why tickets were not changed, with what to do about it."""
    for cause in queries.failures_by_reason(job.id):
        why = told.reason_of(job, cause.error)
        said = f'For example: "{cause.detail_example}"' if cause.detail_example else ""
        sentences = " ".join(filter(None, (why.sentence, why.remedy, said)))
        yield line(f"{shown.outcome_word(job, cause.outcome)}, {plural(cause.count, 'ticket')}: {sentences}")


def of_item(job: Job, item: JobItem) -> str:
    """A ticket on one line: its number, what changed, and why it was not changed."""
    why = told.reason_of(job, item.error).sentence if item.error else ""
    changes = "; ".join(map(_change, told.changes_of(job, item)))
    return line("  ".join(filter(None, (f"#{item.ticket_id}", changes, why, item.detail))))


def _change(change: Change | Comment) -> str:
    if isinstance(change, Comment):
        return f'{"public reply" if change.public else "internal note"} "{change.text}"'
    return f"{change.name} " + " ".join([f"+{new}" for new in change.added] + [f"-{old}" for old in change.removed])


def next_step(job: Job) -> str:
    """The command that a person may want now; empty when there is none."""
    if shown.wants_a_look(job):
        return f"Look at its first tickets, then: {COMMAND} continue {job.id}"
    if job.status == Status.PAUSED:
        return f"Let it go on: {COMMAND} resume {job.id}"
    if not job.ended:
        return f"Follow it: {COMMAND} show {job.id} --follow"
    if job.dry_run and job.status == Status.COMPLETED and job.succeeded:
        return (
            f"Carry it out: {COMMAND} run --tool {job.tool} --preview {job.id} --for-real --as {job.created_by.email}"
        )
    return _sequel(job)


def _sequel(job: Job) -> str:
    """The command that goes on from an ended job; empty when nothing is left of it."""
    if rest.left_to_do(job):
        return f"Do the ones that were never started: {COMMAND} rest {job.id} --as {job.created_by.email}"
    if retries.left_to_retry(job):
        return f"Try the refused ones again: {COMMAND} retry {job.id} --as {job.created_by.email}"
    return ""
