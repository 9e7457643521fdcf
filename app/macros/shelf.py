"""The index of this process: built once per version of what was read, and never lent to another account.

It is built in a thread of its own. No request builds it, and none waits for it longer than a person who cannot come
again is told to: an account with very many macros, or very long ones, holds no page up.
"""

from __future__ import annotations

import logging
import threading
import time

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.account.cache import macros
from app.account.cache.macros_store import Head, Owner
from app.account.connection.process import of_this_process
from app.macros.index import Index, build
from app.macros.search import remember_shared_findings

log = logging.getLogger(__name__)

AGAIN_IN = 10.0  # seconds until what could not be indexed is tried once more


class Shelf:
    """Holds one index. A newer version is built aside, and the older one serves until it is there."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._built = threading.Event()
        self._building: tuple[Owner, int] | None = None
        self._not_before = 0.0
        self._index: Index | None = None

    def index(self, whose: Owner, version: int, seconds: float = 0.0) -> Index | None:
        """The index of this version, or of the one before while it is being built; None while there is none.

        :param seconds: how long to wait for the first one.
        """
        kept = self._index
        if kept is None or kept.owner != whose or kept.version != version:
            self._begin(whose, version)
            if seconds and (kept is None or kept.owner != whose):
                self._built.wait(seconds)
        kept = self._index
        return kept if kept is not None and kept.owner == whose else None

    def _begin(self, whose: Owner, version: int) -> None:
        """Have it built, unless that is under way, or failed a moment ago."""
        with self._turn:
            if self._building is not None or time.monotonic() < self._not_before:
                return
            self._building = (whose, version)
            self._built.clear()
        app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
        threading.Thread(target=self._build, args=(app, whose), name="index", daemon=True).start()

    def _build(self, app: Flask, whose: Owner) -> None:
        try:
            with app.app_context():
                self._take_over(whose)
        except (SQLAlchemyError, ValueError) as error:
            log.warning("macros could not be indexed (%s)", type(error).__name__)
            self._not_before = time.monotonic() + AGAIN_IN
        finally:
            with self._turn:
                self._building = None
                self._built.set()

    def _take_over(self, whose: Owner) -> None:
        library = macros.library(whose)
        if library is not None:
            made = build(library)
            remember_shared_findings(made)
            self._index = made


def index_of(whose: Owner, version: int, seconds: float = 0.0) -> Index | None:
    """This process's index; see `Shelf.index`."""
    return of_this_process(Shelf).index(whose, version, seconds)


def opened() -> tuple[Head | None, Index | None]:
    """What is known of the connected account's macros at the moment, and the index of them; reads them when due."""
    whose = macros.owner()
    if whose is None:
        return None, None
    head = macros.head(whose)
    return head, index_of(whose, head.version) if head.read_at else None


def awaited(whose: Owner, seconds: float) -> tuple[Head, Index | None]:
    """The same for those who cannot look again by themselves: waits so long for a first reading and its index."""
    give_up = time.monotonic() + seconds
    head = macros.await_first(whose, seconds)
    left = max(0.0, give_up - time.monotonic())
    return head, index_of(whose, head.version, left) if head.read_at else None
