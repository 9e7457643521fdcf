"""The source picker on the tools' forms: tickets of a view, a search or an earlier job, without any script."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from app.auth import sessions
from app.extensions import db
from app.jobs.models import Job
from app.sandbox import World
from app.tools import source_parts
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_user
from tests.pages import PageClient

__all__ = ["config", "stand_in", "world", "zendesk"]

FORM = "/tools/tag-manager"


@pytest.fixture
def admin(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    with app.app_context(), client.session_transaction() as session:
        session[sessions.KEY] = sessions.start(make_user("admin"))
        db.session.commit()
    return client


def job_at(app: Flask, location: str) -> Job:
    with app.app_context():
        return db.session.get_one(Job, int(location.rpartition("/")[2]))


def checked(page: str) -> list[str]:
    return re.findall(r'name="source" id="[^"]+" value="(\w+)" checked', page)


@pytest.mark.parametrize("tool", ["tag-manager", "apply-macro-to-view"])
def test_every_tool_that_changes_tickets_offers_every_part(admin: PageClient, world: World, tool: str) -> None:
    page = admin.get(f"/tools/{tool}").text
    for part in source_parts.PARTS:
        assert re.search(rf'value="{part.kind}"[^>]*>\s*<label [^>]*>{part.title}<', page), part.kind
    assert checked(page) == ["view"]


def test_a_search_is_previewed_and_filled_in_again(app: Flask, admin: PageClient, world: World) -> None:
    form = {"source": "query", "query": " status:open  type:ticket ", "add": "found", "token": "t"}
    shown = admin.submit(FORM, form)
    job = job_at(app, shown.location)
    assert (job.source, job.source_title) == ({"query": "status:open"}, "the search “status:open”")
    assert job.total == sum(ticket.status == "open" for ticket in world.tickets.values())
    again = re.search(r'href="(/tools/tag-manager\?[^"]+)"', admin.get(shown.location).text)
    assert again is not None
    page = admin.get(again[1].replace("&amp;", "&")).text
    assert checked(page) == ["query"]
    assert ">status:open</textarea>" in page


def test_tickets_of_a_job_are_previewed(app: Flask, admin: PageClient, world: World) -> None:
    first = job_at(app, admin.submit(FORM, {"query": "status:open", "add": "found", "token": "t"}).location)
    form = {"source": "earlier", "job": str(first.id), "outcome": "succeeded", "remove": "found", "token": "u"}
    second = job_at(app, admin.submit(FORM, form).location)
    assert (second.relation, second.source_job_id, second.total) == ("list", first.id, first.succeeded)
    assert second.source == {"job_id": first.id, "outcomes": ["succeeded"]}


def test_tickets_are_counted_before_the_tool_is_filled_in(admin: PageClient, world: World) -> None:
    page = admin.submit(FORM, {"source": "query", "query": "status>=new", "count": "query"}).text
    closed = sum(ticket.status == "closed" for ticket in world.tickets.values())
    assert f"<strong>{len(world.tickets):,} tickets</strong>" in page
    assert f"; closed {closed:,}" in page


@pytest.mark.parametrize(
    ("filled", "sentence"),
    [
        ({"source": "query"}, "Say what to search for"),
        ({"source": "query", "query": 'subject:"x'}, "Zendesk refuses this search"),
        ({"source": "query", "query": "type:user"}, "Only tickets can be searched for here"),
        ({"source": "earlier"}, "Give the number of the job"),
        ({"source": "earlier", "job": "x", "outcome": "failed"}, "Give a whole number"),
        ({"source": "earlier", "job": "999", "outcome": "failed"}, "There is no job 999."),
        ({"source": "earlier", "job": "1"}, "Give a list of one or more of"),
        ({"source": "strange"}, "Choose the view whose tickets are meant."),
    ],
)
def test_what_does_not_fit_is_said_and_nothing_is_lost(
    admin: PageClient, world: World, filled: dict[str, str], sentence: str
) -> None:
    for count in ({}, {"count": "1"}):
        answer = admin.submit(FORM, {**filled, **count, "add": "keep_this"})
        assert sentence in answer.text.replace("&#34;", '"')
        assert 'value="keep_this"' in answer.text
        assert filled.get("query", "").replace('"', "&#34;") in answer.text
