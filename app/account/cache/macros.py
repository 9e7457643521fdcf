"""The account's macros: read once for all processes, kept fresh in the background, never in the way of a search."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app
from sqlalchemy.exc import SQLAlchemyError

from app.account.budget import turns
from app.account.cache import macros_store as store
from app.account.cache.macro_names import Names, read_names
from app.account.cache.macros_store import Head, Owner
from app.account.connection import settings
from app.account.connection.clients import client
from app.account.connection.faults import problem
from app.zendesk import (
    MOST_RECORDS,
    UNREADABLE,
    BadRequest,
    Client,
    Endless,
    Forbidden,
    Invalid,
    MacroPage,
    RateLimited,
    Walk,
    ZendeskError,
    account_of,
    mark_of,
)
from config import ZendeskConfig

log = logging.getLogger(__name__)
T = TypeVar("T")

MARK = "macros mark"
MARK_EVERY = 20.0  # seconds between two looks whether anything changed, while people search
LIVES = 3_600.0  # uses and names age as well, which no mark tells
ALIVE_FOR = 45.0  # longer than a request with its retries may take
AGAIN_IN, TROUBLE_LIVES = 2.0, 10.0
LONGEST_PAUSE, MOST_PAUSES = 60.0, 10  # in which the rate limit comes back
LONGEST = 1_800.0  # seconds for all pages, pauses for the rate limit included
LOOK_AGAIN = 0.1
MOST_NAMED = 5


@dataclass(frozen=True)
class Library:
    """All macros as Zendesk gave them, other people's personal ones included, with names for the ids in them."""

    owner: Owner
    version: int
    read_at: float
    macros: list[dict[str, Any]]
    names: Names
    said: str | None = None  # what a person has to know of the list beyond what it holds


def owner() -> Owner | None:
    """Whose macros a search is about now; None while no account is connected."""
    zendesk = settings.in_force()
    return _owner(zendesk) if zendesk else None


def head(whose: Owner) -> Head:
    """What is known at the moment; begins to read in the background when that is due."""
    known = store.head(whose)
    if known.version == 0 or known.read_at is None:
        return Head(known.version, so_far=0) if refresh(whose) else known
    if _age(known) > LIVES:
        refresh(whose)
    elif known.so_far is None and turns.take(whose.account, MARK, MARK_EVERY):
        _in_background(whose, known.mark)
    return known


def refresh(whose: Owner) -> bool:
    """Begin to read anew; False when a process is reading already, or has done so in the last seconds."""
    if not _take_turn(whose):
        return False
    store.begin(whose)
    turns.take(whose.account, MARK, MARK_EVERY)  # reading everything is the best look
    _in_background(whose, None)
    return True


def library(whose: Owner) -> Library | None:
    """What was read last. Opening it takes some tenths of a second for thousands of macros: keep it."""
    found = store.unpacked(whose)
    if found is None:
        return None
    version, read_at, content = found
    return Library(whose, version, read_at, content["macros"], content["names"], content.get("said"))


def await_first(whose: Owner, seconds: float) -> Head:
    """Wait for a reading that has begun, for those who cannot look again later; `version` is 0 when it takes longer."""
    give_up = time.monotonic() + seconds
    while not (known := head(whose)).read_at and known.trouble is None and time.monotonic() < give_up:
        time.sleep(LOOK_AGAIN)
    return known


def _owner(zendesk: ZendeskConfig) -> Owner:
    who = f"{zendesk.oauth_client_id}\0{zendesk.email}"
    return Owner(account_of(zendesk.base_url), hashlib.sha256(who.encode()).hexdigest())


def _take_turn(whose: Owner) -> bool:
    return turns.take(whose.account, store.MACROS, ALIVE_FOR)


def _age(known: Head) -> float:
    return time.time() - (known.read_at or 0.0)


def _in_background(whose: Owner, mark: str | None) -> None:
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    threading.Thread(target=_read_aside, args=(app, whose, mark), name="macros", daemon=True).start()


