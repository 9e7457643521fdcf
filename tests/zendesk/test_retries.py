"""Whether, and when, a read is sent again."""

import pytest

from app.zendesk import (
    Conflict,
    Forbidden,
    Invalid,
    NetworkError,
    NotFound,
    RateLimited,
    ServerError,
    TooManyJobs,
    Unauthorized,
    Unreadable,
    ZendeskError,
)
from app.zendesk.retries import LONGEST_SECONDS, ceiling, delay, full_jitter, should_retry

PASSING = [RateLimited("x", retry_after=1), ServerError("x"), NetworkError("x"), Unreadable("x")]
LASTING = [Conflict("x"), Forbidden("x"), Invalid("x"), NotFound("x"), TooManyJobs("x"), Unauthorized("x")]


@pytest.mark.parametrize("error", PASSING, ids=lambda error: type(error).__name__)
def test_a_read_is_repeated_after_a_passing_failure_and_a_write_never(error: ZendeskError):
    assert should_retry(error, attempt=1, attempts=3, safe=True)
    assert not should_retry(error, attempt=3, attempts=3, safe=True)
    assert not should_retry(error, attempt=1, attempts=3, safe=False)


@pytest.mark.parametrize("error", LASTING, ids=lambda error: type(error).__name__)
def test_nothing_is_repeated_after_a_lasting_failure(error: ZendeskError):
    assert not should_retry(error, attempt=1, attempts=3, safe=True)


def test_what_zendesk_asks_for_comes_before_back_off():
    assert delay(RateLimited("x", retry_after=7.0), 1, lambda: 1.0) == 7.0
    assert delay(ServerError("x", retry_after=0.0), 1, lambda: 1.0) == 0.0


def test_back_off_doubles_up_to_a_limit():
    assert [delay(ServerError("x"), attempt, lambda: 1.0) for attempt in (1, 2, 3)] == [0.5, 1.0, 2.0]
    assert ceiling(30) == LONGEST_SECONDS


def test_jitter_is_full():
    assert full_jitter(8.0, lambda: 0.0) == 0.0
    assert full_jitter(8.0, lambda: 0.5) == 4.0
