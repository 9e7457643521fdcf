"""Choosing a view and a macro, against the stand-in on a real port: what is on offer, what is refused and why."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask

from app.jobs.commands import service
from app.jobs.models import Job
from app.sandbox import World
from app.sandbox.macros import Macro
from tests.connected import config, stand_in, world, zendesk
from tests.macros.library import big_library
from tests.pages import PageClient
from tests.tools.apply_macro.previews import EVIL, SLUG

__all__ = ["config", "stand_in", "world", "zendesk"]

SignIn = Callable[..., PageClient]
TOOL = f"/tools/{SLUG}"
MODE = ("comment_mode_is_public", "true")


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin")


@pytest.fixture
def macros(world: World) -> Callable[..., list[int]]:
    """`macros(("Title", actions, {"active": False}))`: these are the account's macros; their ids."""

    def made(*listed: tuple[Any, ...]) -> list[int]:
        with world.lock:
            world.macros.clear()
            for number, (title, actions, *changes) in enumerate(listed, 100):
                macro = Macro(number, title, tuple(actions), number, usage=0, updated_days_ago=1)
                world.macros[number] = replace(macro, **(changes[0] if changes else {}))
            return list(world.macros)

    return made


def offered(client: PageClient, **args: str) -> str:
    """The list of macros, once they have been read."""
    address = f"{TOOL}/macros?{urlencode(args)}"
    give_up = time.monotonic() + 30
    while "data-live" in (page := client.get(address).text):
        assert time.monotonic() < give_up
        time.sleep(0.02)
    return page


def row(page: str, title: str) -> str:
    """The part of the list about one macro, in words."""
    part = next(each for each in page.split('<div class="macro-offer">') if html.escape(title) in each)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", part)))


def view_of(world: World, title: str = "Carrier strike") -> int:
    return next(view.id for view in world.views.values() if view.title.startswith(title))


def order(world: World, macro: int, **changes: str) -> dict[str, str]:
    return {"view_id": str(view_of(world)), "macro_id": str(macro), "token": "t", **changes}


def test_while_macros_are_read_the_page_says_so_and_looks_again(admin: PageClient) -> None:
    page = admin.get(TOOL).text
    assert f'data-live="{TOOL}/macros"' in page
    assert "Reading macros from Zendesk" in page
    offered(admin)
    assert "data-live" not in admin.get(TOOL).text.replace("data-link-lost", "")


def test_a_macro_says_who_reads_its_comment_and_what_it_does(admin: PageClient, macros: Any) -> None:
    text = ("comment_value", "The parcel is late.")
    macros(
        ("Public one", [text, MODE, ("status", "solved")]),
        ("Note", [text, ("comment_mode_is_public", "false")]),
        ("Modeless", [text]),
    )
    page = offered(admin)
    assert "PUBLIC REPLY" in row(page, "Public one")
    assert "Status becomes Solved" in row(page, "Public one")
    assert "The parcel is late." in row(page, "Public one")
    assert "INTERNAL NOTE" in row(page, "Note")
    assert "NO MODE: GOES OUT INTERNAL" in row(page, "Modeless")
    assert "disabled" not in page


def test_what_cannot_be_applied_cannot_be_chosen_and_says_why(admin: PageClient, macros: Any) -> None:
    off, odd, empty = macros(
        ("Switched off", [("status", "solved")], {"active": False}),
        ("Sideways", [("status", "solved"), ("side_conversation_slack", "x")]),
        ("Does nothing", []),
    )
    page = offered(admin, macro=str(odd))
    assert "INACTIVE" in row(page, "Switched off")
    assert "activate it in Zendesk first" in row(page, "Switched off")
    assert "REFUSED" in row(page, "Sideways")
    assert "side_conversation_slack" in row(page, "Sideways")
    assert "it changes nothing" in row(page, "Does nothing")
    for number in (off, odd, empty):
        radio = re.search(rf'<input[^>]*value="{number}"[^>]*>', page)
        assert radio, number
        assert " disabled" in radio[0]
        assert " checked" not in radio[0]


