"""The OAuth access token, kept encrypted in the database so that all processes use one and renew it once."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import Update, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from app.account.connection.models import ZendeskToken
from app.database import db_now, read_transaction, transaction
from app.sealing import Sealed, seal, unseal
from app.zendesk import NetworkError, Token

log = logging.getLogger(__name__)

RENEWAL_TAKES = 20.0  # seconds, and never more: a process that dies while it renews holds the others up no longer
LOOK_AGAIN = 0.1


@dataclass
class DatabaseTokenStore:
    """A `TokenStore` over the table `zendesk_tokens`; needs an application context where it is used.

    :param owner: host and client id; a token serves no other client.
    :param login: a digest of the credentials; a token that was fetched with others counts as none.
    :param keys: Fernet keys, newest first; a token that none of them opens counts as none.
    :param patience: seconds to wait for another process that is renewing the token.
    """

    owner: str
    login: str
    keys: tuple[str, ...] = field(repr=False)
    patience: float = 5.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def read(self) -> Token | None:
        columns = (ZendeskToken.ciphertext, ZendeskToken.expires_at, ZendeskToken.issued_at)
        with read_transaction() as tx:
            row = tx.execute(select(*columns).where(ZendeskToken.owner == self.owner)).first()
        if row is None or row.ciphertext is None:
            return None
        value = self._unsealed(row.ciphertext)
        return Token(value, row.expires_at, row.issued_at) if value else None

    def renew(self, old: Token | None, fetch: Callable[[], Token]) -> Token:
        """A token other than `old`: another process's if it was quicker, else a new one.

        No transaction is open while `fetch` calls Zendesk. Raises what `fetch` raises, and NetworkError when another
        process has not got a new token within our patience: asking beside it would make two.
        """
        give_up = self.clock() + self.patience
        while (newer := self._newer_than(old)) is None and not self._claim():
            if self.clock() >= give_up:
                raise NetworkError("POST /oauth/tokens not sent (another process is renewing the token)")
            self.sleep(LOOK_AGAIN)
        return newer or self._renew_as_claimed(old, fetch)

    def _newer_than(self, old: Token | None) -> Token | None:
        current = self.read()
        return current if current is not None and (old is None or current.value != old.value) else None

    def _renew_as_claimed(self, old: Token | None, fetch: Callable[[], Token]) -> Token:
        """Fetch and store, unless another process did both between our look and our claim; gives the claim back."""
        values: dict[str, object] = {}
        try:
            token = self._newer_than(old)
            if token is None:
                token = fetch()
                sealed = seal(self.keys, json.dumps([self.login, token.value]))
                values = {"ciphertext": sealed, "issued_at": token.issued_at, "expires_at": token.expires_at}
            return token
        finally:
            with transaction() as tx:
                tx.execute(self._update().values(renewing_until=0.0, **values))

    def _claim(self) -> bool:
        """Be the one that renews; False while another process is at it."""
        # An expiry far ahead comes from a clock that stepped back.
        until = ZendeskToken.renewing_until
        free = or_(until <= db_now(), until > db_now() + 2 * RENEWAL_TAKES)
        with read_transaction() as tx:
            known = tx.execute(select(free).where(ZendeskToken.owner == self.owner)).first()
        if known is not None and not known[0]:
            return False  # found out without the database's write lock: waiting must not cost others anything
        with transaction() as tx:
            if known is None:
                dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
                tx.execute(dialect.insert(ZendeskToken).values(owner=self.owner).on_conflict_do_nothing())
            return tx.execute(self._update().where(free).values(renewing_until=db_now() + RENEWAL_TAKES)).rowcount == 1

    def _update(self) -> Update:
        return update(ZendeskToken).where(ZendeskToken.owner == self.owner)

    def _unsealed(self, ciphertext: str) -> str | None:
        """The token, if a key opens it, and it was fetched with our credentials."""
        try:
            login, value = json.loads(unseal(self.keys, ciphertext))
        except (Sealed, ValueError):
            log.warning("the stored Zendesk token cannot be read with the present keys; a new one is fetched")
            return None
        return value if login == self.login else None
