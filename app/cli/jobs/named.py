"""Finds what the command line names by its title."""

from __future__ import annotations

from collections.abc import Iterable

import click


def the_one(kind: str, wanted: str, listed: Iterable[tuple[int, str]]) -> int:
    """The id of the only one with this title.

    :raises click.ClickException: there is none, or there are several.
    """
    found = [number for number, title in listed if title.casefold() == wanted.strip().casefold()]
    if not found:
        raise click.ClickException(
            f"There is no {kind} with the title {wanted!r} that the Zendesk user we act as may see."
        )
    if len(found) > 1:
        ids = ", ".join(map(str, found))
        raise click.ClickException(f"{len(found)} {kind}s have the title {wanted!r}: name one of {ids} by its id.")
    return found[0]
