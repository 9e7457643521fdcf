"""The index of a process: no request builds it, and a slow one holds nobody up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from flask import Flask

from app.account.cache import macros
from app.account.cache.macros import Library
from app.macros import shelf as shelves
from app.macros.index import Index, build
from app.macros.shelf import Shelf
from tests.macros.library import ACME, make_macro

LIBRARY = Library(ACME, 1, 1.0, [make_macro("Delay", ("comment_value", "Hi"))], {})


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Building waits until this is set."""
    opened = threading.Event()

    def slowly(library: Library) -> Index:
        assert opened.wait(10)
        return build(library)

    monkeypatch.setattr(shelves, "build", slowly)
    monkeypatch.setattr(macros, "library", lambda whose: LIBRARY if whose == ACME else None)
    yield opened
    opened.set()


def eventually(shelf: Shelf, version: int = 1) -> Index:
    give_up = time.monotonic() + 10
    while (found := shelf.index(ACME, version)) is None or shelf._building:
        assert time.monotonic() < give_up
        time.sleep(0.01)
    return found


def test_a_request_that_finds_no_index_goes_on_without_one(app: Flask, gate: threading.Event) -> None:
    shelf = Shelf()
    with app.app_context():
        began = time.monotonic()
        assert [shelf.index(ACME, 1) for _ in range(20)] == [None] * 20
        assert shelf.index(ACME, 1, seconds=0.05) is None
        assert time.monotonic() - began < 5
        assert sum(thread.name == "index" for thread in threading.enumerate()) == 1
        gate.set()
        assert [entry.title for entry in eventually(shelf).entries] == ["Delay"]


def test_who_cannot_come_again_waits_for_it(app: Flask, gate: threading.Event) -> None:
    shelf = Shelf()
    gate.set()
    with app.app_context():
        assert shelf.index(ACME, 1, seconds=10) is not None


def test_one_that_cannot_be_built_is_tried_again_later(
    app: Flask, gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_library: Library) -> Index:
        raise ValueError("odd")

    shelf = Shelf()
    gate.set()
    with app.app_context():
        with monkeypatch.context() as patched:
            patched.setattr(shelves, "build", fail)
            assert shelf.index(ACME, 1, seconds=10) is None
        assert shelf.index(ACME, 1, seconds=0.01) is None, "not at once"
        shelf._not_before = 0.0
        assert shelf.index(ACME, 1, seconds=10) is not None
