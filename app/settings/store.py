"""Reads and writes single decisions of admins; every process sees a change with its next read."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from app.database import db_now, read_transaction, transaction
from app.settings.models import AppSetting


def get(name: str, default: Any = None) -> Any:
    """The value of a setting as it is in the database now; the default when no admin decided it."""
    with read_transaction() as tx:
        row = tx.execute(select(AppSetting.value).where(AppSetting.name == name)).first()
    return default if row is None else row.value


def put(name: str, value: Any, user_id: int | None = None) -> None:
    """Decide a setting, in a transaction of its own; `value` is anything that JSON can hold."""
    values = {"value": value, "changed_at": db_now(), "changed_by_id": user_id}
    with transaction() as tx:
        dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
        new = dialect.insert(AppSetting).values(name=name, **values)
        tx.execute(new.on_conflict_do_update(index_elements=["name"], set_=values))
