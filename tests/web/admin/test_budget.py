"""The rate budget on pages: gauge and hour on the system page, people's share on a job's, gauges for Prometheus."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask

from app.account.connection.clients import budget
from app.account.connection.gauge import BudgetView, Minute
from app.web.admin.system.budget import HEIGHT, picture
from app.zendesk import Ask, RateHeaders, Reading
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_job, make_user
from tests.pages import PageClient

__all__ = ["config", "stand_in", "world", "zendesk"]
NOW = 1_800_000_000.0


def a_minute(ends: float = NOW, **changes: int) -> Minute:
    return Minute(ends, **({"limit": 400, "jobs": 0, "people": 0, "others": 0, "waits": 0, "refused": 0} | changes))


def a_view(minute: Minute, *hour: Minute) -> BudgetView:
    return BudgetView(minute, left=100, in_flight=0, jobs_waiting=0, stopped=0.0, hour=hour)


def test_a_minute_is_a_bar_of_who_made_its_requests() -> None:
    found = picture(a_view(a_minute(), a_minute(NOW - 120, jobs=100, people=40, others=200)), 0.2)
    assert found is not None
    assert [(block.who, block.y, block.height) for block in found.blocks] == [
        ("others", 50.0, 50.0),
        ("jobs", 25.0, 25.0),
        ("people", 15.0, 10.0),
    ]
    assert {block.x for block in found.blocks} == {570.0}
    assert found.reserve_line == 0.2 * HEIGHT


def test_a_bar_never_leaves_the_picture() -> None:
    found = picture(a_view(a_minute(jobs=300, others=500), a_minute(NOW - 3600, jobs=9)), 0.2)
    assert found is not None
    assert [(block.who, block.x, block.y, block.height) for block in found.blocks] == [("others", 590.0, 0.0, 100.0)]


def test_the_hour_is_told_in_words_too() -> None:
    hour = (a_minute(jobs=1200, limit=2500, waits=1), a_minute(jobs=50, people=3, others=7, waits=4, refused=2))
    assert (found := picture(a_view(a_minute(), *hour), 0.2)) is not None
    assert found.sentence == (
        "In the last hour 1,250 requests by jobs, 3 by people and 7 by other programs; at most 1,200 of 2,500 in a "
        "minute. Ours waited 5 times, and Zendesk refused 2 of them (429)."
    )


def test_the_system_page_shows_the_budget(app: Flask, sign_in: Callable[..., PageClient], redis_url: str) -> None:
    client = sign_in("admin")
    client.get("/admin/system")  # asks Zendesk who we are
    with app.app_context():
        budget().observe(Ask(None, False), RateHeaders(Reading(400, 300, 60.0)))
        old = {"ends": budget().look()["now"] - 50, "limit": 400, "jobs": 90, "people": 2}  # type: ignore[index]
        old |= {"others": 8, "waits": 0, "refused": 0}
        budget()._redis.rpush(budget()._keys[1], json.dumps(old))
    page = client.get("/admin/system").text
    for words in ("75 % of the limit is left to people", "8 by other programs", "90 requests by jobs", "block-jobs"):
        assert words in page


def test_a_jobs_page_tells_the_share_left_to_people(
    app: Flask, sign_in: Callable[..., PageClient], redis_url: str
) -> None:
    with app.app_context():
        job = make_job(make_user("agent"), status="running", total=9, listed_at=1.0)
    client = sign_in("admin")
    assert "share of the limit" not in client.get(f"/jobs/{job.id}").text
    with app.app_context():
        budget().observe(Ask(None, False), RateHeaders(Reading(400, 320, 60.0)))
    assert "Your team's share of the limit: 80 %." in client.get(f"/jobs/{job.id}").text


def test_prometheus_reads_the_budget(app: Flask, client: PageClient, redis_url: str) -> None:
    with app.app_context():
        budget().observe(Ask(None, False), RateHeaders(Reading(400, 320, 60.0)))
    lines = client.get("/metrics").text.splitlines()
    assert 'giga_zendesk_budget_used{by="others"} 80.0' in lines
    assert "giga_zendesk_budget_left 320.0" in lines