def _read_aside(app: Flask, whose: Owner, mark: str | None) -> None:
    """In a thread of its own: read all macros, or only when `mark` is out of date."""
    with app.app_context():
        zendesk = settings.in_force()
        if zendesk is None or _owner(zendesk) != whose:
            return  # another account is in force by now
        try:
            if mark is None:
                _read(client(background=False), whose)
            elif (seen := _look(client(), mark)) and _take_turn(whose):
                store.begin(whose)
                _read(client(background=False), whose, seen)
        except SQLAlchemyError as error:
            log.warning("macros could not be kept: the database failed (%s)", type(error).__name__)


def _look(zendesk: Client, mark: str) -> str | None:
    """The present mark, when it is another one."""
    try:
        seen = zendesk.macros_mark()
    except ZendeskError as error:
        log.info("Zendesk did not say whether macros have changed: %s", error)
        return None
    return seen if seen != mark else None


def _read(zendesk: Client, whose: Owner, seen: str | None = None) -> None:
    """Read everything. `seen` is the mark for which that is done: kept as it is, it never leads here twice."""
    try:
        reading = Reading(zendesk, whose)
        found = reading.macros()
        content = {"macros": found, "names": reading.names(), "said": reading.said}
    except ZendeskError as error:
        log.warning("macros could not be read: %s", error)
        store.fail(whose, problem(error), TROUBLE_LIVES)
        return
    store.finish(whose, content, seen or mark_of(found), AGAIN_IN)


def _is_closed(macro: dict[str, Any]) -> bool:
    """Whether its restriction cannot be read: then Zendesk names no person who may see it."""
    return (macro.get("restriction") or {}).get("type") == UNREADABLE


class Reading:
    """One reading of all macros: a page after the other, waiting where the rate limit wants it."""

    def __init__(self, zendesk: Client, whose: Owner) -> None:
        self._zendesk, self._whose = zendesk, whose
        self._pauses = 0
        self._usage = True
        self._found: list[dict[str, Any]] = []
        self.said: str | None = None

    def macros(self) -> list[dict[str, Any]]:
        """All of them, each once; `said` tells what is missing."""
        walk = Walk("GET /macros", most=MOST_RECORDS, seconds=LONGEST, facts={})
        after: str | None = None
        try:
            while True:
                page = self._page(after)
                self._found += walk.fresh(page.macros)
                shared = sum((macro.get("restriction") or {}).get("type") != "User" for macro in self._found)
                store.progress(self._whose, shared, ALIVE_FOR)
                after = page.after
                walk.go_on(after)
                if after is None:
                    return self._readable()
        except Endless as endless:
            return self._readable(endless.why)

    def _readable(self, cut: str | None = None) -> list[dict[str, Any]]:
        named = [macro for macro in self._found if macro.get("id") is not None]
        missing = len(self._found) - len(named)
        closed = [str(each.get("title"))[:80] for each in named if _is_closed(each)]
        parts = [
            f"The list of macros was cut off: {cut}. The first {len(named):,} are here." if cut else "",
            f"{missing:,} without a number that can be read cannot be shown." if missing else "",
            f"Not shown, for who may use them cannot be read: {', '.join(closed[:MOST_NAMED])}"
            f"{f' and {len(closed) - MOST_NAMED:,} more' if len(closed) > MOST_NAMED else ''}."
            if closed
            else "",
        ]
        self.said = " ".join(part for part in parts if part) or None
        self._found = named
        return named

    def names(self) -> Names:
        return self._patiently(lambda: read_names(self._zendesk, self._found))

    def _page(self, after: str | None) -> MacroPage:
        try:
            return self._patiently(lambda: self._zendesk.macros(after, usage=self._usage))
        except (BadRequest, Forbidden, Invalid) as error:
            if after is not None or not self._usage:
                raise
            log.info("macros are read without their usage, which this plan may not have: %s", error)
            self._usage = False
            return self._page(after)

    def _patiently(self, ask: Callable[[], T]) -> T:
        while True:
            try:
                return ask()
            except RateLimited as error:
                self._pauses += 1
                if self._pauses > MOST_PAUSES or error.retry_after > LONGEST_PAUSE:
                    raise
                turns.put_off(self._whose.account, store.MACROS, error.retry_after + ALIVE_FOR)
                time.sleep(error.retry_after)
