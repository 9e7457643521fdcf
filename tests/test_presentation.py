"""Numbers, times and durations as people read them."""

from __future__ import annotations

import time

import pytest

from app import presentation


def test_counts_have_thousands_separators_and_their_noun() -> None:
    assert presentation.number(3180) == "3,180"
    assert presentation.plural(1, "ticket") == "1 ticket"
    assert presentation.plural(50_000, "ticket") == "50,000 tickets"
    assert presentation.plural(2, "ticket is", "tickets are") == "2 tickets are"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "1 second"),
        (40, "40 seconds"),
        (91, "2 minutes"),
        (360, "6 minutes"),
        (3_599, "60 minutes"),
        (3_600, "1 h 00 min"),
        (7_500, "2 h 05 min"),
        (2 * 86_400, "2 days"),
    ],
)
def test_durations_are_as_exact_as_a_person_would_be(seconds: float, words: str) -> None:
    assert presentation.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "just now"), (750, "12 min old"), (7_300, "2 h old"), (200_000, "2 days old")],
)
def test_ages_are_said_in_their_largest_unit(monkeypatch: pytest.MonkeyPatch, seconds: int, words: str) -> None:
    monkeypatch.setattr(time, "time", lambda: 1_000_000.0)
    assert presentation.age(1_000_000.0 - seconds) == words


def test_a_moment_is_machine_readable_and_bears_utc() -> None:
    assert presentation.moment(1_795_485_997.6) == (
        '<time datetime="2026-11-24T02:06:37Z" title="2026-11-24 02:06:37 UTC" data-shown="moment">'
        "24 Nov 2026, 02:06 UTC</time>"
    )
    assert "02:06:37 UTC</time>" in presentation.moment(1_795_485_997.6, "clock")


def test_no_moment_is_a_dash() -> None:
    assert presentation.moment(None) == "\N{EN DASH}"