def test_macros_of_one_title_are_told_apart(admin: PageClient, macros: Any) -> None:
    one, two, _ = macros(
        ("Twin", [("status", "solved")]), ("twin", [("status", "open")]), ("Other", [("status", "open")])
    )
    page = offered(admin)
    assert f"macro {one}, position {one}" in page
    assert f"macro {two}, position {two}" in page
    assert page.count("position") == 2


def test_among_thousands_the_search_of_search_macros_finds_one(admin: PageClient, world: World) -> None:
    with world.lock:
        world.macros.clear()
        world.macros.update(big_library(3_000))
        world.macros[9_001] = Macro(
            9_001, "Needle", (("comment_value", "a haystack word: quokka"),), 1, usage=0, updated_days_ago=1
        )
    page = offered(admin)
    assert page.count('type="radio"') == 40
    assert "40 of 3,001 macros" in page
    found = offered(admin, q="quokka")
    assert re.findall(r'type="radio" name="macro_id" value="(\d+)"', found) == ["9001"]
    chosen = offered(admin, q="quokka", macro="7")
    assert re.findall(r'type="radio" name="macro_id" value="(\d+)"', chosen) == ["7", "9001"]
    assert 'value="7" checked' in chosen


def test_a_category_narrows_the_list_down(admin: PageClient, macros: Any) -> None:
    macros(("Shipping::Late", [("status", "open")]), ("Refunds::EN::Done", [("status", "open")]))
    page = offered(admin, category="Refunds")
    assert "Refunds::EN::Done" in page
    assert "Shipping::Late" not in page
    assert 'value="Refunds" selected' in page
    assert "No macro has these words" in offered(admin, q="nowhere")


def test_the_address_fills_the_form_in(admin: PageClient, world: World, macros: Any) -> None:
    (number,) = macros(("Late", [("status", "open")]))
    offered(admin)
    page = admin.get(f"{TOOL}?view={view_of(world)}&macro={number}&q=late").text
    assert f'value="{view_of(world)}" checked' in page
    assert f'value="{number}" checked' in page
    assert 'name="q" value="late"' in page
    assert admin.get(f"{TOOL}?view=x&macro={'9' * 40}&category=%00").status_code == 200


def test_hostile_titles_and_texts_stay_words(admin: PageClient, macros: Any) -> None:
    macros(
        (EVIL, [("comment_value_html", EVIL + "hello"), ("current_tags", EVIL)]),
        (f"Odd {EVIL}", [(EVIL, EVIL)]),
        (f"{EVIL}::Sub", [("status", "open")]),
    )
    page = offered(admin)
    assert "<script" not in page
    assert "<img" not in page


def test_other_peoples_personal_macros_are_not_shown(admin: PageClient, macros: Any, world: World) -> None:
    someone = next(iter(world.people.users))
    macros(
        ("Mine alone", [("status", "open")], {"restriction": ("User", someone)}),
        ("Shared", [("status", "open")]),
    )
    page = offered(admin)
    assert "Mine alone" not in page
    assert "Shared" in page


