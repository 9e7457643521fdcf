"""The account's views with their counts, from a cache that all processes share: few questions a minute are allowed."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.connection.account import client, current_host
from app.connection.models import ZendeskView
from app.database import db_now, snapshot, transaction
from app.zendesk import Client, NotFound, ZendeskError

log = logging.getLogger(__name__)

LIST_LIVES = 60.0
COUNT_LIVES = 150.0  # five counts a minute for each view, six count_many a minute for all (api.md §2)
UNKNOWN_LIVES = 15.0  # Zendesk is computing a count: ask again soon
COUNTS_A_TIME = 20


@dataclass(frozen=True)
class View:
    """A view as people choose it; `count` is None where Zendesk does not know it yet."""

    id: int
    title: str
    count: int | None
    count_fresh: bool
    counted_at: float | None
    current_user: bool
    restricted: bool


def views() -> list[View]:
    """The account's active views in Zendesk's order, with counts and their age.

    When Zendesk is in trouble, what was known before; an empty list when nothing is.
    """
    host = current_host()
    if host is None:
        return []
    try:
        person = client(background=False)
        if _list_is_old(host):
            _refresh_list(host, person)
        _refresh_counts(host, person)
    except ZendeskError as error:
        log.warning("views are shown from the cache: %s", error)
    return _cached(host)


def view(view_id: int) -> View | None:
    """One view; None when our Zendesk user does not see it.

    :raises ZendeskError: when it is not in the cache and Zendesk cannot be asked.
    """
    host = current_host()
    if host is None:
        return None
    known = next((each for each in _cached(host) if each.id == view_id), None)
    if known is not None and known.count is not None:
        return known
    try:
        person = client(background=False)
        if known is None:
            with_view = person.view(view_id)
            with transaction() as tx:
                _store(tx, host, with_view)
        _refresh_counts(host, person, only=view_id)
    except NotFound:
        return None
    except ZendeskError:
        if known is None:
            raise
    return next((each for each in _cached(host) if each.id == view_id), None)


def names_current_user(raw: dict[str, Any]) -> bool:
    """Whether the view's conditions depend on who looks: for us that is the service's own user."""
    return "current_user" in json.dumps(raw.get("conditions") or {})


def _list_is_old(host: str) -> bool:
    with snapshot() as tx:
        return bool(
            tx.scalar(
                select(func.coalesce(func.max(ZendeskView.listed_at), 0.0) < db_now() - LIST_LIVES).where(
                    ZendeskView.account == host
                )
            )
        )


def _refresh_list(host: str, person: Client) -> None:
    found = list(person.views())
    with transaction() as tx:
        for raw in found:
            _store(tx, host, raw)
        gone = ZendeskView.view_id.not_in([raw["id"] for raw in found])
        tx.execute(delete(ZendeskView).where(ZendeskView.account == host, gone))


def _store(tx: Connection, host: str, raw: dict[str, Any]) -> None:
    values = {
        "title": str(raw.get("title") or raw["id"]),
        "position": raw.get("position") or 0,
        "restriction": raw.get("restriction"),
        "current_user": names_current_user(raw),
        "listed_at": db_now(),
    }
    here = (ZendeskView.account == host, ZendeskView.view_id == raw["id"])
    if tx.execute(update(ZendeskView).where(*here).values(**values)).rowcount == 0:
        tx.execute(insert(ZendeskView).values(account=host, view_id=raw["id"], **values))


def _refresh_counts(host: str, person: Client, only: int | None = None) -> None:
    """Ask for the counts that are missing or oldest, one request at most."""
    with transaction() as tx:
        asked = func.coalesce(ZendeskView.asked_at, 0.0)
        due = (asked < db_now() - COUNT_LIVES) | (ZendeskView.count.is_(None) & (asked < db_now() - UNKNOWN_LIVES))
        query = select(ZendeskView.view_id).where(ZendeskView.account == host, due)
        if only is not None:
            query = query.where(ZendeskView.view_id == only)
        ids = list(tx.scalars(query.order_by(asked).limit(COUNTS_A_TIME)))
        if ids:
            mine = update(ZendeskView).where(ZendeskView.account == host, ZendeskView.view_id.in_(ids))
            tx.execute(mine.values(asked_at=db_now()))
    if not ids:
        return
    counts = person.view_counts(ids)
    with transaction() as tx:
        for view_id, counted in counts.items():
            if counted.value is not None:
                here = (ZendeskView.account == host, ZendeskView.view_id == view_id)
                values = {"count": counted.value, "count_fresh": counted.fresh, "counted_at": db_now()}
                tx.execute(update(ZendeskView).where(*here).values(**values))


def _cached(host: str) -> list[View]:
    query = select(ZendeskView).where(ZendeskView.account == host)
    order = (ZendeskView.position, ZendeskView.title, ZendeskView.view_id)
    columns = (
        ZendeskView.view_id,
        ZendeskView.title,
        ZendeskView.count,
        ZendeskView.count_fresh,
        ZendeskView.counted_at,
        ZendeskView.current_user,
        ZendeskView.restriction,
    )
    with snapshot() as tx:
        rows = tx.execute(query.with_only_columns(*columns).order_by(*order)).all()
    return [View(*row[:-1], restricted=bool(row.restriction)) for row in rows]
