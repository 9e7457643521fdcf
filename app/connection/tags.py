"""Tag suggestions while somebody types, with a small memory: each key press must not cost a request."""

from __future__ import annotations

import threading
import time

from app.connection.account import client, current_host

SHORTEST = 2  # Zendesk answers nothing to less (api.md §9)
LIVES = 60.0
MOST_REMEMBERED = 500

_lock = threading.Lock()
_remembered: dict[tuple[str, str], tuple[float, list[str]]] = {}


def suggest(prefix: str) -> list[str]:
    """Tags of the account that begin with `prefix`.

    :raises ZendeskError: when Zendesk cannot be asked.
    """
    prefix, host = prefix.strip().lower(), current_host()
    if host is None or len(prefix) < SHORTEST:
        return []
    key, now = (host, prefix), time.monotonic()
    with _lock:
        found = _remembered.get(key)
    if found is not None and now - found[0] < LIVES:
        return found[1]
    tags = client(background=False).autocomplete_tags(prefix)
    with _lock:
        if len(_remembered) >= MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (now, tags)
    return tags
