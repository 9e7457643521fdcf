"""The statements of a driver: the functions of the store that write in its transaction, wrapped by tests by name."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import pytest

from app.jobs.store import crashes, job_batches, job_items, job_list, job_progress

MODULES = (job_progress, job_list, job_batches, job_items, crashes)


def writers(*modules: ModuleType) -> Iterator[tuple[ModuleType, str]]:
    """The public functions of modules that write in a transaction of their caller's."""
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and next(iter(inspect.signature(function).parameters), None) == "tx":
                yield module, name


STATEMENTS = {name: module for module, name in writers(*MODULES)}


def wrap(name: str, patch: pytest.MonkeyPatch, by: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Let a statement be another one, made of it; a name that is gone fails here."""
    module = STATEMENTS[name]
    patch.setattr(module, name, by(getattr(module, name)))
