"""A source is one file and one line: a throw-away one has its API, its options and its words, and its jobs run."""

from __future__ import annotations

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from app import create_app
from app.auth import sessions
from app.extensions import db
from app.jobs.models import JobItem
from app.jobs.protocol.operation import Instruction, Plan, Values
from app.jobs.sources import registry
from app.sandbox import World
from app.tools.tag_manager.operation import TagOperation
from config import Config
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_user
from tests.pages import PageClient
from tests.web.api.contract import Caller

__all__ = ["config", "stand_in", "world", "zendesk"]

SOURCE = """
from app.jobs.sources.base import Found, Option, Page, TicketSource


class RangeOfTickets(TicketSource):
    noun = "range"
    holds = "every ticket from one number to another"
    wrong = {"last": "Give the last number of the range."}
    options = (
        Option("from", "first", "N", "The first ticket of a range.", whole=True),
        Option("to", "last", "N", "The last ticket of a range.", whole=True),
    )

    first: int
    last: int

    @property
    def name(self):
        return f"the range from {self.first} to {self.last}"

    def look_up(self, user):
        return Found(f"{self.last - self.first + 1} tickets in a row")

    def page(self, listing, after):
        begin = int(after or self.first)
        end = min(begin + 2, self.last)
        found = listing.client.tickets(range(begin, end + 1))
        said = {ticket["id"]: {"of_page": begin} for ticket in found.tickets if ticket["id"] == begin}
        return Page(found.tickets, found.date, str(end + 1) if end < self.last else None, instructions=said)
"""
LENGTH = 7
TAG = "in_a_row"


@pytest.fixture
def app(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """An app with the source: its file in a folder of its own, and a line in the registry."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "range_of_tickets.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(folder)
    source = importlib.import_module("range_of_tickets").RangeOfTickets
    monkeypatch.setattr(registry, "SOURCES", [*registry.SOURCES, source])
    app = create_app(config)
    app.test_client_class = PageClient
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    del sys.modules["range_of_tickets"]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[Instruction]:
    """What the tool was told of single tickets."""
    heard: list[Instruction] = []
    plan = TagOperation.plan

    def listening(self: TagOperation, before: Values, instruction: Instruction | None = None) -> Plan:
        heard.extend([instruction] if instruction else [])
        return plan(self, before, instruction)

    monkeypatch.setattr(TagOperation, "plan", listening)
    return heard


def in_a_row(world: World) -> tuple[int, int]:
    """The first and the last of some open tickets whose numbers follow each other."""
    is_open = {ticket.id for ticket in world.tickets.values() if ticket.status == "open"}
    numbers = sorted(world.tickets)
    for first, last in zip(numbers, numbers[LENGTH - 1 :], strict=False):
        if last - first == LENGTH - 1 and first in is_open:
            return first, last
    raise AssertionError("no tickets in a row")


def instructions(app: Flask, job_id: int) -> dict[int, Instruction]:
    """By ticket, what its source said of it."""
    with app.app_context():
        items = db.session.query(JobItem).filter_by(job_id=job_id).all()
        return {item.ticket_id: item.instruction for item in items if item.instruction}


def test_a_source_is_a_file_and_a_line(app: Flask, world: World, told: list[Instruction]) -> None:
    caller = Caller(app, "agent")
    first, last = in_a_row(world)
    source = {"first": first, "last": last}

    # The API: described, checked, and its job bears the source as it was given.
    assert "every ticket from one number to another" in str(caller.get("/openapi.json").get_json())
    order = {"tool": "tag-manager", "source": source, "parameters": {"add": [TAG]}}
    refused = caller.post("/jobs", {**order, "source": {"first": 1, "last": "x"}}).get_json()
    assert refused["error"]["fields"] == {"source.last": "Give the last number of the range."}
    preview = caller.post("/jobs", order).get_json()
    assert (preview["status"], preview["total"], preview["source"]) == ("completed", LENGTH, source)

    # The engine: what the source said of single tickets is planned by, kept, and taken over by the run.
    said = {number: {"of_page": number} for number in range(first, last + 1, 3)}
    assert told == list(said.values())
    assert instructions(app, preview["id"]) == said
    run = caller.post("/jobs", {"tool": "tag-manager", "source": {"job_id": preview["id"]}, "dry_run": False})
    job = run.get_json()
    assert (job["status"], job["relation"], job["total"]) == ("completed", "run", LENGTH)
    assert instructions(app, job["id"]) == said
    assert sum(TAG in ticket.tags for ticket in world.tickets.values()) == job["succeeded"] > 0

    # The pages: told by its title, by its noun, and of the run as well.
    browser = app.test_client()
    with app.app_context(), browser.session_transaction() as session:
        session[sessions.KEY] = sessions.start(caller.user)
        db.session.commit()
    for number in (preview["id"], job["id"]):
        page = browser.get(f"/jobs/{number}").text
        assert "<dt>Range</dt><dd>7 tickets in a row</dd>" in page
        assert "in 7 tickets in a row" in page
    assert "in 7 tickets in a row" in browser.get("/jobs").text


def test_a_source_has_its_options(app: Flask, world: World) -> None:
    first, last = in_a_row(world)
    with app.app_context():
        user = make_user("agent")
    jobs = app.test_cli_runner()
    asked = ["jobs", "run", "--tool", "tag-manager", "--add", TAG, "--as", user.email, "--json"]
    assert "The first ticket of a range." in jobs.invoke(args=["jobs", "run", "--help"]).stdout
    assert re.search(r"Give either --view, .*--preview or --from\.", jobs.invoke(args=asked).stderr)
    assert "--to does not go with --view." in jobs.invoke(args=[*asked, "--view", "7", "--to", "9"]).stderr
    assert "--to: This is needed." in jobs.invoke(args=[*asked, "--from", "7"]).stderr
    started = json.loads(jobs.invoke(args=[*asked, "--from", str(first), "--to", str(last)]).stdout)
    assert (started["status"], started["source"]) == ("completed", {"first": first, "last": last})
    assert "in 7 tickets in a row" in jobs.invoke(args=["jobs", "list"]).stdout
