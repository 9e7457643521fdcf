"""Writes the audit log: who did what to which object, when and from where, in one sentence."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from flask import g, has_request_context, request
from flask_login import current_user
from sqlalchemy import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.orm import Mapped

from app.audit.models import AuditEntry
from app.database import db_now, transaction
from app.logs import redact, request_id

log = logging.getLogger(__name__)

LONGEST_SUMMARY = 2_000


class Actor(Protocol):
    """The row of a person, as far as an entry names them."""

    id: Mapped[int]
    email: Mapped[str]


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


def record(
    action: str,
    object_type: str = "",
    object_id: int | str = "",
    summary: str = "",
    *,
    actor: Actor | None = None,
    of_request: bool = True,
    **detail: Any,
) -> None:
    """Write one entry, in a transaction of its own, after what it reports was done and committed.

    The request's own session must hold no transaction: on SQLite it would keep this one waiting. A database that
    refuses the entry is logged and not raised: what was done stays done, and the log then has the entry's words.

    :param action: what happened, as "group.event", such as "user.created".
    :param summary: the entry in a sentence.
    :param actor: who did it, where that is not who is signed in; none stands for the system or the command line.
    :param of_request: False for what the present request did not cause: its person and address are left out.
    :param detail: values for programs; secrets are taken out of them, by name and by looks, as in the logs.
    """
    here = of_request and has_request_context()
    actor = actor or (_signed_in() if of_request else None)
    entry = {
        "actor_id": actor.id if actor else None,
        "actor": _line(actor.email, 254) if actor else "",
        "ip": _line(request.remote_addr or "", 64) if here else "",
        "request_id": _line(request_id(), 64) if of_request else "",
        "action": action,
        "object_type": object_type,
        "object_id": _line(str(object_id), 64),
        "summary": _line(redact(None, "", {"summary": summary})["summary"], LONGEST_SUMMARY),
        "detail": dict(redact(None, "", {**detail, **(_means() if of_request else {})})),
    }
    try:
        with transaction() as tx:
            tx.execute(insert(AuditEntry).values(at=db_now(), **entry))
    except (DBAPIError, NoConnection):
        log.exception("an audit entry could not be written: %s, %s", action, entry["summary"])


@contextmanager
def acting(user: Actor | None) -> Iterator[None]:
    """What is recorded inside was done by this person: named at the command line, where there is no sign-in."""
    token = _acting.set(user)
    try:
        yield
    finally:
        _acting.reset(token)


def _signed_in() -> Actor | None:
    if (named := _acting.get()) is not None:
        return named
    if not has_request_context() or not current_user.is_authenticated:
        return None
    return current_user._get_current_object()  # type: ignore[attr-defined]


def _means() -> dict[str, str]:
    """The API token that the request bears, by its name: a script acts, in a person's name."""
    bearer = g.get("api_token") if has_request_context() else None
    return {"script": bearer.name} if bearer else {}


def _line(text: str, longest: int) -> str:
    """Text that every database takes and no reader takes for two lines."""
    return "".join(char if char.isprintable() else " " for char in text)[:longest]
