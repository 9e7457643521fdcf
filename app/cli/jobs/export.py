"""`flask --app run jobs export ID`: what became of each ticket of a job, as the files of the pages and the API."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click
from flask.cli import with_appcontext

from app.audit.log import record
from app.characters import keepable
from app.cli.jobs.ending import asker, find, job_id
from app.cli.jobs.exits import MEANING, refusals
from app.extensions import db
from app.jobs import export
from app.jobs.commands import derive
from app.jobs.outcomes import OUTCOMES
from app.jobs.store.part import CODE, Part
from app.tools import ticket_csv


@click.command("export", epilog=MEANING)
@job_id
@click.option(
    "--outcome",
    type=click.Choice(list(map(str, OUTCOMES))),
    metavar="OUTCOME",
    help=f"Only tickets with this one: {', '.join(OUTCOMES)}.",
)
@click.option("--error", metavar="CODE", help="Only tickets with this reason, such as conflict; none: without one.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document, with the codes of the API.")
@with_appcontext
@refusals()
def export_job(job_id: int, outcome: str | None, error: str | None, as_json: bool) -> None:
    """Print what became of each ticket of a job as CSV in UTF-8: reasons and changes in words."""
    if error and not CODE.fullmatch(error):
        raise click.BadParameter("Give the code of a reason, such as conflict.", param_hint="--error")
    job = find(asker(None), job_id)
    derive.require_tickets(job)
    db.session.commit()
    record("job.exported", "job", job.id, f"Exported the tickets of job {job.id} as {'JSON' if as_json else 'CSV'}.")
    part = Part(outcome, error)
    chunks = export.json_chunks(job, part) if as_json else ticket_csv.csv_chunks(job, part)
    write(chunks)


def write(chunks: Iterable[str]) -> None:
    """To standard output as UTF-8 whatever the terminal is set to; lines end as they are."""
    out = sys.stdout.buffer
    for chunk in chunks:
        out.write(keepable(chunk).encode())
    out.flush()
