"""Names for the ids in macros, read in few requests: only of the kinds that occur, ten requests at most."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from app import numbers
from app.zendesk import Client, RateLimited, Unauthorized, ZendeskError, gathered

log = logging.getLogger(__name__)

PAGE = 100
MOST_FIELD_PAGES = 3
MOST_GROUP_PAGES = 2
MOST_REQUESTS = 10
PEOPLE = frozenset({"assignee_id", "follower", "cc"})

Names = dict[str, Any]
"""By kind ("group", "user", "field", "brand", "form", "status"): `{"complete": bool, "by_id": {"17": {"name": …}}}`.

`complete`: an id that is not in it does not exist in the account. A person has `email`, and `end_user` who is no agent;
`inactive` says that a person or an object is switched off; a field has its `type`, and `options` from value to name; a
custom status its `category`; one brand and one form are `default`.
A kind that is absent could not be read.
"""


def read_names(
    client: Client, macros: list[dict[str, Any]], ticket_fields: list[dict[str, Any]] | None = None
) -> Names:
    """The names that these macros need, in at most ten requests; `ticket_fields` are not asked for when given.

    :raises RateLimited, Unauthorized: other errors only leave a kind without names, which some plans do not have.
    """
    fields = [(str(action.get("field")), action.get("value")) for macro in macros for action in _actions(macro)]
    used = {name for name, _ in fields}
    owners = Counter(_owners(macros, "User"))
    names: Names = {}
    spent = 0
    if ticket_fields is not None:
        names["field"], _ = _kind(lambda: ticket_fields, len(ticket_fields) + 1, _field)
    elif any(name.startswith("custom_fields_") for name in used) or any("ticket_field_" in str(v) for _, v in fields):
        names["field"], cost = _kind(client.ticket_fields, MOST_FIELD_PAGES, _field)
        spent += cost
    if "group_id" in used or any(_owners(macros, "Group")):
        names["group"], cost = _kind(client.groups, MOST_GROUP_PAGES, _named)
        spent += cost
    small: tuple[tuple[str, str, Callable[[], Iterable[dict[str, Any]]]], ...] = (
        ("brand_id", "brand", client.brands),
        ("ticket_form_id", "form", client.ticket_forms),
        ("custom_status_id", "status", client.custom_statuses),
    )
    for field, kind, read in small:
        if field in used:
            names[kind], cost = _kind(read, 1, _named)
            spent += cost
    people = Counter(number for name, value in fields if name in PEOPLE for number in _ids(value))
    wanted = [*[each for each, _ in people.most_common()], *[each for each, _ in owners.most_common()]]
    names["user"] = _people(client, list(dict.fromkeys(wanted)), MOST_REQUESTS - spent)
    return {kind: found for kind, found in names.items() if found is not None}


def _kind(
    read: Callable[[], Iterable[dict[str, Any]]], pages: int, shown: Callable[[dict[str, Any]], dict[str, Any]]
) -> tuple[Names | None, int]:
    """A kind of names, and what it cost in requests."""
    try:
        found, cut = gathered(islice(read(), pages * PAGE))
    except ZendeskError as error:
        _raise_if_it_passes(error)
        log.info("names in macros stay ids: %s", error)
        return None, pages
    by_id = {str(each["id"]): shown(each) for each in found if each.get("id") is not None}
    cost = max(1, -(-len(found) // PAGE))
    return {"complete": cut is None and len(found) < pages * PAGE, "by_id": by_id}, cost


def _people(client: Client, ids: list[int], requests: int) -> Names | None:
    """Those whose ids are given, the first ones when there are too many; absent ones among `asked` do not exist."""
    asked = ids[: requests * PAGE]
    try:
        found = client.users(asked) if asked else []
    except ZendeskError as error:
        _raise_if_it_passes(error)
        log.info("agents in macros stay ids: %s", error)
        return None
    by_id = {str(user["id"]): _person(user) for user in found if user.get("id") is not None}
    return {"complete": len(asked) == len(ids), "by_id": by_id}


def _raise_if_it_passes(error: ZendeskError) -> None:
    """Names are worth a wait for the account's rate limit; for nothing else, nor for a limit of this list alone."""
    if isinstance(error, Unauthorized) or (isinstance(error, RateLimited) and error.bucket is None):
        raise error


def _named(each: dict[str, Any]) -> dict[str, Any]:
    name = each.get("name") or each.get("agent_label") or ""
    gone = each.get("active") is False or each.get("deleted") is True or each.get("is_deleted") is True
    host = next((part for part in (each.get("host_mapping"), each.get("brand_url")) if isinstance(part, str)), None)
    category = each.get("status_category")
    return {
        "name": str(name),
        **({"inactive": True} if gone else {}),
        **({"host": host} if host else {}),
        **({"category": str(category)} if category else {}),
        **({"default": True} if each.get("default") is True else {}),
    }


def _person(user: dict[str, Any]) -> dict[str, Any]:
    gone = user.get("active") is False or user.get("suspended") is True
    return {
        "name": str(user.get("name") or ""),
        "email": str(user.get("email") or ""),
        **({"inactive": True} if gone else {}),
        **({"end_user": True} if user.get("role") == "end-user" else {}),
    }


def _field(field: dict[str, Any]) -> dict[str, Any]:
    given = field.get("custom_field_options")
    listed = given if isinstance(given, list) else ()
    options = {
        str(option.get("value")): str(option.get("name") or option.get("value"))
        for option in listed
        if isinstance(option, dict)
    }
    gone = {"inactive": True} if field.get("active") is False else {}
    kind = {"type": str(field["type"])} if field.get("type") else {}
    return {"name": str(field.get("title") or ""), **kind, "options": options, **gone}


def _actions(macro: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (action for action in macro.get("actions") or () if isinstance(action, dict))


def _owners(macros: list[dict[str, Any]], kind: str) -> Iterator[int]:
    for macro in macros:
        restriction = macro.get("restriction") or {}
        if restriction.get("type") == kind:
            yield from _ids([restriction.get("id"), *(restriction.get("ids") or ())])


def _ids(value: Any) -> Iterator[int]:
    """The ids in an action's value, which is a string nearly always."""
    for each in value if isinstance(value, list) else [value]:
        number = numbers.zendesk_id(each)
        if number is not None:
            yield number
