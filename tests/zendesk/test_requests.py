"""How a request is carried through: rate limit, waits, attempts, what is logged."""

import logging
import threading
import tomllib
from pathlib import Path

import pytest

from app.zendesk import Endless, LocalBudget, NetworkError, RateLimited, ServerError, TooManyJobs
from app.zendesk.program import PRODUCT
from tests.zendesk.factories import BRISK, Clock, a_client
from tests.zendesk.wire import Received, Script, Wire, reply, reset, silence

ME = {"user": {"id": 1}}
QUEUED = {"job_status": {"id": "V3-1", "status": "queued"}}
SPENT = {"ratelimit-limit": "100", "ratelimit-remaining": "0", "ratelimit-reset": "9"}
PLENTY = {"ratelimit-limit": "100", "ratelimit-remaining": "90", "ratelimit-reset": "9"}


def limited(seconds: int, headers: dict[str, str] | None = None) -> bytes:
    return reply(text="slow down", status=429, headers={"Retry-After": str(seconds)} | (headers or {}))


def test_a_read_waits_as_long_as_zendesk_asks_and_goes_on():
    clock = Clock()
    with Wire(limited(4), reply(ME)) as wire:
        a_client(wire.url, clock).me()
        assert sum(clock.slept) == 4
        assert len(wire.received) == 2


def test_a_wait_beyond_the_longest_is_the_callers():
    clock = Clock()
    with Wire(limited(30)) as wire:
        with pytest.raises(RateLimited) as caught:
            a_client(wire.url, clock, max_wait=10).me()
        assert caught.value.retry_after == 30
        assert clock.slept == []
        assert len(wire.received) == 1


def test_waits_add_up_to_no_more_than_the_longest():
    clock = Clock()
    with Wire(limited(6), limited(6), reply(ME)) as wire:
        with pytest.raises(RateLimited):
            a_client(wire.url, clock, max_wait=10).me()
        assert sum(clock.slept) == 6


def test_waits_for_the_budget_and_for_zendesk_add_up_too():
    clock = Clock()
    budget = LocalBudget(clock=clock.now)
    budget.block(None, 6.0)
    with Wire(limited(6), reply(ME)) as wire:
        with pytest.raises(RateLimited):
            a_client(wire.url, clock, budget=budget, max_wait=10).me()
        assert sum(clock.slept) == 6


def test_a_limited_write_is_not_repeated_by_the_client():
    with Wire(limited(0), reply(QUEUED)) as wire:
        with pytest.raises(RateLimited) as caught:
            a_client(wire.url).update_tickets([1], {})
        assert caught.value.maybe_applied is False
        assert len(wire.received) == 1


def test_no_request_goes_into_a_bucket_whose_retry_after_is_running():
    clock = Clock()
    with Wire(limited(30, PLENTY), reply(ME), reply({"view": {"id": 8}})) as wire:
        client = a_client(wire.url, clock)
        with pytest.raises(RateLimited):
            client.view(7)
        client.me()
        with pytest.raises(RateLimited):
            client.view(8)
        assert len(wire.received) == 2
        clock.time += 30
        assert client.view(8) == {"id": 8}


def test_no_request_goes_at_all_while_the_accounts_retry_after_is_running():
    with Wire(limited(30, SPENT)) as wire:
        client = a_client(wire.url)
        with pytest.raises(RateLimited):
            client.view(7)
        with pytest.raises(RateLimited):
            client.for_person().me()
        assert len(wire.received) == 1


def test_each_view_has_its_own_limit_on_counts():
    count = reply({"view_count": {"view_id": 8, "value": 3, "fresh": True}})
    with Wire(limited(30, PLENTY), count) as wire:
        client = a_client(wire.url)
        with pytest.raises(RateLimited):
            client.view_count(7)
        assert client.view_count(8).value == 3


def test_background_work_leaves_the_reserve_to_people():
    low = {"X-Rate-Limit": "100", "X-Rate-Limit-Remaining": "20"}
    with Wire(reply(ME, headers=low), reply(ME)) as wire:
        client = a_client(wire.url)
        client.me()
        with pytest.raises(RateLimited):
            client.me()
        assert client.for_person().me() == {"id": 1}
        assert len(wire.received) == 2


def test_a_503_with_retry_after_is_waited_for_and_stops_its_own_bucket():
    clock = Clock()
    down = reply(text="<html>", status=503, headers={"Retry-After": "60"})
    with Wire(down, reply(ME)) as wire:
        client = a_client(wire.url, clock)
        with pytest.raises(ServerError) as caught:
            client.view(1)
        assert caught.value.retry_after == 60
        with pytest.raises(RateLimited):
            client.view(2)
        assert client.me() == {"id": 1}
        assert clock.slept == []


def test_too_many_jobs_stops_writing_for_as_long_as_it_says():
    full = reply({"error": "TooManyJobs", "current_job_ids": []}, 429, {"Retry-After": "5"})
    with Wire(full, reply({"job_status": {"id": "V3-1", "status": "working"}})) as wire:
        client = a_client(wire.url)
        with pytest.raises(TooManyJobs) as caught:
            client.update_tickets([1], {})
        assert caught.value.retry_after == 5
        with pytest.raises(RateLimited):
            client.update_tickets([1], {})
        assert client.zendesk_job("V3-1").status == "working"
        assert len(wire.received) == 2


