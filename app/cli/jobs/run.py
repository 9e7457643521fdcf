"""`flask --app run jobs run`: starts a dry run, or the real one after showing the numbers of its dry run."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass
from typing import Any

import click
from flask.cli import with_appcontext

from app.account.connection import current
from app.auth import people
from app.auth.models import User
from app.cli.jobs import options, source_options, words
from app.cli.jobs.ending import and_follow, as_json, driving, end, find, go_on
from app.cli.jobs.exits import MEANING, refusals
from app.jobs.commands import service
from app.jobs.models import Job
from app.jobs.sources.base import TicketSource
from app.jobs.sources.frozen import FrozenList
from app.jobs.status import Status
from app.numbers.options import Whole
from app.presentation import plural
from app.tools.mounted import job_kinds
from app.tools.tool import JobKind
from app.web.api import asking, bodies


@dataclass(frozen=True)
class Order:
    """What the command line asks for, as the API would be asked: `common` is the body without source and dry_run."""

    user: User
    common: dict[str, Any]

    def start(self, source: TicketSource, *, dry_run: bool) -> tuple[Job, bool]:
        """The job, driven for a slice as a request does it; and whether Ctrl-C came meanwhile."""
        body = {**self.common, "source": source.kept(), "dry_run": dry_run}
        if source.is_frozen and not self.common["parameters"]:
            del body["parameters"]  # those of the dry run
        submission = asking.looked_up(bodies.submission(body, self.user))
        with driving() as left:
            job = service.submit(submission)
        return job, left()


@click.command("run", epilog=MEANING)
@click.option("--tool", required=True, metavar="TOOL", help="The tool.")
@click.option("--dry-run/--for-real", default=True, help="Only find out what would change (the default), or change it.")
@click.option("--expected-total", type=Whole(0), metavar="N", help="Change nothing unless so many tickets are listed.")
@click.option("--canary", type=Whole(0), metavar="N", help="So many tickets first, then wait for a look at them.")
@click.option("--accept-current-user", is_flag=True, help="It depends on who asks; our Zendesk user is meant.")
@click.option("--skip-rejected", is_flag=True, help="Go on without rows of the list that are no tickets.")
@click.option("--as", "email", required=True, metavar="EMAIL", help="Who starts it: rights and limits are theirs.")
@click.option("--yes", is_flag=True, help="Do not ask before tickets are changed.")
@and_follow
@as_json
@with_appcontext
@refusals()
def run(  # noqa: PLR0917 - click passes them by name
    tool: str,
    dry_run: bool,
    expected_total: int | None,
    canary: int | None,
    accept_current_user: bool,
    skip_rejected: bool,
    email: str,
    yes: bool,
    follow: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Start a job: a dry run, or with --for-real one that changes tickets.

    In a terminal --for-real makes a dry run first, shows its numbers and asks; what then runs is exactly its list.
    """
    user = people.active(email)
    source = source_options.source(given, user)
    source_options.show_rejected(source, skip=skip_rejected)
    preview = source.of_job if source.is_frozen else None
    if preview and dry_run:
        raise click.UsageError(f"Job {preview} is previewed already; --for-real carries it out.")
    check_asking(dry_run=dry_run, yes=yes)
    common = {
        "tool": tool,
        "parameters": options.parameters(tool, given),
        "expected_total": expected_total,
        "canary": canary,
        "accept_current_user": accept_current_user,
    }
    order = Order(user, common)
    if not dry_run and (preview or not yes):
        shown = find(user, preview) if preview else _preview(order, source, as_json=as_json)
        confirm(shown, yes=yes, as_json=as_json)
        source = FrozenList(job_id=shown.id)
    job, left = order.start(source, dry_run=dry_run)
    end(go_on(job, following=follow, left=left), as_json=as_json)


def with_parameters(kinds: Mapping[str, JobKind]) -> click.Command:
    """The command, with an option for each parameter of these tools."""
    command = copy(run)
    own = [copy(param) for param in run.params]
    own[0].help = f"One of {', '.join(kinds)}."
    command.params = [own[0], *source_options.declared(), *options.declared(kinds), *own[1:]]
    return command


def check_asking(*, dry_run: bool, yes: bool) -> None:
    """:raises click.UsageError: when tickets are to be changed, and there is no terminal to ask in before."""
    if not (dry_run or yes or _can_be_asked()):
        raise click.UsageError("This changes tickets, and there is no terminal to ask in: say --yes if it is meant.")


def _can_be_asked() -> bool:
    return sys.stdin.isatty()


def _preview(order: Order, source: TicketSource, *, as_json: bool) -> Job:
    """The dry run of what is to be done, waited for to its end; if it does not get there, the command ends with it."""
    job, left = order.start(source, dry_run=True)
    job = go_on(job, following=True, left=left)
    if left or job.status != Status.COMPLETED:  # after Ctrl-C the person does not want to be asked
        end(job, as_json=as_json)
    return job


def confirm(preview: Job, *, yes: bool, as_json: bool) -> None:
    """Show the numbers of a dry run, and ask; the engine refuses by itself what is no finished dry run."""
    if not preview.dry_run or preview.status != Status.COMPLETED:
        return
    click.echo(words.line(f"Dry run {preview.id} of {preview.source_title}:"), err=True)
    for text in words.findings(preview):
        click.echo(text, err=True)
    if not preview.succeeded:
        click.echo("Nothing to change.", err=True)
        end(preview, as_json=as_json)
    where = current.current_account()
    label = f" ({where.label})" if where and where.host == preview.account else ""
    question = f"Change {plural(preview.succeeded, 'ticket')} in {preview.account}{label}?"
    if not yes and not _agrees(preview, words.line(question)):
        raise click.ClickException("Nothing was changed.")


def _agrees(preview: Job, question: str) -> bool:
    """Whether the person says yes; for many tickets, and what customers will read, they type the number of them."""
    kind = job_kinds().get(preview.tool)
    if not preview.writes_to_customers and (kind is None or kind.must_type(preview) is None):
        return click.confirm(question, err=True)
    replies = " Customers get a reply, which cannot be recalled." if preview.writes_to_customers else ""
    click.echo(f"{question}{replies}", err=True)
    typed = click.prompt(f"Type {preview.succeeded} to go on", default="", show_default=False, err=True)
    return typed.strip() == str(preview.succeeded)
