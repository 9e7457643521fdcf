"""Sign-ins of browsers: the cookie carries a random id, the row behind it decides, so that a session can be ended here.

A `User` found here is complete and belongs to no database session: reading it starts no transaction, later commits do
not touch it, and changes to it are not saved.
"""

from __future__ import annotations

import logging

from sqlalchemy import ColumnElement, delete, insert, literal, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.auth import secret
from app.auth.models import User, UserSession
from app.database import db_now, reading, transaction
from app.extensions import db

log = logging.getLogger(__name__)

KEY = "sid"  # of the id in Flask's cookie
IDLE_SECONDS = 12 * 3600
LONGEST_SECONDS = 30 * 24 * 3600
SEEN_EVERY_SECONDS = 60
CONFIRMED_SECONDS = 600  # for which a password that was given once more counts


def start(user: User) -> str | None:
    """Sign a person in: the new session's id, for the cookie.

    None when the account was closed or its password changed since `user` was read.
    """
    sid = secret.new()
    still = (User.id == user.id, User.active, User.password_hash == user.password_hash)
    columns = ["id_hash", "user_id", "created_at", "last_seen_at"]
    row = select(literal(secret.digest(sid)), User.id, db_now(), db_now()).where(*still)
    with transaction() as tx:
        tx.execute(delete(UserSession).where(UserSession.user_id == user.id, ~alive()))
        if tx.scalar(insert(UserSession).from_select(columns, row).returning(UserSession.user_id)) is None:
            return None
        tx.execute(update(User).where(User.id == user.id).values(last_login_at=db_now()))
    return sid


def user_of(sid: str, *, seen: bool) -> User | None:
    """Who signed in with this session, if it still lives and the account is active.

    :param seen: whether this counts as using the session; what a page fetches by itself must not keep it alive.
    """
    id_hash = secret.digest(sid)
    stale = UserSession.last_seen_at < db_now() - SEEN_EVERY_SECONDS
    query = (
        select(User, stale)
        .join(UserSession, UserSession.user_id == User.id)
        .where(UserSession.id_hash == id_hash, alive(), User.active)
    )
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        found = session.execute(query).first()
    if found is None:
        return None
    if seen and found[1]:
        _touch(id_hash)
    return found[0]


def confirm(sid: str) -> None:
    """Note that the person who uses this session gave the password once more, now."""
    with transaction() as tx:
        tx.execute(update(UserSession).where(is_session(sid)).values(confirmed_at=db_now()))


def confirmed(sid: str) -> bool:
    """Whether the password was given once more in this session lately; signing in is not that."""
    lately = UserSession.confirmed_at.between(db_now() - CONFIRMED_SECONDS, db_now() + 1)
    with reading(), Session(db.engine) as session:
        return session.scalar(select(UserSession.user_id).where(is_session(sid), lately)) is not None


def is_session(sid: str) -> ColumnElement[bool]:
    """The condition on `UserSession` that names this session."""
    return UserSession.id_hash == secret.digest(sid)


def end(sid: str) -> None:
    """Sign out: the cookie is worthless from now on, also a copy of it."""
    with transaction() as tx:
        tx.execute(delete(UserSession).where(is_session(sid)))


def _touch(id_hash: str) -> None:
    try:
        with transaction() as tx:
            tx.execute(update(UserSession).where(UserSession.id_hash == id_hash).values(last_seen_at=db_now()))
    except OperationalError:  # the page can be shown all the same
        log.warning("last_seen_at of a session could not be written", exc_info=True)


def alive() -> ColumnElement[bool]:
    """The condition on `UserSession` for those that still count."""
    now = db_now()
    return (UserSession.last_seen_at > now - IDLE_SECONDS) & (UserSession.created_at > now - LONGEST_SECONDS)
