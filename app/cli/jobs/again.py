"""`flask --app run jobs retry|rest|undo`: another job on tickets that a job had already."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import click

from app.auth import people
from app.auth.models import User
from app.cli.jobs.commands import command, jobs
from app.cli.jobs.ending import and_follow, as_json, driving, end, find, go_on, job_id
from app.cli.jobs.exits import refusals
from app.cli.jobs.run import Order, check_asking, confirm
from app.jobs.commands import again
from app.jobs.models import Job
from app.jobs.sources.frozen import FrozenList
from app.jobs.status import Status
from app.web.api import bodies
from app.web.api.asking import check_tool

__all__ = ["jobs"]  # with these commands among its own

Ask = Callable[[int, User], Job]

who = click.option("--as", "email", metavar="EMAIL", required=True, help="Who starts the new job.")
for_real = click.option(
    "--dry-run/--for-real", default=True, help="Only find out what would change (the default), or change it."
)
accept = click.option("--accept-current-user", is_flag=True, help="It depends on who asks; our Zendesk user is meant.")
unasked = click.option("--yes", is_flag=True, help="Do not ask before tickets are changed.")


@command("retry")
@job_id
@who
@for_real
@accept
@unasked
@and_follow
@as_json
@refusals()
def retry(job_id: int, **how: Any) -> None:
    """Try the refused tickets of an ended job again: a dry run that reads them anew, with what changed since.

    With --for-real the numbers of that dry run are shown, and what then runs is exactly its list.
    """
    _on_tickets_of(job_id, again.retry, **how)


@command("rest")
@job_id
@who
@for_real
@accept
@unasked
@and_follow
@as_json
@refusals()
def rest(job_id: int, **how: Any) -> None:
    """Do the tickets of a stopped job that were never started: a dry run that reads them anew, with what changed since.

    With --for-real the numbers of that dry run are shown, and what then runs is exactly its list.
    """
    _on_tickets_of(job_id, again.do_rest, **how)


@command("undo")
@job_id
@click.option("--ticket", "ticket_ids", type=int, multiple=True, metavar="ID", help="Only this ticket. Repeatable.")
@click.option("--error", "errors", multiple=True, metavar="CODE", help="Only changed tickets with this word.")
@click.option("--field", "fields", multiple=True, metavar="NAME", help="Only this value: tags, status, a field's id …")
@click.option("--closed", type=click.Choice(["skip", "try"]), help="Tags of closed tickets: leave them out, or try.")
@who
@for_real
@unasked
@and_follow
@as_json
@refusals()
def undo(
    job_id: int,
    ticket_ids: tuple[int, ...],
    errors: tuple[str, ...],
    fields: tuple[str, ...],
    closed: str | None,
    **how: Any,
) -> None:
    """Take back what an ended job did to its tickets: a dry run that reads them anew, with what changed since.

    Only what a ticket still holds of the job is taken back, and never a comment. With --for-real the numbers of that
    dry run are shown, and what then runs is exactly its list.
    """
    part = {"ticket_ids": list(ticket_ids), "errors": list(errors), "fields": list(fields), "closed": closed}
    asked = bodies.UndoRequest.read({name: value for name, value in part.items() if value})
    _on_tickets_of(job_id, partial(again.take_back, wanted=asked.wanted()), accept_current_user=False, **how)


def _on_tickets_of(
    number: int,
    ask: Ask,
    *,
    email: str,
    dry_run: bool,
    accept_current_user: bool,
    yes: bool,
    follow: bool,
    as_json: bool,
) -> None:
    """Make the dry run; unless it is all that is wanted, show its numbers, and run exactly its list."""
    check_asking(dry_run=dry_run, yes=yes)
    user = people.active(email)
    job = find(user, number)
    check_tool(job, user)
    with driving() as left:
        job = ask(job.id, user)
    job = go_on(job, following=follow or not dry_run, left=left())
    if not dry_run and job.status == Status.COMPLETED and not left():
        confirm(job, yes=yes, as_json=as_json)
        order = Order(user, {"tool": job.tool, "parameters": {}, "accept_current_user": accept_current_user})
        job, interrupted = order.start(FrozenList(job_id=job.id), dry_run=False)
        job = go_on(job, following=follow, left=interrupted)
    end(job, as_json=as_json)
