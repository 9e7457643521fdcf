"""Accounts of people: create one, check or change its password, close it; each change ends the sessions it must."""

from __future__ import annotations

import re

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.auth import passwords
from app.auth.models import ROLES, User, UserSession
from app.database import db_now, reading, transaction
from app.extensions import db

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
LONGEST_EMAIL = 254
LONGEST_NAME = 200


class PersonRefused(Exception):  # noqa: N818 - a refusal is an answer, not a fault
    """What was asked is not possible; the message is a sentence for the person who asked."""


def normal_email(email: str) -> str:
    """The form in which addresses are kept and compared."""
    return email.strip().lower()


def by_email(email: str) -> User | None:
    """The person with this address, active or not; apart from any session."""
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        return session.scalar(select(User).where(User.email == normal_email(email)))


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
    if role not in ROLES:
        raise PersonRefused(f"{role!r} is not a role; there are {' and '.join(ROLES)}.")
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise PersonRefused(f"A name has at most {LONGEST_NAME} characters, on one line.")
    name = name or email.partition("@")[0]
    return {"email": email, "name": name, "role": role, "password_hash": passwords.hashed(password), "active": True}


def create(email: str, password: str, role: str, name: str = "") -> None:
    """Create an account.

    :raises PersonRefused: the address is taken or no address, the password too weak.
    """
    _require_good(password, email)
    values = new_values(email, password, role, name)
    try:
        with transaction() as tx:
            tx.execute(insert(User).values(created_at=db_now(), **values))
    except IntegrityError as error:
        raise PersonRefused(f"There is an account for {normal_email(email)} already.") from error


def set_password(email: str, password: str) -> None:
    """Give somebody a new password and end all their sessions.

    :raises PersonRefused: no such account, or the password is too weak.
    """
    _require_good(password, email)
    _change(email, password_hash=passwords.hashed(password))


def deactivate(email: str) -> None:
    """Close an account: its sessions end, its tokens are refused; its jobs and its name stay.

    :raises PersonRefused: no such account.
    """
    _change(email, active=False)


def _require_good(password: str, email: str) -> None:
    if weakness := passwords.weakness(password, email):
        raise PersonRefused(weakness)


def _change(email: str, **values: object) -> None:
    with transaction() as tx:
        changed = update(User).where(User.email == normal_email(email)).values(**values).returning(User.id)
        user_id = tx.scalar(changed)
        if user_id is None:
            raise PersonRefused(f"There is no account for {normal_email(email)}.")
        tx.execute(delete(UserSession).where(UserSession.user_id == user_id))


def _rehash(user: User, password: str) -> None:
    """Keep the hash with today's parameters, unless the password was changed meanwhile."""
    new_hash = passwords.hashed(password)
    with transaction() as tx:
        same = (User.id == user.id, User.password_hash == user.password_hash)
        if tx.execute(update(User).where(*same).values(password_hash=new_hash)).rowcount == 1:
            user.password_hash = new_hash
