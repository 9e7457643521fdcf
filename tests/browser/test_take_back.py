"""A person takes a job back: preview with its numbers, confirmation, the job that did it, and the line of them all."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import Site
from tests.browser.test_main_flow import start

SignedIn = Callable[..., Page]


def test_a_job_is_taken_back_from_its_page(signed_in: SignedIn, site: Site) -> None:
    page = signed_in()
    start(page)
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=20_000)
    card = page.get_by_role("region", name="Take back")
    expect(card).to_contain_text("Possible until")
    card.get_by_role("button", name="Preview taking back").click()

    confirmation = page.get_by_role("region", name="Take job")
    expect(confirmation).to_be_visible(timeout=20_000)
    confirmation.get_by_role("button", name="Take back").click()
    expect(page.get_by_role("heading", name="took job")).to_be_visible(timeout=20_000)
    line = page.get_by_role("navigation", name="Jobs that belong together")
    expect(line.get_by_role("listitem")).to_have_count(4)
    expect(line).to_contain_text("Preview of undo")
    line.get_by_role("link", name="Run", exact=True).click()
    expect(page.get_by_role("region", name="Take back")).to_contain_text("took this back already")
