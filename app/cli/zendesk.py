"""`flask --app run zendesk check` and `flask --app run secrets rotate`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from app.account.connection.check import check_in_force
from app.account.connection.rotation import rotate
from app.audit.log import record

zendesk = AppGroup("zendesk", help="The connection to Zendesk.")
secrets = AppGroup("secrets", help="What is stored encrypted.")


@zendesk.command("check")
def check_connection() -> None:
    """Verify the connection that is in force; exit code 1 and a sentence when it fails."""
    report = check_in_force()
    for point in report.points:
        click.echo(f"{point.mark} {point.name + ':':15} {point.sentence}")
    if report.problem:
        raise click.ClickException(report.problem)
    click.echo(f"The connection to {report.host} works.")


@secrets.command("rotate")
def rotate_keys() -> None:
    """Encrypt all stored secrets with the newest of ENCRYPTION_KEYS."""
    done, lost = rotate(current_app.extensions["config"].encryption_keys)
    record("settings.keys_rotated", summary="Encrypted all stored secrets anew.", encrypted=done, lost=lost)
    click.echo(f"Encrypted with the newest key now: {done}.")
    if lost:
        raise click.ClickException(f"None of the keys opens {lost} more; enter the account's secret again.")
