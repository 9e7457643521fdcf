"""The options of `jobs run` that say which tickets are meant: those of the sources, and the source that they name."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO

import click

from app import numbers
from app.auth.models import User
from app.cli.jobs.named import the_one
from app.cli.jobs.words import line
from app.jobs.sources import registry
from app.jobs.sources.base import InvalidSource, Option, TicketSource
from app.numbers.options import Whole
from app.presentation import plural
from app.ticket_ids.reading import MOST_BYTES
from app.web.api.asking import require_connection

SHOWN = 20  # rejected rows that are named
PREFIX = "source_"  # of what click calls them, so that none meets an option of the command's own


def declared() -> list[click.Option]:
    """An option for each key of the sources that the command line can give."""
    return [_declared(option) for option in _all()]


def source(given: Mapping[str, Any], user: User) -> TicketSource:
    """The source that these options name.

    :raises click.UsageError: when they name none, or several, or one that does not fit.
    """
    values = {option: value for option in _all() if (value := given[_name(option)]) not in (None, ())}
    leads = [source.options[0] for source in registry.SOURCES if source.options]
    meant = [source for source in registry.SOURCES if source.options and source.options[0] in values]
    if len(meant) != 1:
        *others, last = [f"--{lead.name}" for lead in leads]
        raise click.UsageError(f"Give either {', '.join(others)} or {last}.")
    if stray := [option for option in values if option not in meant[0].options]:
        raise click.UsageError(f"--{stray[0].name} does not go with --{meant[0].options[0].name}.")
    try:
        return meant[0].read({option.key: _value(option, value, user) for option, value in values.items()})
    except InvalidSource as wrong:
        said = [f"--{option_of(key, meant[0])}: {sentence}" for key, sentence in wrong.fields.items()]
        raise click.UsageError("\n".join(said)) from wrong


def option_of(key: str, of: type[TicketSource] | None = None) -> str:
    """The option that gives this key of a source, without dashes; the key itself where none does."""
    found = of.options if of else _all()
    return next((option.name for option in found if option.key == key), key.replace("_", "-"))


def _all() -> Iterator[Option]:
    return (option for source in registry.SOURCES for option in source.options)


def _name(option: Option) -> str:
    return PREFIX + option.name.replace("-", "_")


def _declared(option: Option) -> click.Option:
    kind = Whole() if option.whole else None
    return click.Option(
        [f"--{option.name}", _name(option)], type=kind, metavar=option.metavar, help=option.help, multiple=option.many
    )


def _value(option: Option, value: Any, user: User) -> Any:
    """What was given, as the source takes it; what does not fit is for that to refuse, in its words."""
    if option.many:
        return [word for words in value for word in map(str.strip, words.split(",")) if word]
    if option.file is not None:
        return _of_file(option.file, value, user)
    if option.titles is None:
        return value
    if (number := numbers.whole(value)) is not None:
        return number
    require_connection()
    return the_one(option.name, value, option.titles(user))


def _of_file(read: Callable[[BinaryIO, str, User], Any], name: str, user: User) -> Any:
    """What a file, or standard input, gives; a pipe cannot be read twice, so that what comes from one is laid by."""
    try:
        with nullcontext(sys.stdin.buffer) if name == "-" else Path(name).open("rb") as given:
            if given.seekable():
                return read(given, Path(name).name, user)
            with TemporaryFile() as laid_by:
                laid_by.write(given.read(MOST_BYTES + 1))
                laid_by.seek(0)
                return read(laid_by, "", user)
    except OSError as error:
        raise click.BadParameter(f"{name} cannot be read: {error.strerror}.", param_hint="--csv") from error


def show_rejected(source: TicketSource, *, skip: bool) -> None:
    """Name what was given and is no ticket of the account.

    :raises click.ClickException: when there is any, and nobody said that it may be left out.
    """
    count = 0
    for count, one in enumerate(source.rejected(), 1):
        if count <= SHOWN:
            click.echo(line(f"Row {one.row}, “{one.value}”: {one.why}"), err=True)
    if count > SHOWN:
        click.echo(f"And {count - SHOWN:,} more.", err=True)
    if count and not skip:
        are = plural(count, "row is", "rows are")
        raise click.ClickException(f"{are} no ticket. Nothing was started; --skip-rejected goes on without them.")
