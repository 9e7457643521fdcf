"""The two ways of paging a list: cursors and offsets (docs/zendesk.md, Paging)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from .errors import invalid_attribute, invalid_cursor, pagination_depth
from .odd_answers import BARE, BY_OFFSET, CIRCULAR, EMPTY, REPEATING, WHOLE, struck

T = TypeVar("T")
MOST_PER_PAGE = 100
DEEPEST = 10_000
SIZE, AFTER, BEFORE = "page[size]", "page[after]", "page[before]"


def by_cursor(request: Request) -> bool:
    return any(name in request.args for name in (SIZE, AFTER, BEFORE))


def page_of(
    request: Request, rows: Sequence[T], key: Callable[[T], Any], *, began: float | None = None
) -> tuple[list[T], dict[str, Any]]:
    """A page of `rows`, by cursor when asked for, else by offset; and the rest of its envelope.

    The cursor holds the last row's key, so that rows which come and go elsewhere shift nothing.

    :param rows: sorted ascending by `key`, whose values JSON can hold.
    :param began: when the list was begun, for cursors that live so long: see `begun`.
    """
    if struck(request, WHOLE) or struck(request, BARE):
        return whole_list(request, rows)
    if not by_cursor(request) or struck(request, BY_OFFSET):
        return offset_page(request, rows)
    return _keyset(request, rows, key, began)


def begun(request: Request) -> float | None:
    """When the list was begun that the request's cursor goes on in; None without one, or where that is not kept."""
    cursor = request.args.get(AFTER)
    return _decoded(cursor).get("t") if cursor else None


def whole_list(request: Request, rows: Sequence[T]) -> tuple[list[T], dict[str, Any]]:
    """Everything at once, without `meta`, whatever page was asked for: `next_page` is null, or not even there."""
    count = {"next_page": None, "previous_page": None, "count": len(rows)}
    return list(rows), {} if struck(request, BARE) else count


def offset_page(request: Request, rows: Sequence[T]) -> tuple[list[T], dict[str, Any]]:
    """`page` and `per_page`, with `count`, `next_page`, `previous_page`; nothing beyond 10,000 rows."""
    if by_cursor(request) and not struck(request, BY_OFFSET):
        raise invalid_attribute("You passed an invalid value for the page attribute. page must be an integer")
    page, size = _whole(request, "page", 1), min(_whole(request, "per_page", MOST_PER_PAGE), MOST_PER_PAGE)
    start = (page - 1) * size
    if start >= DEEPEST:
        raise pagination_depth()
    more = start + size < len(rows)
    return list(rows[start : start + size]), {
        "next_page": _url(request, page=str(page + 1)) if more else None,
        "previous_page": _url(request, page=str(page - 1)) if page > 1 else None,
        "count": len(rows),
    }


def view_page(request: Request, rows: Sequence[T], sort: str) -> tuple[list[T], dict[str, Any]]:
    """A page by the cursor of a view, which is a sort expression and a plain offset in disguise.

    See docs/zendesk.md, Views.
    """
    size = _size(request)
    before = BEFORE in request.args
    cursor = request.args.get(BEFORE if before else AFTER)
    offset = (_decoded(cursor)["v"] or 0) if cursor else 0
    if not isinstance(offset, int):
        raise invalid_cursor()
    start = max(offset - size, 0) if before else offset
    items = list(rows[start : start + size])
    first = _encoded({"o": sort, "v": start}) if start and items else None
    place = _Place(start, start + len(items), size, len(rows), lambda end: _encoded({"o": sort, "v": end}), cursor)
    return _odd_or_plain(request, rows, items, place, first)


