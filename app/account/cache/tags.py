"""Tag suggestions while a person types, with a small memory: each key press must not cost a request."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from app.account.connection.clients import prompt_client
from app.account.connection.current import current_host
from app.account.connection.process import of_this_process

SHORTEST = 2  # Zendesk answers nothing to less (docs/zendesk.md, Tags and fields)
LIVES = 60.0
MOST_REMEMBERED = 500


class Memory:
    """The suggestions that one process asked for last, by host and beginning."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._known: dict[tuple[str, str], tuple[float, list[str]]] = {}

    def recall(self, host: str, prefix: str) -> list[str] | None:
        with self._lock:
            until, tags = self._known.get((host, prefix), (0.0, []))
        return tags if self._clock() < until else None

    def keep(self, host: str, prefix: str, tags: list[str]) -> None:
        with self._lock:
            if len(self._known) >= MOST_REMEMBERED:
                self._known.clear()
            self._known[host, prefix] = (self._clock() + LIVES, tags)


def suggest(prefix: str) -> list[str]:
    """Tags of the account that begin with `prefix`, up to a minute old; none for less than two characters.

    :raises ZendeskError: when Zendesk cannot be asked, or does not answer within four seconds.
    """
    prefix, host = prefix.strip().lower(), current_host()
    if host is None or len(prefix) < SHORTEST:
        return []
    memory = of_this_process(Memory)
    tags = memory.recall(host, prefix)
    if tags is None:
        tags = prompt_client().autocomplete_tags(prefix)
        memory.keep(host, prefix, tags)
    return tags
