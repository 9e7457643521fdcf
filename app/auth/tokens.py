"""Personal API tokens: shown once, kept as SHA-256, used as `Authorization: Bearer …` on /api/v1."""

from __future__ import annotations

import logging

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from app.audit.log import record
from app.auth import secret
from app.auth.models import ApiToken, User
from app.auth.people import PersonRefused
from app.database import db_now, reading, transaction
from app.extensions import db

log = logging.getLogger(__name__)

PREFIX = "zgt_"
USED_EVERY_SECONDS = 60
LONGEST_NAME = 200
DAYS, MOST_DAYS = 90, 365
MOST = 20  # in use, of one person
DAY = 86_400.0


def create(user: User, name: str, *, public_replies: bool = False, days: int | None = DAYS) -> str:
    """A new token for this person, to be shown now and never again.

    :param public_replies: whether jobs started with it may write to customers.
    :param days: for how long it counts; None for ever, which is for admins alone.
    :raises PersonRefused: the name or the days do not fit, the person has as many tokens as allowed, or the account
        was closed or its password changed since `user` was read.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PersonRefused(f"Say what the token is for, in 1 to {LONGEST_NAME} characters on one line.")
    if days is not None and not 0 < days <= MOST_DAYS:
        raise PersonRefused(f"An API token counts for 1 to {MOST_DAYS} days.")
    token = secret.new(PREFIX)
    ends = db_now() + days * DAY if days is not None else None
    values = {"user_id": user.id, "name": name, "token_hash": secret.digest(token), "public_replies": public_replies}
    with transaction() as tx:
        still = (User.id == user.id, User.active, User.password_hash == user.password_hash)
        role = tx.scalar(select(User.role).where(*still).with_for_update())
        if role is None:
            raise PersonRefused("The password or the account was changed meanwhile. No token was made.")
        if days is None and role != "admin":
            raise PersonRefused(f"Only an admin's API token can count for ever. Give it up to {MOST_DAYS} days.")
        _require_room(tx, user)
        new = insert(ApiToken).values(created_at=db_now(), expires_at=ends, role=role, **values)
        token_id = tx.execute(new.returning(ApiToken.id)).scalar_one()
    may = ", which may write to customers" if public_replies else ""
    until = f"for {days} days" if days is not None else "for ever"
    record("token.created", "token", token_id, f"Created the API token “{name}” of {user.email}, {until}{may}.")
    return token


def in_use() -> ColumnElement[bool]:
    """The condition on `ApiToken` for those that count."""
    return ApiToken.revoked_at.is_(None) & (ApiToken.expires_at.is_(None) | (ApiToken.expires_at > db_now()))


def of(user_id: int) -> list[ApiToken]:
    """The tokens of a person, the newest first, revoked ones too; apart from any session, without their `user`."""
    query = select(ApiToken).where(ApiToken.user_id == user_id).order_by(ApiToken.id.desc())
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return list(session.scalars(query))


def revoke(token_id: int, user: User) -> bool:
    """Refuse this token of this person from now on; False when there is no such token in use."""
    live = (ApiToken.id == token_id, ApiToken.user_id == user.id, ApiToken.revoked_at.is_(None))
    with transaction() as tx:
        name = tx.scalar(update(ApiToken).where(*live).values(revoked_at=db_now()).returning(ApiToken.name))
    if name is None:
        return False
    record("token.revoked", "token", token_id, f"Revoked the API token “{name}” of {user.email}.")
    return True


def find(token: str) -> ApiToken | None:
    """The row of this token, with its `user`, if it counts and the account is open; apart from any session.

    The user's role is here the lesser of the present one and the one that the token was made in.
    """
    unused = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at < db_now() - USED_EVERY_SECONDS)
    query = (
        select(ApiToken, unused)
        .join(ApiToken.user)
        .options(joinedload(ApiToken.user))
        .where(_is(token), in_use(), User.active)
    )
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        found = session.execute(query).first()
    if found is None:
        return None
    if found[1]:
        _used(found[0].id)
    if found[0].role != "admin":
        set_committed_value(found[0].user, "role", found[0].role)  # no change that anything could save
    return found[0]


def why_not(token: str) -> str:
    """Why a token that `find` does not take is refused, in words for the audit log."""
    query = select(ApiToken, User.email, User.active).join(ApiToken.user).where(_is(token))
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        found = session.execute(query).first()
    if found is None:
        return "an unknown API token"
    row, email, active = found
    why = "which was revoked" if row.revoked_at else "which has expired" if active else "whose account is closed"
    return f"the API token “{row.name}” of {email}, {why}"


def _is(token: str) -> ColumnElement[bool]:
    return ApiToken.token_hash == secret.digest(token)


def _require_room(tx: Connection, user: User) -> None:
    """Two that are made at the same moment: the second waits for the person's row, and then counts the first."""
    count = tx.scalar(select(func.count()).where(ApiToken.user_id == user.id, in_use())) or 0
    if count >= MOST:
        raise PersonRefused(f"{user.email} has {count} API tokens, the most that a person may have. Revoke one first.")


def _used(token_id: int) -> None:
    try:
        with transaction() as tx:
            tx.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=db_now()))
    except OperationalError:  # the request can be answered all the same
        log.warning("last_used_at of a token could not be written", exc_info=True)
