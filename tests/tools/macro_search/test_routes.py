"""Search Macros from the browser and from scripts, against the stand-in on a real port."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.account.budget import turns
from app.account.cache import macros
from app.audit.models import AuditEntry
from app.extensions import db
from app.sandbox import SandboxConfig, World, create_sandbox
from app.sandbox.macros import Macro
from config import Config, ZendeskConfig
from tests.macros.library import big_library
from tests.pages import PageClient
from tests.sandbox_server import serve
from tests.web.api.contract import Caller

PAGE = "/tools/macro-search"
SANDBOX = SandboxConfig(tickets=40, job_seconds=0.0, rate_limit=100_000)
SignIn = Callable[..., PageClient]


@pytest.fixture
def stand_in() -> Flask:
    return create_sandbox(SANDBOX)


@pytest.fixture
def world(stand_in: Flask) -> World:
    return stand_in.extensions["world"]


@pytest.fixture
def config(config: Config, stand_in: Flask) -> Iterator[Config]:
    with serve(stand_in) as url:
        yield replace(config, zendesk=ZendeskConfig(url, SANDBOX.oauth_client_id, SANDBOX.oauth_client_secret))


@pytest.fixture
def agent(sign_in: SignIn) -> PageClient:
    return sign_in("agent")


def read(client: PageClient) -> None:
    """Open the page and wait, as its script does, until nobody reads any more."""
    client.get(PAGE)
    give_up = time.monotonic() + 30
    while "data-live" in client.get(f"{PAGE}/reading").text:
        assert time.monotonic() < give_up
        time.sleep(0.02)


def line(client: PageClient, **args: str) -> str:
    page = client.get(f"{PAGE}?{urlencode(args)}").text
    found = re.search(r"data-said>(.*?)</p>", page)
    return re.sub("<[^>]+>", "", found[1]) if found else page


def lists(world: World) -> int:
    return sum(request.path == "/api/v2/macros" for request in world.ledger.requests)


def change(world: World, macro: Macro) -> None:
    with world.lock:
        world.macros[macro.id] = macro


def test_the_first_look_says_that_macros_are_being_read(agent: PageClient) -> None:
    page = agent.get(PAGE).text
    assert 'data-live="/tools/macro-search/reading"' in page
    read(agent)
    assert line(agent, q="30 days") == "3 of 244 macros, read just now"


def test_five_thousand_macros_cost_few_requests_and_then_none(agent: PageClient, world: World) -> None:
    with world.lock:
        world.macros.clear()
        world.macros.update(big_library(5_000))
    read(agent)
    assert line(agent) == "5,000 of 5,000 macros, read just now"
    assert lists(world) <= 51
    api = [request for request in world.ledger.requests if request.path.startswith("/api/v2/")]
    assert len(api) <= 61
    asked = len(world.ledger.requests)
    for query in ({"q": "30 days"}, {"q": "VIP", "case": "1"}, {"q": "policy", "word": "1"}, {"finding": "same-title"}):
        line(agent, **query)
    assert len(world.ledger.requests) == asked


def test_a_refresh_shows_what_has_changed(agent: PageClient, app: Flask, world: World) -> None:
    read(agent)
    change(world, Macro(7, "Brand new", (("comment_value", "zebra crossing"),), 1))
    assert line(agent, q="zebra crossing").startswith("0 of 244")
    with app.app_context():
        whose = macros.owner()
        assert whose is not None
        turns.put_off(whose.account, "macros", 0.0)
    answer = agent.submit(f"{PAGE}/refresh?q=zebra+crossing&page=2")
    assert (answer.status_code, answer.location) == (303, f"{PAGE}?q=zebra+crossing&page=2")
    read(agent)
    settle(agent, "zebra crossing", "1 of 245")


def test_a_change_is_noticed_without_a_refresh(agent: PageClient, app: Flask, world: World) -> None:
    read(agent)
    change(world, Macro(7, "Brand new", (("comment_value", "zebra crossing"),), 1, updated_days_ago=0))
    with app.app_context():
        whose = macros.owner()
        assert whose is not None
        for subject in ("macros", macros.MARK):
            turns.put_off(whose.account, subject, 0.0)
    settle(agent, "zebra crossing", "1 of 245")
    settled = lists(world)
    with app.app_context():
        turns.put_off(whose.account, macros.MARK, 0.0)
    line(agent)
    give_up = time.monotonic() + 10
    while lists(world) == settled and time.monotonic() < give_up:
        time.sleep(0.02)
    assert lists(world) == settled + 1, "nothing has changed: one small look, and no reading"


def settle(client: PageClient, text: str, wanted: str) -> None:
    give_up = time.monotonic() + 15
    while not line(client, q=text).startswith(wanted):
        assert time.monotonic() < give_up
        time.sleep(0.05)


def test_other_peoples_macros_are_on_no_page_in_no_file_and_no_answer(agent: PageClient, app: Flask) -> None:
    read(agent)
    caller = Caller(app, "admin")
    assert line(agent, q="own words") == "0 of 244 macros, read just now"
    assert line(agent, q="quick reply", access="person").startswith("0 of 244")
    assert "quick reply" not in agent.get(f"{PAGE}?finding=same-text").text + agent.get(f"{PAGE}?sort=used").text
    assert caller.get("/macros?q=own words").get_json() == {
        "macros": [],
        "total": 0,
        "notice": None,
        "next_cursor": None,
    }
    for kind in ("csv", "json"):
        assert "own words" not in agent.get(f"{PAGE}/export.{kind}").get_data(as_text=True)
    assert caller.get("/macros?limit=1").get_json()["total"] == 244


def test_ones_own_are_there(sign_in: SignIn, world: World) -> None:
    owner = next(macro.restriction[1] for macro in world.macros.values() if macro.personal and macro.restriction)
    client = sign_in("agent", email=world.people.users[owner].email)
    read(client)
    assert line(client, access="person") == "1 of 245 macros, read just now"


def test_hostile_macros_stay_text(agent: PageClient, world: World) -> None:
    html = (
        '<script>alert(1)</script><p onclick="x()">safe words<img src="https://evil.example/x"></p><style>p{}</style>'
    )
    evil = Macro(7, "<img src=x onerror=alert(1)>", (("comment_value_html", html), ("subject", "<b>x</b>")), 1)
    change(world, evil)
    read(agent)
    page = agent.get(f"{PAGE}?q=safe+words").text
    assert "&lt;img src=x onerror=alert(1)&gt;" in page
    assert "<p><mark>safe words</mark>[image]</p>" in page
    assert "evil.example" not in page
    assert "<mark>alert(1)</mark>" in agent.get(f"{PAGE}?q=alert(1)").text


def test_exports_are_complete_and_of_the_same_search(agent: PageClient, world: World) -> None:
    read(agent)
    answer = agent.get(f"{PAGE}/export.csv?q=30+days")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="macros.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"), newline="")))
    assert {row["title"] for row in rows} == {"Account::Welcome", "Returns::Christmas", "Returns::How long"}
    exported = json.loads(agent.get(f"{PAGE}/export.json").data)
    with agent.application.app_context():
        told = [entry.summary for entry in db.session.query(AuditEntry).filter_by(action="macros.exported")]
    assert told == ["Exported macros as CSV.", "Exported macros as JSON."]
    assert exported["total"] == len(exported["macros"]) == 244
    given = {macro["id"]: macro["actions"] for macro in exported["macros"]}
    for macro in world.macros.values():
        if not macro.personal:
            assert given[macro.id] == [{"field": name, "value": value} for name, value in macro.actions]


@pytest.mark.parametrize(("path", "status"), [("", 200), ("/export.csv", 422), ("/export.json", 422)])
def test_a_wrong_expression_is_a_sentence(agent: PageClient, path: str, status: int) -> None:
    read(agent)
    answer = agent.get(f"{PAGE}{path}?q=(&regex=1")
    assert answer.status_code == status
    assert "This is no regular expression" in answer.text


def test_scripts_get_the_matches_of_the_page(agent: PageClient, app: Flask) -> None:
    caller = Caller(app)
    first = caller.get("/macros?q=30 days").get_json()  # waits for the first reading
    assert first["total"] == 3
    matches = {macro["title"]: macro["matches"] for macro in first["macros"]}
    assert matches["Account::Welcome"] == [
        {"field": "comment_value", "text": "You can return everything within 30 days."}
    ]
    queries: list[dict[str, Any]] = [
        {"q": "carrier"}, {"q": "STRIKE", "case": "1"}, {"q": r"\d+ days", "regex": "1"}, {"field": "current_tags"},
        {"active": "false"}, {"q": "vip", "word": "1", "active": "true"}, {"category": "Refunds::DE"},
    ]  # fmt: skip
    for query in queries:
        listed, cursor = [], ""
        while cursor is not None:
            page = caller.get(f"/macros?{urlencode({**query, 'limit': '20', 'cursor': cursor})}").get_json()
            listed += page["macros"]
            cursor = page["next_cursor"]
        shown = re.match(r"([\d,]+) of", line(agent, **query))
        assert shown is not None
        assert len(listed) == len({macro["id"] for macro in listed}) == page["total"] == int(shown[1]), query


def test_scripts_get_sentences_too(app: Flask) -> None:
    caller = Caller(app)
    for query in ("q=(&regex=1", "active=perhaps", "limit=0", "cursor=x"):
        answer = caller.get(f"/macros?{query}")
        assert answer.status_code == 422
        assert answer.get_json()["error"]["fields"]


def test_what_one_account_says_is_not_shown_for_another(agent: PageClient, app: Flask, config: Config) -> None:
    read(agent)
    other = create_sandbox(replace(SANDBOX, seed=99))
    other.extensions["world"].macros.clear()
    other.extensions["world"].macros[5] = Macro(5, "Elsewhere", (("comment_value", "another company"),), 1)
    with serve(other) as url:
        app.extensions["config"] = replace(config, zendesk=replace(config.zendesk, base_url=url))
        page = agent.get(f"{PAGE}?q=30+days").text
        assert "Returns::Christmas" not in page
        read(agent)
        assert line(agent) == "1 of 1 macro, read just now"


def test_a_zendesk_in_trouble_is_told(agent: PageClient, world: World) -> None:
    world.faults.add_written("500:path=/macros:times=100")
    read(agent)
    page = agent.get(PAGE).text
    assert "The macros could not be read. Zendesk has trouble of its own." in page
