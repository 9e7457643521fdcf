"""A real browser, and the whole product for it: sandbox, app on a real port, jobs driven by a thread of our own."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, ConsoleMessage, Page

from app.auth.models import User
from app.jobs.collaborators import engine
from app.jobs.engine.driver import drive
from config import Config
from tests.factories import PASSWORD
from tests.jobs.desk import desk
from tests.require import require
from tests.sandbox_server import serve

QUIET = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync")
DESKTOP = {"width": 1280, "height": 860}
PHONE = {"width": 390, "height": 844}
SMALL = {"tickets": 420, "job_seconds": 0.5}  # of the sandbox: a job of three batches takes long enough to be watched


@dataclass
class Site:
    """The product on a port, and its first user."""

    url: str
    app: Flask
    user: User


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's own Chromium: nothing is downloaded for the tests."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    require(program, "Chromium is not installed (apt-get install chromium)")
    return {**browser_type_launch_args, "executable_path": program, "args": ["--headless", *QUIET]}


@pytest.fixture
def site(config: Config) -> Iterator[Site]:
    """The product; views of more than 50 tickets are left to a worker, which is a thread here."""
    limits = {"sync_ticket_limit": 50, "max_inflight_jobs": 1}
    with desk(config, app_limits=limits, **SMALL) as found:
        workers: list[threading.Thread] = []
        found.app.extensions["jobs"] = replace(engine(), wake_worker=_worker(found.app, workers))
        with serve(found.app) as url:
            yield Site(url, found.app, found.user)
        for worker in workers:
            worker.join()


def _worker(app: Flask, workers: list[threading.Thread]) -> Callable[[int, str, str], bool]:
    def turn(job_id: int) -> None:
        with app.app_context():
            drive(engine(), job_id)

    def wake_worker(job_id: int, _tool: str, _request_id: str) -> bool:
        workers.append(threading.Thread(target=turn, args=(job_id,), daemon=True))
        workers[-1].start()
        return True

    return wake_worker


@pytest.fixture
def expected() -> list[str]:
    """Complaints of the browser that a test causes on purpose, by a part of their text."""
    return []


@pytest.fixture
def open_page(browser: Browser, site: Site, expected: list[str]) -> Iterator[Callable[..., Page]]:
    """`open_page(viewport=PHONE)`: a browser of its own; whatever it complains about on its console fails the test."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.text} ({message.location.get('url')})")

    def opened(**options: Any) -> Page:
        page = browser.new_context(base_url=site.url, **{"viewport": DESKTOP, **options}).new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield opened
    for context in browser.contexts:
        context.close()
    assert not [text for text in complaints if not any(part in text for part in expected)]


@pytest.fixture
def signed_in(open_page: Callable[..., Page], site: Site) -> Callable[..., Page]:
    """`signed_in()`: like `open_page`, after signing in as the first user."""

    def signed(**options: Any) -> Page:
        page = open_page(**options)
        page.goto("/login")
        page.get_by_label("E-mail").fill(site.user.email)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("heading", name="Dashboard").wait_for()
        return page

    return signed
