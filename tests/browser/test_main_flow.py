"""The main job as a person does it: sign in, preview, confirm, watch, look at the tickets, take the export."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, Route, expect
from sqlalchemy import delete, update

from app.account.cache.models import ZendeskView
from app.auth.models import UserSession
from app.database import db_now, transaction
from tests.browser.conftest import Site
from tests.factories import PASSWORD

SignedIn = Callable[..., Page]


def preview(page: Page, tag: str = "strike_checked") -> None:
    """From the dashboard to a finished preview of the strike view."""
    page.get_by_role("link", name="Tag Manager").first.click()
    page.get_by_role("radio", name="Carrier strike").check()
    page.get_by_label("Tags to add", exact=True).fill(tag)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Change tags on")).to_be_visible(timeout=20_000)


def start(page: Page) -> None:
    """Carry the preview out."""
    preview(page)
    page.get_by_role("button", name="Tag ").click()
    expect(page.get_by_role("progressbar")).to_be_visible()


def test_tagging_a_view_from_sign_in_to_export(signed_in: SignedIn, tmp_path: Path) -> None:
    page = signed_in()
    page.get_by_role("link", name="Try it").click()
    expect(page.get_by_role("radio", name="Carrier strike")).to_be_checked()
    page.get_by_role("button", name="Preview").click()

    expect(page.get_by_text("Preview ready", exact=True)).to_be_visible(timeout=20_000)
    confirmation = page.get_by_role("region", name="Change tags on")
    expect(confirmation).to_contain_text("(DEMO)")
    button = confirmation.get_by_role("button")
    planned = button.inner_text().split()[1]
    button.click()

    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=20_000)
    expect(page.get_by_role("listitem").filter(has_text="Changed")).to_contain_text(planned)
    expect(page.get_by_role("progressbar")).to_have_attribute(
        "aria-valuetext", f"{total(page)} of {total(page)} tickets"
    )
    expect(page.locator("#tickets ins").first).to_have_text("carrier_strike_checked")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download CSV").click()
    download.value.save_as(tmp_path / "job.csv")
    rows = list(csv.DictReader((tmp_path / "job.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert len([row for row in rows if row["outcome"] == "succeeded"]) == int(planned.replace(",", ""))


def total(page: Page) -> str:
    return page.get_by_role("progressbar").get_attribute("aria-valuemax") or ""


def test_the_page_of_a_running_job_keeps_itself_fresh_and_says_so(signed_in: SignedIn) -> None:
    page = signed_in()
    start(page)
    expect(page.get_by_text("You may close this page")).to_be_visible()
    expect(page.locator("#announcer")).to_contain_text("Done", timeout=20_000)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    expect(page.locator("#live")).not_to_have_attribute("data-live", "")
    expect(page.locator("#tickets").get_by_text("Changed", exact=True).first).to_be_visible()


def test_the_tickets_of_a_job_that_comes_to_rest_are_shown_as_they_are(signed_in: SignedIn) -> None:
    page = signed_in()
    start(page)
    tickets = page.locator("#tickets")
    expect(tickets.get_by_text("Left", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused", exact=True)).to_be_visible(timeout=20_000)
    expect(tickets.get_by_text("Changed", exact=True).first).to_be_visible()


def test_stopping_asks_with_numbers_and_leaves_the_rest_alone(signed_in: SignedIn) -> None:
    page = signed_in()
    start(page)
    page.get_by_role("button", name="Stop…").click()
    question = page.get_by_role("dialog", name="Stop job")
    expect(question).to_contain_text("changed and stay so")
    expect(question).to_contain_text("untouched")
    question.get_by_role("button", name="Keep running").click()
    expect(question).to_be_hidden()
    page.get_by_role("button", name="Stop…").click()
    question.get_by_role("button", name="Stop the job").click()
    expect(page.get_by_text("Stopped", exact=True)).to_be_visible(timeout=20_000)
    page.locator("#tickets").get_by_label("Outcome").select_option("skipped")
    page.locator("#tickets").get_by_role("button", name="Show").click()
    expect(page.locator("#tickets")).to_contain_text("The job was stopped before this ticket's turn.")


def test_a_lost_connection_is_said_and_forgotten_when_it_is_back(signed_in: SignedIn, expected: list[str]) -> None:
    expected.append("status of 503")
    page = signed_in()
    start(page)
    answers = ["lost"]

    def sometimes(route: Route) -> None:
        if answers[0] == "lost":
            route.fulfill(status=503, body="")
        else:
            route.continue_()

    page.route("**/live", sometimes)
    expect(page.get_by_text("Connection lost; trying again.")).to_be_visible(timeout=10_000)
    answers[0] = "back"
    expect(page.get_by_text("Connection lost; trying again.")).to_be_hidden(timeout=10_000)


def test_everything_works_without_scripts(signed_in: SignedIn) -> None:
    page = signed_in(java_script_enabled=False)
    page.goto("/tools/tag-manager")
    expect(page.get_by_label("Find a view")).to_be_hidden()
    page.get_by_role("radio", name="Carrier strike").check()
    page.get_by_label("Tags to add", exact=True).fill("plain_tag other_tag")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="Change tags on")).to_be_visible(timeout=20_000)  # the page reloads itself
    page.get_by_role("button", name="Tag ").click()
    expect(page.get_by_text("Done", exact=True)).to_be_visible(timeout=30_000)


def test_nothing_is_asked_while_nobody_looks(signed_in: SignedIn) -> None:
    page = signed_in()
    preview(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.url.endswith("/live") else None)
    page.clock.install()
    page.get_by_role("button", name="Tag ").click()
    page.evaluate("Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    before = len(asked)
    page.clock.run_for(120_000)
    assert len(asked) == before
    page.evaluate("delete document.hidden")
    with page.expect_request("**/live"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_when_the_sign_in_has_ended_the_page_asks_for_a_new_one(
    signed_in: SignedIn, site: Site, expected: list[str]
) -> None:
    expected.append("status of 401")
    page = signed_in()
    start(page)
    job_page = page.url
    with site.app.app_context(), transaction() as tx:
        tx.execute(delete(UserSession))
    expect(page.get_by_role("button", name="Sign in")).to_be_visible(timeout=10_000)
    page.get_by_label("E-mail").fill(site.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert page.url == job_page


def test_counts_that_come_late_are_filled_in(signed_in: SignedIn, site: Site) -> None:
    page = signed_in()
    strike = page.locator(".picker-row").filter(has_text="Carrier strike")

    def counted(count: int | None) -> None:
        with site.app.app_context(), transaction() as tx:
            tx.execute(update(ZendeskView).values(count=count, counted_at=None, asked_at=db_now()))

    counted(None)
    page.clock.install()
    page.goto("/tools/tag-manager")
    expect(strike).to_contain_text("counting…")
    counted(2640)
    page.clock.run_for(8_000)
    expect(strike).to_contain_text("≈ 2,640")
