"""Personal API tokens: shown once, kept as SHA-256, used as `Authorization: Bearer …` on /api/v1."""

from __future__ import annotations

import logging

from sqlalchemy import insert, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, joinedload

from app.auth import secret
from app.auth.models import ApiToken, User
from app.database import db_now, reading, transaction
from app.extensions import db

log = logging.getLogger(__name__)

PREFIX = "zgt_"
USED_EVERY_SECONDS = 60


def create(user: User, name: str, *, public_replies: bool = False) -> str:
    """A new token for this person, to be shown now and never again.

    :param public_replies: whether jobs started with it may write to customers.
    """
    token = secret.new(PREFIX)
    values = {"user_id": user.id, "name": name, "token_hash": secret.digest(token), "public_replies": public_replies}
    with transaction() as tx:
        tx.execute(insert(ApiToken).values(created_at=db_now(), **values))
    return token


def find(token: str) -> ApiToken | None:
    """The row of this token, with its `user`, unless revoked or the account is closed; apart from any session."""
    unused = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at < db_now() - USED_EVERY_SECONDS)
    query = (
        select(ApiToken, unused)
        .join(ApiToken.user)
        .options(joinedload(ApiToken.user))
        .where(ApiToken.token_hash == secret.digest(token), ApiToken.revoked_at.is_(None), User.active)
    )
    with reading(), Session(db.engine, expire_on_commit=False) as session:
        found = session.execute(query).first()
    if found is None:
        return None
    if found[1]:
        _used(found[0].id)
    return found[0]


def _used(token_id: int) -> None:
    try:
        with transaction() as tx:
            tx.execute(update(ApiToken).where(ApiToken.id == token_id).values(last_used_at=db_now()))
    except OperationalError:  # the request can be answered all the same
        log.warning("last_used_at of a token could not be written", exc_info=True)
