"""`flask --app run retention run`: what beat asks for every hour, by hand."""

from __future__ import annotations

import math

import click
from flask.cli import AppGroup

from app.retention import policy, purge

retention = AppGroup("retention", help="How long things are kept.")


@retention.command("run")
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
def run(dry_run: bool) -> None:
    """Remove the tickets of jobs that ended long ago, and old audit entries; a job's numbers stay."""
    rules = policy.current()
    if dry_run:
        click.echo(f"Would remove {purge.look(rules)}.")
    else:
        click.echo(f"Removed {purge.run(rules, seconds=math.inf, asked=True)}.")