def test_without_a_script_the_form_itself_looks_for_macros(admin: PageClient, world: World, macros: Any) -> None:
    macros(("Shipping late", [("status", "open")]), ("Refund done", [("status", "open")]))
    offered(admin)
    answer = admin.submit(TOOL, {"view_id": str(view_of(world)), "q": "refund", "find": "1"})
    assert answer.status_code == 200
    assert "Refund done" in answer.text
    assert "Shipping late" not in answer.text
    assert f'value="{view_of(world)}" checked' in answer.text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"macro_id": ""}, "Choose the macro that is to be applied."),
        ({"macro_id": "²"}, "Choose the macro that is to be applied."),
        ({"macro_id": "9" * 19}, "Choose the macro that is to be applied."),  # more than any id
        ({"macro_id": "9" * 18}, "There is no macro"),
        ({"macro_id": "424242"}, "There is no macro 424242 any more"),
        ({"view_id": "7"}, "This view is not there any more."),
        ({"view_id": ""}, "Choose the view whose tickets are meant."),
    ],
)
def test_a_wrong_form_says_what_and_keeps_everything(
    admin: PageClient, world: World, macros: Any, changes: dict[str, str], sentence: str
) -> None:
    (number,) = macros(("Late", [("status", "open")]))
    offered(admin)
    answer = admin.submit(TOOL, order(world, number, q="late", **changes))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'name="q" value="late"' in answer.text
    if "view_id" not in changes:
        assert f'value="{view_of(world)}" checked' in answer.text
    if "macro_id" not in changes:
        assert f'value="{number}" checked' in answer.text
    assert "No jobs yet" in admin.get("/jobs").text


def test_what_became_unusable_meanwhile_is_refused_at_the_macro(admin: PageClient, world: World, macros: Any) -> None:
    (number,) = macros(("Late", [("status", "open")]))
    offered(admin)
    with world.lock:
        world.macros[number] = replace(world.macros[number], active=False)
    answer = admin.submit(TOOL, order(world, number))
    assert answer.status_code == 422
    assert "is not active. Activate it in Zendesk" in html.unescape(answer.text)


def test_a_filled_in_form_becomes_a_preview_and_that_a_reply_after_a_look(
    admin: PageClient, world: World, macros: Any
) -> None:
    (number,) = macros(("Late", [("comment_value", "Sorry, {{ticket.requester.first_name}}."), MODE]))
    answer = admin.submit(TOOL, order(world, number))
    assert answer.status_code == 303
    page = admin.get(answer.location).text
    wanted = int(re.search(r"Type ([\d,]+) to send", page)[1].replace(",", ""))  # type: ignore[index]
    assert wanted > 5
    preview_id = answer.location.rpartition("/")[2]
    started = admin.submit(f"{TOOL}/apply", {"source_job_id": preview_id, "typed": str(wanted), "token": "t"})
    assert started.status_code == 303
    waiting = admin.get(started.location).text
    assert "The first 5 tickets are done: look at them, then continue" in waiting
    gone_on = admin.submit(f"{started.location}/continue")
    done = admin.get(gone_on.location).text
    assert f"applied Late to {wanted:,} tickets" in done
    assert 'class="looks"' not in done
    replies = [comment for change in world.ledger.changes if (comment := change.comment)]
    assert len(replies) == wanted
    assert all(comment["public"] and comment["body"].startswith("Sorry, ") for comment in replies)


def test_without_an_account_the_form_says_where_to_go(app: Flask, sign_in: SignIn, monkeypatch: Any) -> None:
    from tests.desk import disconnect

    disconnect(monkeypatch)
    monkeypatch.setattr("app.account.cache.macros.owner", lambda: None)
    page = sign_in("admin").get(TOOL).text
    assert "Zendesk is not connected yet" in page


def test_a_refused_preview_says_why_and_keeps_the_form(
    admin: PageClient, world: World, macros: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_submission: service.Submission) -> Job:
        raise service.JobRefused("not_connected", "No Zendesk account is connected yet.", 503)

    (number,) = macros(("Late", [("status", "open")]))
    offered(admin)
    monkeypatch.setattr(service, "submit", refuse)
    answer = admin.submit(TOOL, order(world, number))
    assert answer.status_code == 503
    assert "No Zendesk account is connected yet." in answer.text
    assert f'value="{number}" checked' in answer.text


def test_the_pages_need_a_csrf_token(admin: PageClient) -> None:
    for address in (TOOL, f"{TOOL}/apply", f"{TOOL}/render-all"):
        assert admin.post(address, data={"source_job_id": "1"}).status_code == 400
