"""Accounts of people: create, change, close and reopen them; pages and commands share these functions.

Each change ends the sessions it must, at once, and writes the audit log. The last active admin stays one.
"""

from __future__ import annotations

import secrets

from flask import current_app
from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.audit.log import record
from app.auth import passwords, throttle
from app.auth.addresses import EMAIL, LONGEST_EMAIL, normal_email
from app.auth.models import ROLES, ApiToken, User, UserSession
from app.auth.sessions import alive
from app.database import db_now, reading, transaction
from app.extensions import db

LONGEST_NAME = 200
INVENTED_BYTES = 15  # 20 characters to type
LONGEST_TOKEN_SECONDS = 365 * 86_400.0  # of a person who is no admin


class PersonRefused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """What was asked is not possible; the message is a sentence for the person who asked."""


class WrongPassword(PersonRefused):
    """The password that was given with a wish is not the person's."""


def by_email(email: str) -> User | None:
    """The person with this address, active or not; apart from any session."""
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return session.scalar(select(User).where(User.email == normal_email(email)))


def active(email: str) -> User:
    """The person with this address who may sign in.

    :raises PersonRefused: there is none.
    """
    user = by_email(email)
    if user is None or not user.active:
        raise PersonRefused(f"There is no active account for {normal_email(email)}.")
    return user


def by_id(user_id: int) -> User | None:
    """The person with this number, active or not; apart from any session."""
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return session.get(User, user_id)


def all_people() -> list[tuple[User, int]]:
    """All accounts, the open ones first, each with how many browsers are signed in; apart from any session."""
    sessions = select(func.count()).where(UserSession.user_id == User.id, alive()).scalar_subquery()
    query = select(User, sessions).order_by(User.active.desc(), User.role, func.lower(User.name), User.id)
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return [(row[0], row[1]) for row in session.execute(query)]


def with_password(email: str, password: str) -> User | None:
    """The active person whom address and password name; every failure takes the same time."""
    user = by_email(email)
    fits = passwords.fits(user.password_hash if user else None, password)
    if user is None or not fits or not user.active:
        return None
    if passwords.outdated(user.password_hash):
        _rehash(user, password)
    return user


def new_values(email: str, password: str, role: str, name: str = "") -> dict[str, object]:
    """The columns of a new account, checked; slow (a password is hashed), so never inside a transaction.

    :raises PersonRefused: with a sentence; passwords are judged by `passwords.weakness` beforehand.
    """
    email, name = normal_email(email), name.strip()
    if not EMAIL.fullmatch(email) or len(email) > LONGEST_EMAIL or not email.isprintable():
        raise PersonRefused(f"{email!r} is not an e-mail address.")
    _require_role(role)
    name = good_name(name) if name.strip() else email.partition("@")[0]
    return {"email": email, "name": name, "role": role, "password_hash": passwords.hashed(password), "active": True}


def good_name(name: str) -> str:
    """The name as it is kept.

    :raises PersonRefused: it is empty, too long, or no single line.
    """
    name = name.strip()
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise PersonRefused(f"A name has 1 to {LONGEST_NAME} characters, on one line.")
    return name


def invented_password() -> str:
    """A random password, to be told to its owner and changed by them."""
    return secrets.token_urlsafe(INVENTED_BYTES)


def create(email: str, password: str, role: str, name: str = "") -> int:
    """Create an account; its id.

    :raises PersonRefused: the address is taken or no address, the password too weak.
    """
    _require_good(password, email, name)
    values = new_values(email, password, role, name)
    try:
        with transaction() as tx:
            new = insert(User).values(created_at=db_now(), **values).returning(User.id)
            user_id = tx.execute(new).scalar_one()
    except IntegrityError as error:
        raise PersonRefused(f"There is an account for {normal_email(email)} already.") from error
    record("user.created", "user", user_id, f"Created an account for {normal_email(email)}, as {role}.", role=role)
    return user_id


def set_password(email: str, password: str) -> None:
    """Give a person a new password and end all their sessions and API tokens.

    :raises PersonRefused: no such account, or the password is too weak.
    """
    user = by_email(email)
    _require_good(password, email, user.name if user else "")
    user_id = _change(email, ends_tokens=True, password_hash=passwords.hashed(password))
    throttle.begin_anew(email)
    what = f"Gave {normal_email(email)} a new password; all sessions and API tokens ended."
    record("user.password_reset", "user", user_id, what)


