"""The same again: the form of a tool as an earlier job had it filled in, or with another source."""

from __future__ import annotations

import re
from html import unescape

import pytest
from flask import Flask

from app.account.connection.current import current_host
from app.auth.models import User
from app.extensions import db
from app.sandbox import World
from app.tools.again import LONGEST
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_job
from tests.pages import PageClient
from tests.tools.test_source_parts import admin, checked

__all__ = ["admin", "config", "stand_in", "world", "zendesk"]

FORM = "/tools/tag-manager"


def links(page: str) -> dict[str, str]:
    """The addresses of the links by their words."""
    found = re.findall(r'<a href="(/tools/[^"]+)">(?:<i [^>]*></i> )?(Same[^<]*)</a>', page)
    return {words: unescape(address) for address, words in found}


def test_a_job_is_asked_for_once_more(admin: PageClient, world: World) -> None:
    form = {"source": "query", "query": "status:open", "add": "found", "remove": "lost", "closed": "try", "token": "t"}
    shown = links(admin.get(admin.submit(FORM, form).location).text)
    same = admin.get(shown["Same again"]).text
    assert checked(same) == ["query"]
    assert ">status:open</textarea>" in same
    other = admin.get(shown["Same on another source"]).text
    assert checked(other) == ["view"]
    assert "status:open<" not in other.partition("syntax")[0]
    for page in (same, other):
        assert all(f'value="{tag}"' in page for tag in ("found", "lost"))
        assert re.search(r'name="closed"[^>]*checked|checked[^>]*name="closed"', page)


def test_pasted_ids_stand_in_the_form_again(admin: PageClient, world: World) -> None:
    ids = sorted(world.tickets)[:3]
    read = admin.submit(FORM, {"source": "list", "ids": " ".join(map(str, ids)), "add": "found"}).text
    number = re.search(r'name="list" value="(\d+)"', read)
    assert number is not None
    made = admin.submit(FORM, {"source": "list", "list": number[1], "add": "found", "token": "t"})
    page = admin.get(links(admin.get(made.location).text)["Same again"]).text
    assert checked(page) == ["list"]
    assert f'name="list" value="{number[1]}"' in page


@pytest.mark.usefixtures("world")
def test_what_is_too_long_for_an_address_is_read_from_the_job(app: Flask, admin: PageClient) -> None:
    tags = [f"{number:02}{'x' * 100}" for number in range(50)]
    with app.app_context():
        job = make_job(_user(), account=_host(), parameters={"add": tags, "remove": []}, source={"query": "vip"})
    shown = links(admin.get(f"/jobs/{job.id}").text)
    assert all(len(address) < LONGEST for address in shown.values())
    assert checked(admin.get(shown["Same again"]).text) == ["query"]
    assert checked(admin.get(shown["Same on another source"]).text) == ["view"]
    for address in shown.values():
        assert " ".join(tags) in admin.get(address).text


def test_a_short_list_in_the_address_is_shown_for_reading(admin: PageClient, world: World) -> None:
    page = admin.get(f"{FORM}?ids=5+6&add=x").text
    assert checked(page) == ["list"]
    assert ">5 6</textarea>" in page


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("columns", [{"account": "other.zendesk.com"}, {"tool": "gone"}])
def test_what_cannot_be_asked_for_here_has_no_link(app: Flask, admin: PageClient, columns: dict[str, str]) -> None:
    with app.app_context():
        job = make_job(_user(), **{"account": _host(), **columns})
    assert not links(admin.get(f"/jobs/{job.id}").text)
    assert checked(admin.get(f"{FORM}?as_job={job.id}").text) == ["view"]


def test_a_job_that_is_not_there_fills_in_nothing(admin: PageClient, world: World) -> None:
    for number in ("999", "x", ""):
        assert checked(admin.get(f"{FORM}?as_job={number}").text) == ["view"]


def _user() -> User:
    return db.session.execute(db.select(User)).scalars().one()


def _host() -> str:
    return current_host() or ""
