"""Rate limits read from the headers of every generation."""

import pytest

from app.zendesk.limits import LONGEST_RETRY_AFTER, Reading, read_date, read_limits, read_retry_after


@pytest.mark.parametrize(
    ("headers", "account"),
    [
        ({"X-Rate-Limit": "700", "X-Rate-Limit-Remaining": "699"}, Reading(700, 699)),
        ({"rate-limit": "400", "rate-limit-remaining": "12", "rate-limit-reset": "9"}, Reading(400, 12, 9.0)),
        ({"RateLimit-Limit": "400", "RateLimit-Remaining": "0", "RateLimit-Reset": "41"}, Reading(400, 0, 41.0)),
        ({"X-RATE-LIMIT": "200", "x-rate-limit-remaining": "3", "ratelimit-reset": "5"}, Reading(200, 3, 5.0)),
        ({"x-rate-limit": "many", "x-rate-limit-remaining": "3"}, None),
        ({"x-rate-limit": "-700", "x-rate-limit-remaining": "3"}, None),
        ({"x-rate-limit": "700"}, None),
        ({}, None),
    ],
)
def test_account_limit_of_each_generation(headers: dict[str, str], account: Reading | None):
    assert read_limits(headers).account == account


def test_newest_generation_wins_where_several_are_sent():
    headers = {"X-Rate-Limit": "1", "X-Rate-Limit-Remaining": "1", "ratelimit-limit": "9", "ratelimit-remaining": "8"}
    assert read_limits(headers).account == Reading(9, 8)


@pytest.mark.parametrize("prefix", ["zendesk-ratelimit-", "zendesk-rate-limit-", "Zendesk-RateLimit-"])
def test_endpoint_buckets_in_both_spellings(prefix: str):
    limits = read_limits({f"{prefix}tickets-index": "total=100; remaining=99; resets=43"})
    assert limits.endpoints == {"tickets-index": Reading(100, 99, 43.0)}


@pytest.mark.parametrize("value", ["", "total=100", "remaining=1; resets=2", "total=x; remaining=y; resets=z"])
def test_garbled_endpoint_bucket_is_left_out(value: str):
    assert read_limits({"zendesk-ratelimit-tickets-index": value}).endpoints == {}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("10", 10.0),
        (" 93 ", 93.0),
        ("0", 1.0),
        ("0.2", 1.0),
        ("1.5", 1.5),
        ("99999999", LONGEST_RETRY_AFTER),
        ("soon", None),
        ("-1", None),
        ("nan", None),
        ("", None),
        ("Wed, 01 Jan 2025 00:01:00 GMT", 60.0),
        ("Tue, 31 Dec 2024 23:00:00 GMT", 1.0),
    ],
)
def test_retry_after_in_seconds_or_as_a_date(value: str, seconds: float | None):
    headers = {"retry-after": value, "date": "Wed, 01 Jan 2025 00:00:00 GMT"}
    assert read_retry_after(headers) == seconds


def test_retry_after_as_a_date_needs_the_servers_own_date():
    assert read_retry_after({"retry-after": "Wed, 01 Jan 2025 00:01:00 GMT"}) is None


def test_date_is_seconds_since_the_epoch():
    assert read_date("Thu, 01 Jan 1970 00:02:00 GMT") == 120.0
    assert read_date("yesterday") is None
    assert read_date(None) is None
