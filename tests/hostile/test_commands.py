"""Every option and argument of every command with hostile values: a sentence and an exit code, never a traceback."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import click
import pytest
from flask import Flask

from app.extensions import db
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_item, make_job, make_user
from tests.hostile.values import WORST

__all__ = ["config", "stand_in", "world", "zendesk"]

OURS = ("jobs", "users", "tokens", "zendesk", "retention", "secrets")
SKIPPED = {"users first-admin", "secrets rotate"}  # take no values
# A terminal's bytes that are no UTF-8 come as surrogates.
TEXTS = ("\udcff", "a\udc80@example.com", "-1", "1_000", "\N{ARABIC-INDIC DIGIT SEVEN}")


def commands(group: click.Group, *names: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, *names, name)
        else:
            yield (*names, name), command


def filled(command: click.Command, email: str, changed: click.Parameter | None, value: str) -> list[str]:
    """What is needed to run it, and one value in place of what is fine."""
    options, arguments = [], []
    for each in command.params:
        fine = "1" if each.type.name == "integer" else email
        if isinstance(each.type, click.Choice):
            fine = str(each.type.choices[0])
        given = value if each is changed else fine
        if isinstance(each, click.Argument):
            arguments.append(given)
        elif each.required or each is changed:
            options.append(f"{max(each.opts, key=len)}={given}")
    return [*options, "--", *arguments]


@pytest.mark.usefixtures("database")
def test_no_option_and_no_argument_is_our_fault(app: Flask) -> None:
    with app.app_context():
        person = make_user("admin")
        make_item(make_job(person, status="completed", total=1, failed=1), 17, outcome="failed")
        values = (*WORST[db.engine.dialect.name], *TEXTS)
    tried = 0
    for names, command in commands(app.cli):
        if names[0] not in OURS or " ".join(names) in SKIPPED:
            continue
        taking = [each for each in command.params if not getattr(each, "is_flag", False) and each.name != "help"]
        for parameter, value in product(taking, values):
            if "\0" in value:
                continue  # no operating system passes it on
            words = [*names, *filled(command, person.email, parameter, value)]
            result = app.test_cli_runner().invoke(args=words, input="y\n" * 9)
            assert result.exception is None or isinstance(result.exception, SystemExit), (words, result.exception)
            assert result.exit_code in range(5), (words, result.output)
            tried += 1
    assert tried > 50


def test_the_choices_of_every_option_are_plain_words(app: Flask) -> None:
    chosen = [
        (" ".join(names), choice)
        for names, command in commands(app.cli)
        if names[0] in OURS
        for parameter in command.params
        if isinstance(parameter.type, click.Choice)
        for choice in parameter.type.choices
    ]
    assert ("jobs show", "failed") in chosen
    assert {type(choice) for _, choice in chosen} == {str}, "click takes an enum's names, which nobody types"
