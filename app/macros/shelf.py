"""The index of this process: built once per version of what was read, and never lent to another account."""

from __future__ import annotations

import threading

from flask import Flask, current_app

from app.connection import macros
from app.connection.macros_store import Head, Owner
from app.connection.process import of_this_process
from app.macros.index import Index, build
from app.macros.search import remember_shared_findings


class Shelf:
    """Holds one index. A newer version is built aside, and the older one serves until it is there."""

    def __init__(self) -> None:
        self._building = threading.Lock()
        self._index: Index | None = None

    def index(self, whose: Owner, version: int) -> Index | None:
        """The index of this version, or of the one before while it is being built; None when nothing was read."""
        kept = self._index
        if kept is None or kept.owner != whose:
            with self._building:
                return self._build(whose, version)
        if kept.version != version and not self._building.locked():
            app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
            threading.Thread(target=self._build_aside, args=(app, whose, version), name="index", daemon=True).start()
        return kept

    def _build_aside(self, app: Flask, whose: Owner, version: int) -> None:
        with app.app_context(), self._building:
            self._build(whose, version)

    def _build(self, whose: Owner, version: int) -> Index | None:
        kept = self._index
        if kept is not None and kept.owner == whose and kept.version >= version:
            return kept  # somebody else was quicker
        library = macros.library(whose)
        if library is None:
            return None
        made = build(library)
        remember_shared_findings(made)
        self._index = made
        return made


def index_of(whose: Owner, version: int) -> Index | None:
    """This process's index."""
    return of_this_process(Shelf).index(whose, version)


def opened() -> tuple[Head | None, Index | None]:
    """What is known of the connected account's macros at the moment, and the index of them; reads them when due."""
    whose = macros.owner()
    if whose is None:
        return None, None
    head = macros.head(whose)
    return head, index_of(whose, head.version) if head.read_at else None
