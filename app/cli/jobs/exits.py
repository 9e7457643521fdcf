"""How the commands end: exit codes for scripts, and refusals in the words of the pages and the API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from sqlalchemy.exc import OperationalError

from app.auth.people import PersonRefused
from app.cli.jobs import source_options
from app.cli.jobs.options import option_of
from app.extensions import db
from app.jobs.commands.service import JobRefused
from app.jobs.models import Job
from app.jobs.sources.base import SourceRefused
from app.jobs.status import Status
from app.web.errors import DATABASE_AWAY, ApiError, zendesk_problem
from app.zendesk import ZendeskError

DONE = 0
REFUSED = 1  # click's own for what it calls an exception
USAGE = 2  # click's own, too
NOT_ALL = 3
GOES_ON = 4

MEANING = """\b
Exit codes:
  0  done, and no ticket was refused
  1  refused, stopped, or it cannot go on: the sentence is on standard error
  2  the command was not understood, or a value does not fit
  3  done, but tickets were refused or are to be checked
  4  not at its end: it runs, waits or is paused
"""


def code_of(job: Job) -> int:
    """The exit code that tells where this job stands."""
    if not job.ended:
        return GOES_ON
    if job.status != Status.COMPLETED:
        return REFUSED
    return NOT_ALL if job.failed or job.unknown else DONE


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what the pages and the API answer with an error page or a problem into a sentence and an exit code."""
    try:
        yield
    except (ApiError, JobRefused) as refusal:
        if refusal.fields:
            raise click.UsageError("\n".join(_of_option(*field) for field in refusal.fields.items())) from refusal
        raise click.ClickException(refusal.message) from refusal
    except SourceRefused as refused:
        raise click.ClickException(refused.message) from refused
    except PersonRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except ZendeskError as error:
        raise click.ClickException(zendesk_problem(error).message) from error
    except OperationalError as error:
        db.session.rollback()
        raise click.ClickException(DATABASE_AWAY) from error


def _of_option(field: str, sentence: str) -> str:
    part, _, name = field.rpartition(".")
    option = source_options.option_of(name) if part == "source" else option_of(name)
    return f"--{option}: {sentence}"
