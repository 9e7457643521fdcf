"""The table of views: the last list and the last counts, per account, for all processes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from app.account.budget import turns
from app.account.cache.models import ZendeskView
from app.database import db_now, read_transaction, transaction
from app.zendesk import UNREADABLE, ViewCount

LIST = "views"
LIST_LIVES = 60.0
COUNT_LIVES = 120.0
UNKNOWN_LIVES = 5.0  # Zendesk is computing a count, which took it 5 s where it was recorded (docs/zendesk.md, Views)
COUNTS_A_TIME = 20  # Zendesk's own limit (docs/zendesk.md, Rate limits)
DEPENDENT = frozenset({"current_user", "current_groups"})
MOST_NAMED = 3
LARGEST_POSITION = 2**31 - 1


@dataclass(frozen=True)
class View:
    """A view as people choose it.

    `count` is None where Zendesk does not know it yet. Else it is as old as `counted_at` at least: that is when we were
    told, unless Zendesk said when it counted; `count_fresh` is its own opinion of it then.
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
    with read_transaction() as tx:
        rows = tx.execute(query.order_by(*order)).all()
    return [View(*row[:-1], row.restriction is not None, row.restriction) for row in rows]


def replace(host: str, listed: Sequence[dict[str, Any]], cut: str | None = None) -> None:
    """Take over a complete list; counts that are known already stay.

    :param cut: why the list is not complete, as a clause.
    """
    rows = {raw["id"]: _columns(raw) for raw in listed if type(raw.get("id")) is int}
    here = ZendeskView.account == host
    with transaction() as tx:
        turns.done(tx, host, LIST, LIST_LIVES, said=_said(listed, cut))
        known = set(tx.scalars(select(ZendeskView.view_id).where(here)))
        tx.execute(delete(ZendeskView).where(here, ZendeskView.view_id.in_(known - rows.keys())))
        for view_id in known & rows.keys():
            tx.execute(update(ZendeskView).where(here, ZendeskView.view_id == view_id).values(**rows[view_id]))
        new = [{"account": host, "view_id": view_id, **rows[view_id]} for view_id in rows.keys() - known]
        if new:
            tx.execute(insert(ZendeskView), new)


def said(host: str) -> str | None:
    """What a person has to know of the list beyond what it holds: it was cut off, or views could not be read."""
    return turns.said(host, LIST)


def _said(listed: Sequence[dict[str, Any]], cut: str | None) -> str | None:
    named = [raw for raw in listed if type(raw.get("id")) is int]
    nameless = [_title(raw) for raw in listed if type(raw.get("id")) is not int]
    closed = [_title(raw) for raw in named if (raw.get("restriction") or {}).get("type") == UNREADABLE]
    parts = [
        f"The list of views was cut off: {cut}. The first {len(named):,} are here." if cut else "",
        f"Not listed, for Zendesk gave no number for them that can be read: {_some(nameless)}." if nameless else "",
        f"Only for admins in Zendesk, for who may use them cannot be read: {_some(closed)}." if closed else "",
    ]
    return " ".join(part for part in parts if part) or None


def _some(titles: Sequence[str]) -> str:
    more = len(titles) - MOST_NAMED
    return ", ".join(f"“{title[:80]}”" for title in titles[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


def _title(raw: dict[str, Any]) -> str:
    return str(raw.get("title") or f"View {raw.get('id')}").replace("\0", "")


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
    with read_transaction() as tx:
        return list(tx.scalars(query.order_by(asked).limit(COUNTS_A_TIME)))


def note_asked(host: str, view_ids: list[int]) -> None:
    """These counts are being asked for: no other process needs to for now."""
    with transaction() as tx:
        _update(tx, host, view_ids, asked_at=db_now())


def note_counts(host: str, counts: Mapping[int, ViewCount]) -> None:
    """Keep counts; where Zendesk does not know one at the moment, the old one stays, with its age."""
    with transaction() as tx:
        for view_id, count in counts.items():
            if count.value is not None:
                _update(
                    tx,
                    host,
                    [view_id],
                    count=count.value,
                    count_fresh=count.fresh,
                    counted_at=count.refreshed_at or db_now(),
                )


def _update(tx: Connection, host: str, view_ids: list[int], **values: Any) -> None:
    here = (ZendeskView.account == host, ZendeskView.view_id.in_(view_ids))
    tx.execute(update(ZendeskView).where(*here).values(**values))


def _columns(raw: dict[str, Any]) -> dict[str, Any]:
    position = raw.get("position")
    return {
        "title": _title(raw),
        "position": max(0, min(position, LARGEST_POSITION)) if isinstance(position, int) else LARGEST_POSITION,
        "restriction": raw.get("restriction"),
        "current_user": depends_on_who_asks(raw),
    }


def depends_on_who_asks(raw: dict[str, Any]) -> bool:
    """Whether a condition names the current user, or that user's groups: for us that is the user we act as.

    Conditions that cannot be read may.
    """
    conditions = raw.get("conditions")
    if conditions is None:
        return False
    if not isinstance(conditions, dict):
        return True
    listed = [each for kind in ("all", "any") for each in _listed(conditions.get(kind))]
    if not all(isinstance(each, dict) for each in listed):
        return True
    values = [value for each in listed for value in _listed(each.get("value"))]
    return any(isinstance(value, dict | list) or value in DEPENDENT for value in values)


def _listed(value: Any) -> list[Any]:
    """What is a list nearly always, or nothing, or the only one of it: a condition's value is a string as a rule."""
    return value if isinstance(value, list) else [] if value is None else [value]
