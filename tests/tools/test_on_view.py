"""What pages say of views."""

from __future__ import annotations

import time

import pytest

from app.tools.on_view import count_said
from tests.desk import make_view


@pytest.mark.parametrize(
    ("fresh", "told", "word"),
    [
        (True, 5, "fresh"),  # Zendesk's word: it may be 90 minutes old, and nobody here knows better
        (True, 130, "fresh"),
        (False, 5, "out of date"),
        (True, 750, "over 12 minutes old"),
        (False, 7_300, "over 2 h 01 min old"),
        (False, None, "out of date"),
    ],
)
def test_a_count_is_as_old_as_zendesk_says_not_as_when_it_told_us(fresh: bool, told: int | None, word: str) -> None:
    view = make_view(count_fresh=fresh, counted_at=None if told is None else time.time() - told)
    assert count_said(view).word == word
