"""Tag suggestions: of the account, remembered for a minute."""

from __future__ import annotations

import pytest
from flask import Flask

from app.account.cache.tags import LIVES, MOST_REMEMBERED, Memory, suggest
from app.sandbox import World
from app.zendesk import ServerError
from tests.account.clock import Clock
from tests.connected import paths


def test_tags_that_begin_so_are_suggested_whatever_the_case(connected: Flask, world: World) -> None:
    assert suggest("refund") == suggest(" REFUND ")
    assert "refund" in suggest("refund")
    assert len(paths(world, "/autocomplete/tags")) == 1


@pytest.mark.parametrize("prefix", ["", "r", " r "])
def test_less_than_two_characters_cost_no_request(connected: Flask, world: World, prefix: str) -> None:
    assert suggest(prefix) == []
    assert paths(world) == []


def test_trouble_is_passed_on(connected: Flask, world: World) -> None:
    with world.lock:
        world.faults.add("502", path="/autocomplete/*")
    with pytest.raises(ServerError):
        suggest("ref")


def test_suggestions_are_forgotten_after_a_minute_and_belong_to_one_account() -> None:
    clock = Clock()
    memory = Memory(clock)
    memory.keep("acme.zendesk.com", "ref", ["refund"])
    assert memory.recall("acme.zendesk.com", "ref") == ["refund"]
    assert memory.recall("umbrella.zendesk.com", "ref") is None
    clock.now += LIVES
    assert memory.recall("acme.zendesk.com", "ref") is None


def test_the_memory_is_bounded() -> None:
    memory = Memory()
    for number in range(3 * MOST_REMEMBERED):
        memory.keep("acme.zendesk.com", f"tag{number}", [])
    assert len(memory._known) <= MOST_REMEMBERED
