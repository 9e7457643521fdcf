"""`flask --app run jobs list|show|pause|resume|continue|cancel`; the others have files of their own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import partial

import click
from flask.cli import AppGroup

from app.audit.log import acting
from app.cli.jobs import words
from app.cli.jobs.ending import and_follow, as_json, asker, driving, end, find, go_on, job_id
from app.cli.jobs.exits import DONE, MEANING, refusals
from app.cli.jobs.export import write
from app.database import reading
from app.extensions import db
from app.jobs import status as st
from app.jobs.commands import service
from app.jobs.models import Job, JobItem
from app.jobs.outcomes import OUTCOMES
from app.jobs.store import queries
from app.jobs.store.part import CODE, Part
from app.numbers.options import Whole
from app.tools import job_csv
from app.web.api import answers, bodies, query
from app.web.api.asking import check_tool

jobs = AppGroup("jobs", help="Jobs: start, follow, pause, resume, stop, retry and take back.", epilog=MEANING)

in_whose_name = click.option("--as", "email", metavar="EMAIL", help="In whose name, with the rights of their role.")


def command(name: str) -> Callable[[Callable[..., None]], click.Command]:
    """A command of the group; its help ends with the exit codes."""
    return jobs.command(name, epilog=MEANING)


@command("list")
@click.option("--status", type=click.Choice(list(map(str, st.STATUSES))), help="Only jobs that stand there.")
@click.option("--tool", metavar="TOOL", help="Only jobs of this tool.")
@click.option("--limit", type=Whole(1, query.MOST_JOBS), default=query.JOBS, show_default=True)
@click.option("--before", type=Whole(), metavar="ID", help="Only jobs that are older than this one.")
@click.option("--csv", "as_csv", is_flag=True, help="Print all of them as CSV, whatever the limit.")
@as_json
@refusals()
def list_jobs(  # noqa: PLR0917 - click passes them by name
    status: str | None, tool: str | None, limit: int, before: int | None, as_csv: bool, as_json: bool
) -> None:
    """List jobs, the newest first."""
    if as_csv:
        jobs_below = partial(job_csv.jobs_below, user=asker(None), tool=_slug(tool), status=status)
        write(job_csv.csv_chunks(lambda last: jobs_below(last or before)))
        return
    with reading():
        found = queries.list_jobs(asker(None), tool=_slug(tool), status=status, before_id=before, limit=limit + 1)
        page, more = found[:limit], len(found) > limit
        if as_json:
            cursor = query.next_cursor("job", page[-1].id) if more else None
            click.echo(
                json.dumps(
                    {"jobs": [answers.Job.of(job).json_values() for job in page], "next_cursor": cursor}, indent=2
                )
            )
            return
        for job in page:
            click.echo(words.row(job))
    if more:
        click.echo(f"There are more: --before {page[-1].id}", err=True)


@command("show")
@job_id
@click.option(
    "--tickets",
    type=click.Choice(list(map(str, OUTCOMES))),
    metavar="OUTCOME",
    help=f"List them: {', '.join(OUTCOMES)}.",
)
@click.option("--error", metavar="CODE", help="With --tickets: only those with this reason, such as conflict.")
@and_follow
@as_json
@refusals()
def show(job_id: int, tickets: str | None, error: str | None, follow: bool, as_json: bool) -> None:
    """Show a job: where it stands, what became of its tickets and why, what it waits for."""
    if error and not (tickets and CODE.fullmatch(error)):
        raise click.UsageError("--error takes the code of a reason, and goes with --tickets.")
    job = go_on(find(asker(None), job_id), following=follow)
    end(job, as_json=as_json, tickets=_tickets(job.id, Part(tickets, error)) if tickets else None)


@command("pause")
@job_id
@in_whose_name
@and_follow
@as_json
def pause(job_id: int, email: str | None, follow: bool, as_json: bool) -> None:
    """Pause a job after what is at Zendesk."""
    _pass_on(service.pause, job_id, email, follow=follow, as_json=as_json)


@command("resume")
@job_id
@in_whose_name
@and_follow
@as_json
def resume(job_id: int, email: str | None, follow: bool, as_json: bool) -> None:
    """Let a paused or failed job go on where it stopped."""
    _pass_on(service.resume, job_id, email, follow=follow, as_json=as_json, changes_tickets=True)


@command("continue")
@job_id
@in_whose_name
@and_follow
@as_json
def go_on_after_look(job_id: int, email: str | None, follow: bool, as_json: bool) -> None:
    """Let a job go on that waits for a person to look at its first tickets."""
    _pass_on(service.go_on, job_id, email, follow=follow, as_json=as_json, changes_tickets=True)


@command("cancel")
@job_id
@in_whose_name
@and_follow
@as_json
def cancel(job_id: int, email: str | None, follow: bool, as_json: bool) -> None:
    """Stop a job: what is at Zendesk finishes, the rest is left out."""
    _pass_on(service.cancel, job_id, email, follow=follow, as_json=as_json)


@refusals()
def _pass_on(
    command: Callable[..., Job],
    number: int,
    email: str | None,
    *,
    follow: bool,
    as_json: bool,
    changes_tickets: bool = False,
) -> None:
    """Pass a command on; unless the job is followed, having done so is success."""
    user = asker(email)
    job = find(user, number)
    if changes_tickets and email:
        check_tool(job, user)
    with acting(user if email else None), driving() as left:
        job = command(job.id, user) if changes_tickets and email else command(job.id)
    end(go_on(job, following=follow, left=left()), as_json=as_json, code=None if follow else DONE)


def _slug(tool: str | None) -> str | None:
    if tool is None:
        return None
    try:
        return bodies.a_tool(tool)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--tool") from error


def _tickets(number: int, part: Part) -> Iterator[JobItem]:
    """All tickets of a part of a job, read page by page."""
    after = 0
    while page := queries.list_items(number, part, after_ticket=after, limit=query.MOST_TICKETS):
        yield from page
        after = page[-1].ticket_id
        db.session.expunge_all()  # a job may have 50,000
