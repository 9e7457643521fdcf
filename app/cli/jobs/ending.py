"""What all commands about one job have in common: who asks, following it, one document or a report, the exit code."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain
from threading import Event
from typing import NoReturn

import click
from flask import current_app

from app.auth import people
from app.auth.models import User
from app.cli.jobs import exits, words
from app.cli.jobs.follow import follow, left_running
from app.database import reading
from app.extensions import db
from app.jobs.collaborators import Engine
from app.jobs.models import Job, JobItem
from app.numbers.options import Named
from app.web.api import answers
from app.web.api.asking import job_of

Tickets = Iterable[JobItem]

as_json = click.option("--json", "as_json", is_flag=True, help="Print one JSON document, in the API's shape.")
and_follow = click.option("--follow", is_flag=True, help="Show how it goes on until it ends; Ctrl-C leaves it running.")
job_id = click.argument("job_id", type=Named(), metavar="ID")


def asker(email: str | None) -> User:
    """The person in whose name a command acts; without a name an admin without an account.

    A person who may run commands here may read the database: there is nothing to hide.

    :raises PersonRefused: no person with this address may sign in.
    """
    if email:
        return people.active(email)
    unnamed = User()
    unnamed.role = "admin"
    return unnamed


def find(user: User, number: int) -> Job:
    """The job, read without holding up writers.

    :raises ApiError: there is none that this person may see.
    """
    with reading():
        job = job_of(user, number)
    db.session.commit()
    return job


@contextmanager
def driving() -> Iterator[Callable[[], bool]]:
    """Ctrl-C inside ends the turn of a job that this process drives: it is given back, and a worker goes on with it.

    Yields what tells whether that was asked. A second Ctrl-C does not wait for the turn to end.
    """
    asked = Event()

    def leave(*_: object) -> None:
        if asked.is_set():
            raise KeyboardInterrupt
        asked.set()

    engine: Engine = current_app.extensions["jobs"]
    current_app.extensions["jobs"] = replace(engine, stopping=asked.is_set)
    before = signal.signal(signal.SIGINT, leave)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
        current_app.extensions["jobs"] = engine


def end(job: Job, *, as_json: bool, tickets: Tickets | None = None, code: int | None = None) -> NoReturn:
    """Print a job, as one JSON document or as a report, and leave with the exit code that tells where it stands.

    :param code: another exit code, where a command has done what it was asked to before the job ends.
    """
    with reading():
        if as_json:
            more = (
                {}
                if tickets is None
                else {"tickets": [answers.Ticket.model_validate(item).json_values() for item in tickets]}
            )
            click.echo(json.dumps({**answers.Job.of(job).json_values(), **more}, indent=2))
        else:
            for line in chain(words.report(job), (words.of_item(job, item) for item in tickets or ())):
                click.echo(line)
    db.session.commit()
    code = exits.code_of(job) if code is None else code
    if code == exits.REFUSED:
        click.echo(words.line(f"Error: {job.error or f'Job {job.id} was stopped.'}"), err=True)
    click.get_current_context().exit(code)


def go_on(job: Job, *, following: bool, left: bool = False) -> Job:
    """The job after it was followed, if that is wanted; `left`: Ctrl-C came already while this process drove it."""
    if job.ended or not (following or left):
        return job
    if left:
        click.echo(left_running(job.id), err=True)
        return job
    return follow(job.id)