def test_a_failing_read_is_tried_three_times_with_growing_pauses():
    clock = Clock()
    broken = reply(text="<html>", status=500)
    with Wire(broken, broken, broken, reply(ME)) as wire:
        with pytest.raises(ServerError):
            a_client(wire.url, clock).me()
        assert clock.slept == [0.5, 1.0]
        assert len(wire.received) == 3


def test_a_person_waits_less():
    clock = Clock()
    broken = reply(text="<html>", status=500)
    with Wire(broken, broken, reply(ME)) as wire:
        with pytest.raises(ServerError):
            a_client(wire.url, clock).for_person(max_wait=1.0).me()
        assert sum(clock.slept) <= 1.0
        assert len(wire.received) == 2


def test_a_brisk_client_tries_again_after_a_quick_failure_and_not_after_a_slow_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("app.zendesk.core.LONG_SECONDS", 0.1)
    with Wire(reset, silence, reply({"user": {"id": 1}})) as wire:
        with pytest.raises(NetworkError, match="TimeoutError"):
            a_client(wire.url, timeouts=BRISK).brisk().me()
        assert len(wire.received) == 2


def test_a_write_waits_for_the_budget_only_as_long_as_its_lease_allows():
    clock = Clock()
    budget = LocalBudget(clock=clock.now)
    with Wire(reply(QUEUED)) as wire:
        client = a_client(wire.url, clock, budget=budget, max_wait=10)
        budget.block(None, 2.0)
        with pytest.raises(RateLimited) as caught:
            client.update_tickets([1], {})
        assert caught.value.maybe_applied is False
        clock.time += 1.0
        assert client.update_tickets([1], {}).id == "V3-1"
        assert clock.slept == [1.0]


def test_pages_stop_on_has_more_though_the_last_page_names_another():
    pages = [
        {"views": [{"id": 1}], "meta": {"has_more": True, "after_cursor": "a"}, "links": {"next": "http://evil/"}},
        {"views": [{"id": 2}], "meta": {"has_more": False, "after_cursor": "b"}, "links": {"next": "http://evil/"}},
    ]
    with Wire(*map(reply, pages)) as wire:
        assert [view["id"] for view in a_client(wire.url).views()] == [1, 2]
        assert [request.query.get("page[after]") for request in wire.received] == [None, "a"]
        assert {request.query["page[size]"] for request in wire.received} == {"100"}
        assert {request.query["active"] for request in wire.received} == {"true"}


def test_pages_that_turn_in_a_circle_are_an_error():
    def respond(request: Received) -> Script:
        after = {"a": "b", "b": "a"}.get(request.query.get("page[after]", "b"), "a")
        return reply({"views": [], "meta": {"has_more": True, "after_cursor": after}})

    with Wire(responder=respond) as wire, pytest.raises(Endless, match="circles"):
        list(a_client(wire.url).views())
    assert len(wire.received) == 3


def test_the_user_agent_names_product_and_job():
    with Wire(responder=lambda _: reply(ME)) as wire:
        client = a_client(wire.url)
        client.for_job(214).me()
        client.me()
        a_client(wire.url, job=7).for_person().me()
        agents = [request.headers["user-agent"] for request in wire.received]
        assert agents == [f"{PRODUCT} (+job 214)", PRODUCT, f"{PRODUCT} (+job 7)"]


def test_the_user_agents_version_is_the_products():
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert f"ZendeskGigaTools/{project['version']}" == PRODUCT


def test_what_zendesk_ignored_is_logged_and_can_be_read(caplog: pytest.LogCaptureFixture):
    said = '{:unpermitted_keys=>["ticket.id"], :invalid_values=>[]}'
    with Wire(reply(QUEUED, headers={"X-Zendesk-API-Warn": said, "X-Request-Id": "808d-SEA"})) as wire:
        job = a_client(wire.url).update_tickets([1], {})
    assert job.warning == said
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(warnings) == 1
    assert "ticket.id" in warnings[0]
    assert "PUT /tickets/update_many" in warnings[0]
    assert "808d-SEA" in warnings[0]


def test_each_request_is_logged_without_query_and_body(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG, logger="app.zendesk")
    with Wire(reply({"tags": ["vip"]}, headers=PLENTY | {"X-Request-Id": "808d"})) as wire:
        a_client(wire.url).autocomplete_tags("jones")
    lines = [record.getMessage() for record in caplog.records if record.name == "app.zendesk"]
    assert len(lines) == 1
    assert lines[0].startswith("GET /autocomplete/tags 200 in ")
    assert "808d" in lines[0]
    assert "90" in lines[0]
    assert "jones" not in lines[0]


def test_ten_threads_share_a_pool_and_get_their_own_answers():
    def respond(request: Received) -> Script:
        number = int(request.path.rsplit("/", 1)[1])
        return reply({"view": {"id": number}})

    answers: dict[int, list[int]] = {}
    with Wire(responder=respond) as wire:
        client = a_client(wire.url)

        def ask(thread: int) -> None:
            numbers = range(thread * 100 + 1, thread * 100 + 31)  # 0 is no id of Zendesk's
            answers[thread] = [client.for_job(thread).view(number)["id"] - number for number in numbers]

        threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {thread: [0] * 30 for thread in range(10)}
        assert wire.connections <= 10
        assert len(wire.received) == 300
