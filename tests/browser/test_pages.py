"""What must hold of every page: accessible in both colours, no wider than a phone, usable with the keyboard alone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Site
from tests.factories import make_item, make_job
from tests.tools.apply_macro.previews import a_preview

SignedIn = Callable[..., Page]
SMALLEST = {"width": 320, "height": 640}  # to which WCAG 2.2 wants every page to fit (1.4.10)
SUMMARY: dict[str, Any] = {
    "change": 2391,
    "unchanged": 222,
    "closed": 27,
    "statuses": {"open": 2613, "closed": 27},
    "groups": [{"add": ["refund_2026"], "remove": ["returns"], "count": 2391}],
    "fields": [{"tag": "returns", "field": "Contact reason", "effect": "emptied", "count": 1022, "displaced": None}],
    "sample": [
        {
            "ticket_id": 10400 + number,
            "subject": "Rückerstattung für Bestellung 88231 ist noch nicht eingegangen",
            "status": "open",
            "before": ["carrier_strike_nov", "returns", "product_sleeping_bag"],
            "after": ["carrier_strike_nov", "product_sleeping_bag", "refund_2026"],
        }
        for number in range(10)
    ],
}


@pytest.fixture
def addresses(site: Site) -> list[str]:
    """Every kind of page, with jobs in the states that look different."""
    with site.app.app_context():
        account = site.app.extensions["jobs"].account()
    about = {
        "account": account,
        "parameters": {"add": ["refund_2026"], "remove": ["returns"]},
        "listed_at": time.time(),
    }
    done = {**about, "status": "completed", "started_at": time.time() - 60, "finished_at": time.time(), "total": 2640}
    resting = {"lease_expires_at": time.time() + 3600, "lease_token": 1}  # driven by somebody who takes his time
    with site.app.app_context():
        jobs = [
            make_job(
                site.user,
                **done,
                dry_run=True,
                names_current_user=True,
                summary=SUMMARY,
                succeeded=2391,
                unchanged=222,
                skipped=27,
            ),
            make_job(site.user, **done, succeeded=2360, unchanged=222, skipped=27, failed=28, unknown=3),
            make_job(site.user, **about, **resting, status="running", total=2640, succeeded=900, waiting_for="Zendesk"),
            make_job(site.user, **{**about, **resting, "listed_at": None}, status="collecting", total=1200),
            make_job(site.user, **about, status="failed", total=40, error="Zendesk refused our credentials."),
            make_job(site.user, **{**done, "account": "other.zendesk.com"}, succeeded=2640),
            make_job(site.user, **a_preview(account=account, names_current_user=True, listed_at=time.time())),
            make_job(site.user, **about, status="paused", total=40, succeeded=1, canary=5, canary_status="waiting"),
        ]
        make_item(jobs[-1], 10410, outcome="succeeded", after={"tags": ["refund_2026"]})
        for number, outcome in enumerate(("succeeded", "failed", "skipped", "unknown", "pending")):
            change = {"after": {"tags": ["refund_2026"]}} if outcome != "skipped" else {"error": "closed"}
            make_item(jobs[1], 10400 + number, outcome=outcome, **change)
    return [
        "/",
        "/jobs",
        "/jobs?status=paused",
        "/tools/tag-manager",
        "/tools/apply-macro-to-view",
        *(f"/jobs/{job.id}" for job in jobs),
        "/no-such-page",
    ]


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_every_page_is_accessible(signed_in: SignedIn, addresses: list[str], expected: list[str], colours: str) -> None:
    expected.append("status of 404")
    page = signed_in(color_scheme=colours)
    axe = Axe()
    for address in addresses:
        page.goto(address)
        assert page.locator("html").get_attribute("data-bs-theme") == colours
        found = axe.run(page)
        assert found.violations_count == 0, f"{address}: {found.generate_report()}"


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_signing_in_is_accessible_also_when_it_fails(
    open_page: Callable[..., Page], expected: list[str], colours: str
) -> None:
    expected.append("status of 401")
    page = open_page(color_scheme=colours)
    page.goto("/login")
    assert Axe().run(page).violations_count == 0
    page.get_by_label("E-mail").fill("nobody@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert Axe().run(page).violations_count == 0


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_what_opens_on_a_page_is_accessible_too(signed_in: SignedIn, addresses: list[str], colours: str) -> None:
    page = signed_in(color_scheme=colours)
    page.goto(addresses[7])
    for opened in page.locator("summary").all():
        opened.click()
        assert Axe().run(page).violations_count == 0
        page.keyboard.press("Escape")
    page.get_by_role("button", name="Stop…").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert Axe().run(page).violations_count == 0
    page.goto("/tools/tag-manager")
    page.get_by_label("Tags to add", exact=True).press_sequentially("ref")
    expect(page.get_by_role("option").first).to_be_visible()
    assert Axe().run(page).violations_count == 0


def test_no_page_is_wider_than_a_phone(signed_in: SignedIn, addresses: list[str], expected: list[str]) -> None:
    expected.append("status of 404")
    page = signed_in(viewport=PHONE)
    for address in addresses:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], address


def test_a_phone_shows_the_first_step_and_where_one_is(signed_in: SignedIn) -> None:
    page = signed_in(viewport=SMALLEST)
    first = page.get_by_role("link", name="Try it: tag the")
    first.wait_for()
    for address in ("/", "/admin/connection", "/admin/system"):
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= SMALLEST["width"], address
        expect(page.locator(".side-links [aria-current]")).to_be_in_viewport(ratio=1)


def test_the_chosen_colours_stay_and_need_no_second_paint(signed_in: SignedIn) -> None:
    page = signed_in(color_scheme="light")
    page.locator("summary").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-bs-theme") == "dark"
    expect(page.get_by_role("button", name="Dark")).to_have_attribute("aria-pressed", "true")
    page.add_init_script(
        "new MutationObserver((_, watch) => { if (document.body) {"
        " window.first = document.documentElement.dataset.bsTheme; watch.disconnect(); } })"
        ".observe(document, {childList: true, subtree: true});"
    )
    page.goto("/jobs")
    assert page.evaluate("window.first") == "dark"


def test_the_keyboard_alone_is_enough(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/tools/tag-manager")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.get_by_role("radio", name="View", exact=True)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Find a view")).to_be_focused()
    page.keyboard.type("strike")
    expect(page.locator("input[name=view_id]:visible")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("radio", name="Carrier strike")).to_be_checked()
    page.keyboard.press("Tab")
    expect(page.get_by_label("Tags to add", exact=True)).to_be_focused()
    page.keyboard.type("by_keyboard ")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("checkbox", name="Try closed tickets, too")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    page.keyboard.press("Enter")
    button = page.get_by_role("button", name="Tag ")
    expect(button).to_be_visible(timeout=20_000)
    tab_to(page, "Tag ")
    page.keyboard.press("Enter")
    stop = page.get_by_role("button", name="Stop…")
    expect(stop).to_be_visible()
    tab_to(page, "Stop…")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Keep running")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(stop).to_be_focused()


def test_a_macro_is_found_and_chosen_by_keyboard(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/tools/apply-macro-to-view")
    expect(page.get_by_role("radio", name="Delay apology").first).to_be_visible(timeout=20_000)
    page.get_by_label("Find a macro").focus()
    page.keyboard.type("apology (short)")
    found = page.locator("#macros").get_by_role("radio")
    expect(found).to_have_count(1)
    expect(page.locator("#announcer")).to_contain_text("1 macro")
    page.keyboard.press("Enter")
    expect(found).to_be_checked()
    expect(found).to_be_focused()
    expect(page.get_by_text("Adds tag delay_apology")).to_be_visible()
    page.get_by_label("Find a macro").fill("goodwill")
    expect(found.first).to_be_checked()
    expect(page.locator(".macro-offer").first).to_contain_text("Delay apology (short)")


def test_a_comment_is_shown_in_a_frame_without_any_rights(signed_in: SignedIn, addresses: list[str]) -> None:
    page = signed_in()
    page.goto(addresses[-3])
    frame = page.frame_locator("iframe").first
    expect(frame.get_by_text("Hello Mia, sorry.")).to_be_visible()
    assert frame.locator("body").evaluate("body => getComputedStyle(body).backgroundColor") == "rgb(255, 255, 255)"
    assert frame.locator("body").evaluate("() => self.origin") == "null"


def tab_to(page: Page, words: str) -> None:
    """Press Tab until a button with these words has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = "document.activeElement.matches('button') && document.activeElement.innerText.trim()"
        if str(page.evaluate(focused)).startswith(words.strip()):
            return
    raise AssertionError(f"Tab never reaches {words}")


def test_tags_become_chips_as_they_are_typed(signed_in: SignedIn) -> None:
    page = signed_in()
    page.goto("/tools/tag-manager")
    field = page.get_by_label("Tags to add", exact=True)
    chips = page.locator(".tag-field").first.locator(".chip")
    field.press_sequentially("Late Refund,")
    expect(chips).to_have_text(["late", "refund"])
    field.press("Backspace")
    expect(chips).to_have_text(["late"])
    expect(field).to_have_value("refund")
    field.fill("")
    page.get_by_role("button", name="Take late out of the list").click()
    expect(chips).to_have_count(0)
    expect(field).to_be_focused()
    field.press_sequentially("re")
    suggested = page.get_by_role("option").first
    expect(suggested).to_be_visible()
    tag = suggested.inner_text()
    field.press("ArrowDown")
    field.press("Enter")
    expect(chips).to_have_text([tag])
    expect(page.locator("input[name=add]")).to_have_value(tag)
