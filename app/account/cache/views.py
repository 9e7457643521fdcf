"""The account's views with their counts, from a cache that all processes share: few questions a minute are allowed."""

from __future__ import annotations

import logging
import time

from app import numbers
from app.account.budget import turns
from app.account.cache import views_cache as cache
from app.account.cache.views_cache import View
from app.account.connection.clients import client, prompt_client
from app.account.connection.current import current_host
from app.zendesk import NetworkError, NotFound, RateLimited, ViewCount, ZendeskError, gathered

__all__ = ["View", "said", "view", "views"]

log = logging.getLogger(__name__)

READING_TAKES = 30.0
OLD, MINUTE = 300.0, 60.0
TROUBLE_LIVES = 20.0
FIRST_LIST_TAKES = 5.0
LOOK_AGAIN = 0.1

# Three count_many at once and one every 20 s: never more than Zendesk's six in a minute (docs/zendesk.md, Rate limits).
COUNTS = "view counts"
COUNTS_EVERY, COUNTS_BURST = 20.0, 3


def views() -> list[View]:
    """The account's active views in Zendesk's order: the list at most a minute old, counts with their age.

    While Zendesk is in trouble, what was known before. None without an account.

    :raises ZendeskError: when nothing was known before.
    """
    host = current_host()
    if host is None:
        return []
    _refresh_list(host)
    for _ in range(COUNTS_BURST):
        if not _refresh_counts(host):
            break
    return cache.read(host)


def said() -> str | None:
    """What a person has to know of the list of views, in a sentence or two; None when it is whole and readable."""
    host = current_host()
    return " ".join(filter(None, (cache.said(host), _old(host)))) or None if host else None


def view(view_id: int) -> View | None:
    """One view; None when it is not there, not active, or the user we act as does not see it.

    :raises ZendeskError: when it is not in the cache and Zendesk cannot be asked.
    """
    host = current_host()
    if host is None or numbers.zendesk_id(view_id) is None:
        return None
    _refresh_list(host)
    if not cache.read(host, view_id):
        return _ask_for(view_id)
    _refresh_counts(host, view_id)
    return next(iter(cache.read(host, view_id)), None)


def _old(host: str) -> str | None:
    """What is said of a list that Zendesk gave long ago, and no newer one since."""
    read_at = turns.read_at(host, cache.LIST)
    seconds = time.time() - read_at if read_at else 0.0
    if seconds < OLD:
        return None
    return f"The list of views itself is {seconds // MINUTE:,.0f} minutes old: Zendesk has given no newer one since."


def _refresh_list(host: str) -> None:
    """Read the list, when it is due and no other process is reading it."""
    first = turns.read_at(host, cache.LIST) is None
    if not turns.take(host, cache.LIST, READING_TAKES):
        if first:
            _await_first_list(host)
        return
    try:
        # No page can go on without a first list, and so each waits for it; later ones are a courtesy.
        zendesk = client(background=False) if first else prompt_client()
        found, cut = gathered(zendesk.views())
    except ZendeskError as error:
        turns.put_off(host, cache.LIST, 0.0 if first else TROUBLE_LIVES)
        if first:
            raise
        log.warning("views are shown from the cache: %s", error)
        _put_off_counts(host)
    else:
        cache.replace(zendesk.account, found, cut)  # an admin may have changed the account meanwhile


def _await_first_list(host: str) -> None:
    give_up = time.monotonic() + FIRST_LIST_TAKES
    while turns.read_at(host, cache.LIST) is None:
        if time.monotonic() >= give_up:
            raise NetworkError("GET /views: another process has not read them yet")
        time.sleep(LOOK_AGAIN)


def _refresh_counts(host: str, view_id: int | None = None) -> bool:
    """Ask for the counts that are due, as many as one request takes; False when there is no more to do now."""
    due = cache.to_count(host, view_id)
    if not due or not turns.take(host, COUNTS, COUNTS_EVERY, COUNTS_BURST):
        return False
    cache.note_asked(host, due)
    try:
        zendesk = prompt_client()
        counts = zendesk.view_counts(due) if zendesk.account == host else {}
    except ZendeskError as error:
        log.warning("counts of views stay as they are: %s", error)
        _put_off_counts(host, error.retry_after if isinstance(error, RateLimited) else 0.0)
        return False
    cache.note_counts(host, counts)
    return True


def _put_off_counts(host: str, seconds: float = 0.0) -> None:
    """Let no process ask for counts for a while, nor use up what is left of a burst."""
    turns.put_off(host, COUNTS, max(seconds, TROUBLE_LIVES) + (COUNTS_BURST - 1) * COUNTS_EVERY)


def _ask_for(view_id: int) -> View | None:
    """A view that is not in the list: made in the last minute, or not there for us."""
    person = client(background=False)
    try:
        raw = person.view(view_id)
    except NotFound:
        return None
    if raw.get("active") is False:
        return None
    try:
        count = prompt_client().view_count(view_id)
    except ZendeskError:
        count = ViewCount(None, fresh=False)
    return cache.of_raw({**raw, "id": view_id}, count)  # as it was asked for, where its own number cannot be read
