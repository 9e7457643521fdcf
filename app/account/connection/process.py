"""Objects that live as long as a process: sockets, locks and memories must not be shared across a fork."""

from __future__ import annotations

import os
from typing import TypeVar

from flask import current_app

T = TypeVar("T")


def of_this_process(kind: type[T]) -> T:
    """This application's one object of a class in this process; made, without arguments, when first needed."""
    kept = current_app.extensions.setdefault("connection", {})
    key = (kind, os.getpid())
    if key not in kept:
        kept.setdefault(key, kind())
    return kept[key]
