"""Encrypts every stored secret anew with the newest key, so that older keys can be taken away."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select, update

from app.account.connection.models import ZendeskSettings, ZendeskToken
from app.database import transaction
from app.sealing import Sealed, reseal

STORED = (
    (ZendeskSettings, ZendeskSettings.secret),
    (ZendeskToken, ZendeskToken.ciphertext),
)


def rotate(keys: Sequence[str]) -> tuple[int, int]:
    """How many secrets are encrypted with the newest key now, and how many none of the keys opens; those stay."""
    done = lost = 0
    for model, column in STORED:
        with transaction() as tx:
            for sealed in tx.scalars(select(column)).all():
                if sealed is None:
                    continue
                try:
                    new = reseal(keys, sealed)
                except Sealed:
                    lost += 1
                    continue
                # A ciphertext is never the same twice; what was stored meanwhile has the newest key already.
                tx.execute(update(model).where(column == sealed).values({column.key: new}))
                done += 1
    return done, lost