def change_own_password(user: User, current: str, new: str, keep: ColumnElement[bool]) -> None:
    """Let a person change their own password, and end their API tokens, and their sessions but those `keep` names.

    :raises WrongPassword: the current password is wrong.
    :raises PersonRefused: the new one is too weak, or it was changed elsewhere meanwhile.
    """
    if not passwords.fits(user.password_hash, current):
        raise WrongPassword("That is not your current password. Nothing was changed.")
    _require_good(new, user.email, user.name)
    new_hash = passwords.hashed(new)
    same = (User.id == user.id, User.password_hash == user.password_hash)
    with transaction() as tx:
        if tx.execute(update(User).where(*same).values(password_hash=new_hash)).rowcount != 1:
            raise PersonRefused("Your password was changed elsewhere meanwhile. Nothing was changed here.")
        tx.execute(delete(UserSession).where(UserSession.user_id == user.id, ~keep))
        _end_tokens(tx, user.id)
    what = f"{user.email} changed their password; other sessions and all API tokens ended."
    record("user.password_changed", "user", user.id, what)


def rename(email: str, name: str) -> None:
    """Give a person another name; no session ends.

    :raises PersonRefused: no such account, or it is no name.
    """
    name = good_name(name)
    user_id = _change(email, ends_sessions=False, name=name)
    record("user.renamed", "user", user_id, f"{normal_email(email)} is called {name} now.")


def deactivate(email: str) -> None:
    """Close an account: its sessions end, its tokens are refused; its jobs and its name stay.

    :raises PersonRefused: no such account, or it is the last active admin's.
    """
    user_id = _change(email, active=False)
    record("user.deactivated", "user", user_id, f"Closed the account of {normal_email(email)}; all sessions ended.")


def reactivate(email: str) -> None:
    """Open a closed account again: its password and its tokens count as before.

    :raises PersonRefused: no such account.
    """
    user_id = _change(email, active=True)
    record("user.reactivated", "user", user_id, f"Opened the account of {normal_email(email)} again.")


def set_role(email: str, role: str) -> None:
    """Make a person an admin or an agent; their sessions end, and running jobs go on.

    API tokens go on with the lesser role; one that counted for ever ends like any other once it is no admin's.

    :raises PersonRefused: no such account or role, or it is the last active admin.
    """
    _require_role(role)
    user_id = _change(email, role=role)
    record(
        "user.role_changed", "user", user_id, f"Made {normal_email(email)} an {role}; all sessions ended.", role=role
    )


def end_sessions(email: str) -> None:
    """Sign a person out everywhere; their API tokens end, too.

    :raises PersonRefused: no such account.
    """
    user_id = _change(email, ends_tokens=True)
    record("user.sessions_ended", "user", user_id, f"Ended all sessions and API tokens of {normal_email(email)}.")


def weakness(password: str, email: str, name: str = "") -> str | None:
    """Why this person should not have this password, as a sentence; None when it is good enough."""
    host = current_app.extensions["account_host"]() or ""
    return passwords.weakness(password, normal_email(email), name, host)


def _require_good(password: str, email: str, name: str) -> None:
    if problem := weakness(password, email, name):
        raise PersonRefused(problem)


def _require_role(role: str) -> None:
    if role not in ROLES:
        raise PersonRefused(f"{role!r} is not a role; there are {' and '.join(ROLES)}.")


def _change(email: str, *, ends_sessions: bool = True, ends_tokens: bool = False, **values: object) -> int:
    """Change an account's row; its id."""
    email = normal_email(email)
    with transaction() as tx:
        if values.get("active") is False or values.get("role", "admin") != "admin":
            _require_another_admin(tx, email)
        # The address stays as it is; with it a change that only ends sessions is an UPDATE like the others.
        user_id = tx.scalar(
            update(User).where(User.email == email).values(email=User.email, **values).returning(User.id)
        )
        if user_id is None:
            raise PersonRefused(f"There is no account for {email}.")
        if ends_sessions:
            tx.execute(delete(UserSession).where(UserSession.user_id == user_id))
        if ends_tokens:
            _end_tokens(tx, user_id)
        if values.get("role", "admin") != "admin":
            for_ever = (ApiToken.user_id == user_id, ApiToken.expires_at.is_(None))
            tx.execute(update(ApiToken).where(*for_ever).values(expires_at=db_now() + LONGEST_TOKEN_SECONDS))
    return user_id


def _end_tokens(tx: Connection, user_id: int) -> None:
    live = (ApiToken.user_id == user_id, ApiToken.revoked_at.is_(None))
    tx.execute(update(ApiToken).where(*live).values(revoked_at=db_now()))


def _require_another_admin(tx: Connection, email: str) -> None:
    """Of two admins who demote each other at the same moment one waits here, and then finds itself the last."""
    admins = select(User.email).where(User.role == "admin", User.active).order_by(User.id).with_for_update()
    if list(tx.scalars(admins)) == [email]:
        raise PersonRefused(f"{email} is the only active admin. Make another person an admin first.")


def _rehash(user: User, password: str) -> None:
    """Keep the hash with today's parameters, unless the password was changed meanwhile."""
    new_hash = passwords.hashed(password)
    with transaction() as tx:
        same = (User.id == user.id, User.password_hash == user.password_hash)
        if tx.execute(update(User).where(*same).values(password_hash=new_hash)).rowcount == 1:
            user.password_hash = new_hash
