"""How long it takes to search and to judge a large library of macros, without pages and requests."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from app.account.cache.macros import Library
from app.account.cache.macros_store import Owner
from app.auth.models import User
from app.macros.index import build
from app.macros.query import Query
from app.macros.search import search
from app.sandbox.macros import macro_json
from tests.macros.library import big_library

QUERIES: dict[str, dict[str, Any]] = {
    "two words": {"text": "30 days"},
    "case matched": {"text": "VIP", "case": True},
    "a whole word": {"text": "policy", "word": True},
    "an expression": {"text": r"\d+ days", "regex": True},
    "same titles": {"finding": "same-title"},
}
REPEATS = 5


def macro_search(*, macros: int) -> list[tuple[str, str, str]]:
    """The best of a few searches of each kind: the first of all reads every text, and remembers."""
    address = "https://acme.zendesk.com"
    raw = [macro_json(macro, address, time.time()) for macro in big_library(macros).values()]
    library = Library(Owner("acme.zendesk.com", "reader"), 1, time.time(), raw, {})
    user = User(email="bench@acme.example", name="Bench", role="admin")
    index, seconds = _timed(lambda: build(library))
    rows = [(f"index {macros:,} macros", f"{seconds:.2f} s", "")]
    for name, asked in QUERIES.items():
        query = Query(**asked)
        best = min(_timed(lambda query=query: search(index, query, user))[1] for _ in range(REPEATS))
        rows.append((f"  find {name}", f"{best * 1000:.0f} ms", "200 ms"))
    return rows


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    began = time.perf_counter()
    found = work()
    return found, time.perf_counter() - began
