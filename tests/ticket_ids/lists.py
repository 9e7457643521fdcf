"""Lists as people paste and upload them, and what is read from them."""

from __future__ import annotations

import io

import pytest

from app.ticket_ids.reading import TicketIds, read, read_text
from app.ticket_ids.rejected import NoList
from app.tools.tag_manager.own import own_tags

ACME = "acme.zendesk.com"
SANDBOX = "127.0.0.1:5001"
HOSTS = frozenset({ACME, SANDBOX})
MOST = 50_000


def read_list(given: str | bytes, most: int = MOST) -> TicketIds:
    """What is read from a pasted text, or from the bytes of a file."""
    if isinstance(given, str):
        return read_text(given, HOSTS, most, own_tags)
    return read(io.BytesIO(given), HOSTS, most, own_tags)


def ids(given: str | bytes) -> list[int]:
    """The tickets of a list of which nothing is rejected."""
    found = read_list(given)
    assert [one.shape() for one in found.rejected] == []
    return list(found.tickets)


def rejected(given: str | bytes) -> list[tuple[int, str, str]]:
    """What is rejected of a list: line, value, why."""
    return [(one.row, one.value, one.why) for one in read_list(given).rejected]


def refusal(given: str | bytes, most: int = MOST) -> str:
    """The sentence with which the whole of it is refused."""
    with pytest.raises(NoList) as caught:
        read_list(given, most)
    return str(caught.value)
