"""The OAuth access token, kept encrypted in the database so that all processes use one and renew it once."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from sqlalchemy import insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.connection.models import ZendeskToken
from app.database import db_now, snapshot, transaction
from app.zendesk import Token

log = logging.getLogger(__name__)

RENEWAL_TAKES = 20.0  # seconds; whoever renews and dies holds the others up no longer
LOOK_AGAIN = 0.1


@dataclass
class DatabaseTokenStore:
    """A `TokenStore` over the table `zendesk_tokens`; needs an application context where it is used."""

    owner: str
    keys: tuple[str, ...] = field(repr=False)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def read(self) -> Token | None:
        """The token, or None: there is none, or it was encrypted with a key that we no longer have."""
        columns = (ZendeskToken.ciphertext, ZendeskToken.expires_at, ZendeskToken.issued_at)
        with snapshot() as tx:
            row = tx.execute(select(*columns).where(ZendeskToken.owner == self.owner)).first()
        if row is None or row.ciphertext is None:
            return None
        try:
            return Token(self._fernet().decrypt(row.ciphertext.encode()).decode(), row.expires_at, row.issued_at)
        except InvalidToken:
            log.warning("the stored Zendesk token cannot be decrypted with the present keys; a new one is fetched")
            return None

    def renew(self, old: Token | None, fetch: Callable[[], Token]) -> Token:
        """A token other than `old`: another process's if it was quicker, else a new one; raises what `fetch` raises.

        No transaction is open while `fetch` calls Zendesk.
        """
        give_up = self.clock() + RENEWAL_TAKES
        while True:
            current = self.read()
            if current is not None and (old is None or current.value != old.value):
                return current
            if self._claim() or self.clock() >= give_up:
                break
            self.sleep(LOOK_AGAIN)
        try:
            token = fetch()
        except BaseException:
            self._write(renewing_until=0.0)
            raise
        sealed = self._fernet().encrypt(token.value.encode()).decode()
        self._write(
            ciphertext=sealed,
            issued_at=token.issued_at,
            expires_at=token.expires_at,
            renewing_until=0.0,
        )
        return token

    def _claim(self) -> bool:
        """Be the one that renews; False while another process is at it."""
        try:
            with transaction() as tx:
                here = ZendeskToken.owner == self.owner
                if tx.scalar(select(ZendeskToken.owner).where(here)) is None:
                    tx.execute(insert(ZendeskToken).values(owner=self.owner))
                free = or_(
                    ZendeskToken.renewing_until <= db_now(), ZendeskToken.renewing_until > db_now() + RENEWAL_TAKES
                )
                claimed = update(ZendeskToken).where(here, free).values(renewing_until=db_now() + RENEWAL_TAKES)
                return tx.execute(claimed).rowcount == 1
        except IntegrityError:  # another process made the row at the same moment
            return False

    def _write(self, **values: object) -> None:
        with transaction() as tx:
            tx.execute(update(ZendeskToken).where(ZendeskToken.owner == self.owner).values(**values))

    def _fernet(self) -> MultiFernet:
        return MultiFernet([Fernet(key) for key in self.keys])