def _keyset(
    request: Request, rows: Sequence[T], key: Callable[[T], Any], began: float | None
) -> tuple[list[T], dict[str, Any]]:
    size = _size(request)
    start, end = 0, size
    try:
        if BEFORE in request.args:
            end = bisect_left(rows, _key_in(request.args[BEFORE]), key=key)
            start = max(end - size, 0)
        elif AFTER in request.args:
            behind = _key_in(request.args[AFTER])
            start = 0 if behind is None else bisect_right(rows, behind, key=key)
            end = start + size
    except TypeError as error:  # a cursor of another list
        raise invalid_cursor() from error
    items = list(rows[start:end])
    first = _encoded({"o": "id", "v": key(items[0])}) if items else None
    more: dict[str, Any] = {} if began is None else {"t": began}
    after: Callable[[int], str] = lambda end: _encoded({"o": "id", "v": key(rows[end - 1]), **more})  # noqa: E731 - a word
    place = _Place(start, start + len(items), size, len(rows), after, request.args.get(AFTER))
    return _odd_or_plain(request, rows, items, place, first)


@dataclass(frozen=True)
class _Place:
    """A page from `start` to `end` of `total` rows; `cursor` writes the one that leads on from behind a row."""

    start: int
    end: int
    size: int
    total: int
    cursor: Callable[[int], str]
    asked: str | None


def _odd_or_plain(
    request: Request, rows: Sequence[T], items: list[T], place: _Place, first: str | None
) -> tuple[list[T], dict[str, Any]]:
    """The page as it is, or as a rule of the sandbox makes it."""
    begun, more = min(place.size, place.total), place.end < place.total
    if rule := struck(request, EMPTY):
        return [], _envelope(request, None, _once_more(place.asked, rule.struck), has_more=True)
    if rule := struck(request, REPEATING):
        return list(rows[:begun]), _envelope(request, first, _once_more(None, rule.struck), has_more=True)
    if struck(request, CIRCULAR) and begun and (place.start >= 2 * place.size or not more):
        return items, _envelope(request, first, place.cursor(begun), has_more=True)
    return items, _envelope(request, first, place.cursor(place.end) if items else None, has_more=more)


def _once_more(cursor: str | None, turn: int) -> str:
    """A cursor to the same place that was never given out before: its further key means nothing."""
    place = _decoded(cursor) if cursor else {"o": "id", "v": None}
    return _encoded({**place, "n": turn})


def _envelope(request: Request, first: str | None, last: str | None, *, has_more: bool) -> dict[str, Any]:
    """The links of a page: `next` is there on the last page, too; only an empty page has none.

    See docs/zendesk.md, Paging.
    """
    return {
        "meta": {"has_more": has_more, "after_cursor": last, "before_cursor": first},
        "links": {
            "prev": _url(request, **{BEFORE: first}) if first else None,
            "next": _url(request, **{AFTER: last}) if last else None,
        },
    }


def _size(request: Request) -> int:
    size = _whole(request, SIZE, MOST_PER_PAGE)
    if size > MOST_PER_PAGE:
        raise invalid_cursor()
    return size


def _whole(request: Request, name: str, default: int) -> int:
    text = request.args.get(name, str(default))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise invalid_attribute(f"You passed an invalid value for the {name} attribute. {name} must be an integer")
    return int(text)


def _url(request: Request, **changes: str) -> str:
    """The request's own address with other paging: foreign parameters and the `.json` suffix stay."""
    turning = {AFTER, BEFORE} if by_cursor(request) else {"page"}
    kept = [(name, value) for name, value in request.args.items(multi=True) if name not in turning]
    address = request.environ.get("sandbox.address", request.base_url)
    return f"{address}?{urlencode([*kept, *changes.items()])}"


def _encoded(cursor: dict[str, Any]) -> str:
    inner = urlsafe_b64encode(json.dumps(cursor["v"]).encode()).decode()
    return urlsafe_b64encode(json.dumps({**cursor, "v": inner}, separators=(",", ":")).encode()).decode()


def _decoded(text: str) -> dict[str, Any]:
    try:
        cursor = json.loads(urlsafe_b64decode(text))
        return {**cursor, "v": json.loads(urlsafe_b64decode(cursor["v"]))}
    except (ValueError, TypeError, KeyError) as error:
        raise invalid_cursor() from error


def _key_in(text: str) -> Any:
    value = _decoded(text)["v"]
    return tuple(value) if isinstance(value, list) else value
