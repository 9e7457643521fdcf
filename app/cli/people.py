"""`flask --app run users …` and `flask --app run tokens …`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import current_app
from flask.cli import AppGroup

from app.auth import people, tokens
from app.auth.addresses import normal_email
from app.auth.first_admin import ensure_first_admin
from app.auth.models import ROLES

users = AppGroup("users", help="People who may sign in.")
api_tokens = AppGroup("tokens", help="Personal API tokens.")

NEVER = "never"


class Days(click.ParamType[int | str]):
    """A number of days, or "never"."""

    name = "days"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        text = str(value).strip().lower()
        if text == NEVER:
            return NEVER
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(tokens.MOST_DAYS))):
            self.fail(f"{text[:40]!r} is neither a number of days, 1 to {tokens.MOST_DAYS}, nor never.", param, ctx)
        return int(text)


from_stdin = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


@users.command("create")
@click.argument("email")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--name", default="", help="By default what stands before the @.")
@from_stdin
def create_user(email: str, role: str, name: str, password_stdin: bool) -> None:
    """Create an account."""
    with _refusals():
        people.create(email, _password(password_stdin), role, name)
    click.echo(f"{normal_email(email)} can sign in now, as {role}.", err=True)


@users.command("password")
@click.argument("email")
@from_stdin
def change_password(email: str, password_stdin: bool) -> None:
    """Give a person a new password; all their sessions and API tokens end."""
    with _refusals():
        people.set_password(email, _password(password_stdin))
    click.echo(f"{normal_email(email)} has a new password and is signed out everywhere.", err=True)


@users.command("deactivate")
@click.argument("email")
def deactivate_user(email: str) -> None:
    """Close an account; sessions and tokens end at once."""
    with _refusals():
        people.deactivate(email)
    click.echo(f"{normal_email(email)} can no longer sign in.", err=True)


@users.command("reactivate")
@click.argument("email")
def reactivate_user(email: str) -> None:
    """Open a closed account again."""
    with _refusals():
        people.reactivate(email)
    click.echo(f"{normal_email(email)} can sign in again.", err=True)


@users.command("role")
@click.argument("email")
@click.argument("role", type=click.Choice(ROLES))
def change_role(email: str, role: str) -> None:
    """Make a person an admin or an agent; all their sessions end."""
    with _refusals():
        people.set_role(email, role)
    click.echo(f"{normal_email(email)} is an {role} now.", err=True)


@users.command("sign-out")
@click.argument("email")
def sign_out_user(email: str) -> None:
    """End all sessions and API tokens of a person."""
    with _refusals():
        people.end_sessions(email)
    click.echo(f"{normal_email(email)} is signed out everywhere.", err=True)


@users.command("first-admin")
def create_first_admin() -> None:
    """Create the first admin if there is none; prints how to sign in only then."""
    with _refusals():
        made = ensure_first_admin(current_app.extensions["config"])
    if made:
        email, password = made
        click.echo(f"E-mail: {email}")
        click.echo(f"Password: {password or '(as set in ADMIN_PASSWORD)'}")


@api_tokens.command("create")
@click.argument("email")
@click.option("--name", required=True, help="What it is for.")
@click.option("--public-replies", is_flag=True, help="Jobs started with it may write to customers.")
@click.option(
    "--expires-days",
    type=Days(),
    default=str(tokens.DAYS),
    show_default=True,
    help=f"For how many days it counts, 1 to {tokens.MOST_DAYS}; never is for admins alone.",
)
def create_token(email: str, name: str, public_replies: bool, expires_days: int | str) -> None:
    """Print a new token, alone on one line; it is never shown again."""
    days = None if expires_days == NEVER else int(expires_days)
    with _refusals():
        click.echo(tokens.create(people.active(email), name, public_replies=public_replies, days=days))


def _password(from_standard_input: bool) -> str:
    if from_standard_input:
        return sys.stdin.readline().rstrip("\r\n")
    return click.prompt("Password", hide_input=True, confirmation_prompt=True)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except people.PersonRefused as refusal:
        raise click.ClickException(str(refusal)) from refusal
