"""What can be done without is tried once, quickly, and its absence is said in a sentence."""

import pytest

from app.account.connection.optional import optional
from tests.zendesk.factories import Clock, a_client
from tests.zendesk.wire import Script, Wire, reply, reset

FIELDS = {"ticket_fields": [{"id": 1}], "meta": {"has_more": False}}
FORBIDDEN = reply({"error": {"title": "Forbidden", "message": "You do not have access to this page."}}, 403)


def test_what_can_be_read_is_there():
    with Wire(reply(FIELDS)) as wire:
        part = optional(a_client(wire.url), lambda zendesk: list(zendesk.ticket_fields()), [], "The ticket fields")
    assert (part.value, part.missing) == ([{"id": 1}], None)


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (FORBIDDEN, "forbids"),
        (reply({"error": "Couldn't authenticate you"}, 401), "credentials"),
        (reply(text="busy", status=503), "trouble of its own"),
        (reply(text="<h1>not JSON</h1>"), "no usable answer"),
        (reply(text="slow down", status=429, headers={"Retry-After": "600"}), "rate limit"),
        (reset, "does not answer"),
    ],
)
def test_whatever_the_trouble_only_this_part_is_missing_and_nobody_waits(script: Script, why: str):
    clock = Clock()
    with Wire(script) as wire:
        part = optional(a_client(wire.url, clock), lambda zendesk: list(zendesk.ticket_fields()), [], "The fields")
        assert len(wire.received) == 1
    assert part.value == []
    assert part.missing is not None
    assert part.missing.startswith("The fields could not be read: ")
    assert why in part.missing
    assert clock.slept == []
