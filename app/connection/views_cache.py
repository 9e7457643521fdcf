"""The table of views: the last list and the last counts, per account, for all processes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from app.connection import turns
from app.connection.models import ZendeskView
from app.database import db_now, snapshot, transaction
from app.zendesk import ViewCount

LIST = "views"
LIST_LIVES = 60.0
COUNT_LIVES = 120.0
UNKNOWN_LIVES = 5.0  # Zendesk is computing a count, which took it 5 s where it was recorded (api.md §3)
COUNTS_A_TIME = 20  # Zendesk's own limit (api.md §2)
DEPENDENT = frozenset({"current_user", "current_groups"})
LARGEST_POSITION = 2**31 - 1


@dataclass(frozen=True)
class View:
    """A view as people choose it.

    `count` is None where Zendesk does not know it yet; else it was true, or thought true by Zendesk, at `counted_at`.
    `current_user`: what it holds depends on who looks, which for us is the user we act as.
    `restricted`: only one group or person may see it in Zendesk.
    """

    id: int
    title: str
    count: int | None
    count_fresh: bool
    counted_at: float | None
    current_user: bool
    restricted: bool
    restriction: dict[str, Any] | None = field(default=None, hash=False)  # as Zendesk gave it


def read(host: str, view_id: int | None = None) -> list[View]:
    """The views of an account, or one of them, in Zendesk's order."""
    query = select(
        ZendeskView.view_id,
        ZendeskView.title,
        ZendeskView.count,
        ZendeskView.count_fresh,
        ZendeskView.counted_at,
        ZendeskView.current_user,
        ZendeskView.restriction,
    ).where(ZendeskView.account == host)
    if view_id is not None:
        query = query.where(ZendeskView.view_id == view_id)
    order = (ZendeskView.position, ZendeskView.title, ZendeskView.view_id)
    with snapshot() as tx:
        rows = tx.execute(query.order_by(*order)).all()
    return [View(*row[:-1], row.restriction is not None, row.restriction) for row in rows]


def replace(host: str, listed: Iterable[dict[str, Any]]) -> None:
    """Take over a complete list; counts that are known already stay."""
    rows = {raw["id"]: _columns(raw) for raw in listed if type(raw.get("id")) is int}
    here = ZendeskView.account == host
    with transaction() as tx:
        turns.done(tx, host, LIST, LIST_LIVES)
        known = set(tx.scalars(select(ZendeskView.view_id).where(here)))
        tx.execute(delete(ZendeskView).where(here, ZendeskView.view_id.in_(known - rows.keys())))
        for view_id in known & rows.keys():
            tx.execute(update(ZendeskView).where(here, ZendeskView.view_id == view_id).values(**rows[view_id]))
        new = [{"account": host, "view_id": view_id, **rows[view_id]} for view_id in rows.keys() - known]
        if new:
            tx.execute(insert(ZendeskView), new)


def clear(tx: Connection) -> None:
    """Forget the views of all accounts."""
    tx.execute(delete(ZendeskView))


def of_raw(raw: dict[str, Any], count: ViewCount) -> View:
    """A view that is in no list, as Zendesk gave it."""
    columns = _columns(raw)
    restriction = columns["restriction"]
    known = (raw["id"], columns["title"], count.value, count.fresh, None, columns["current_user"])
    return View(*known, restriction is not None, restriction)


def to_count(host: str, view_id: int | None = None) -> list[int]:
    """The views whose counts are missing or old, the longest not asked for first; as many as one request takes."""
    asked = func.coalesce(ZendeskView.asked_at, 0.0)
    unknown = and_(ZendeskView.count.is_(None), asked < db_now() - UNKNOWN_LIVES)
    query = select(ZendeskView.view_id).where(ZendeskView.account == host, (asked < db_now() - COUNT_LIVES) | unknown)
    if view_id is not None:
        query = query.where(ZendeskView.view_id == view_id)
    with snapshot() as tx:
        return list(tx.scalars(query.order_by(asked).limit(COUNTS_A_TIME)))


def note_asked(host: str, view_ids: list[int]) -> None:
    """These counts are being asked for: nobody else needs to for now."""
    with transaction() as tx:
        _update(tx, host, view_ids, asked_at=db_now())


def note_counts(host: str, counts: Mapping[int, ViewCount]) -> None:
    """Keep counts; where Zendesk does not know one at the moment, the old one stays, with its age."""
    with transaction() as tx:
        for view_id, count in counts.items():
            if count.value is not None:
                _update(tx, host, [view_id], count=count.value, count_fresh=count.fresh, counted_at=db_now())


def _update(tx: Connection, host: str, view_ids: list[int], **values: Any) -> None:
    here = (ZendeskView.account == host, ZendeskView.view_id.in_(view_ids))
    tx.execute(update(ZendeskView).where(*here).values(**values))


def _columns(raw: dict[str, Any]) -> dict[str, Any]:
    position = raw.get("position")
    return {
        "title": str(raw.get("title") or f"View {raw['id']}").replace("\0", ""),
        "position": min(position, LARGEST_POSITION) if isinstance(position, int) else LARGEST_POSITION,
        "restriction": raw.get("restriction"),
        "current_user": depends_on_who_asks(raw),
    }


def depends_on_who_asks(raw: dict[str, Any]) -> bool:
    """Whether a condition names the current user, or that user's groups: for us that is the user we act as."""
    conditions = raw.get("conditions") or {}
    listed = [condition for kind in ("all", "any") for condition in conditions.get(kind) or ()]
    values = [value for each in listed for value in _values(each.get("value"))]
    return not DEPENDENT.isdisjoint(values)


def _values(value: Any) -> list[str]:
    """A condition's value is a string nearly always, sometimes a list of them."""
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]
