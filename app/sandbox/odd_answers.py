"""Answers that are odd and yet answers, as real accounts gave them: lists, cursors, records, dropped keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from werkzeug.wrappers import Request, Response

if TYPE_CHECKING:
    from .rules import Rule

ENVIRON = "sandbox.odd"
DROPS_KEYS = "drops-keys"
WHOLE, BARE, BY_OFFSET = "whole-lists", "bare-lists", "offset-lists"
CIRCULAR, EMPTY, REPEATING = "circular-cursors", "empty-pages", "repeating-pages"
KINDS = {
    DROPS_KEYS: "Drops keys from a write that it otherwise takes; only X-Zendesk-API-Warn says so.",
    WHOLE: "A list comes whole, without meta, with next_page null.",
    BARE: "A list comes whole and without anything around it.",
    BY_OFFSET: "A list knows no cursors and comes in offset pages, whatever was asked for.",
    CIRCULAR: "From the third page on, and from the last, the cursor leads back to the second.",
    EMPTY: "A page is empty and says that there is more; its cursor leads on from where it was.",
    REPEATING: "The first page comes again and again, each time with a cursor that is new.",
    "malformed-views": "Restriction, conditions or execution of views are of another shape than Zendesk describes.",
    "odd-ids": "The first record of an answer bears its id as text, as a float, or as what is no id.",
    "lone-surrogates": "Half a character stands in the first text of the first record of an answer.",
}
"""Every kind, with a sentence for people."""

IDS: tuple[Callable[[Any], Any], ...] = (
    str,
    lambda number: f"{number}.0",
    float,
    lambda number: 2**70,
    lambda number: None,
    lambda number: {"id": number},
)
"""What an id becomes, one after the other."""

TEXTS = ("raw_subject", "subject", "raw_title", "title", "raw_name", "name", "body", "description")
HALF = "\ud83d"
SHAPES: tuple[dict[str, Any], ...] = (
    {"restriction": "Group", "conditions": None},
    {"restriction": ["Group", 1], "conditions": {"all": "status", "any": None}},
    {"restriction": {"type": 7, "id": "x", "ids": "1"}, "conditions": [{"field": "status"}]},
    {"restriction": 0, "conditions": {"all": [None, 7, {"field": ["status"], "operator": {}, "value": {"a": []}}]}},
    {"restriction": {"type": "Brand", "id": None}, "execution": None},
    {"restriction": {}, "execution": {"columns": "id", "sort": [], "group": 7}, "position": "first"},
)


def struck(request: Request, kind: str) -> Rule | None:
    """The rule of this kind that makes the answer to this request odd."""
    return request.environ.get(ENVIRON, {}).get(kind)


def distorted(response: Response, odd: dict[str, Rule]) -> Response:
    """The answer with its records made odd; it stays JSON."""
    wanted = [(DISTORTIONS[kind], rule) for kind, rule in odd.items() if kind in DISTORTIONS]
    if not wanted or not response.is_json:
        return response
    body = json.loads(response.get_data())
    for change, rule in wanted:
        change(body, rule.struck - 1)
    response.set_data(json.dumps(body))  # in ASCII, or half a character could not be sent
    return response


def _records(body: dict[str, Any]) -> list[dict[str, Any]]:
    """The records of a list, or the only one."""
    lists = [value for value in body.values() if isinstance(value, list)]
    found = lists[0] if lists else list(body.values())
    return [each for each in found if isinstance(each, dict) and each]


def _with_odd_id(body: dict[str, Any], turn: int) -> None:
    for record in _records(body)[:1]:
        record["id"] = IDS[turn % len(IDS)](record.get("id"))


def _with_half_a_character(body: dict[str, Any], turn: int) -> None:
    for record in _records(body)[:1]:
        for name in [name for name in TEXTS if isinstance(record.get(name), str)]:
            record[name] = f"{record[name][:3]}{HALF}{record[name][3:]}"


def _with_malformed_views(body: dict[str, Any], turn: int) -> None:
    for number, view in enumerate(_records(body)):
        if "conditions" in view:
            view.update(SHAPES[(turn + number) % len(SHAPES)])


DISTORTIONS: dict[str, Callable[[dict[str, Any], int], None]] = {
    "malformed-views": _with_malformed_views,
    "odd-ids": _with_odd_id,
    "lone-surrogates": _with_half_a_character,
}
