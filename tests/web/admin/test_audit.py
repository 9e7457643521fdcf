"""The page of the audit log: its filter, its pages, its exports; for admins alone."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit.log import record
from app.audit.models import AuditEntry
from app.database import transaction
from app.extensions import db
from tests.factories import make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
DAY = 86_400.0
MIDNIGHT = 1_795_478_400.0  # 24 November 2026 begins, in UTC


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin")


@pytest.fixture
def filled(app: Flask) -> None:
    """Four entries: two of Ada's about jobs, one about Bo's account, one of the system."""
    with app.app_context():
        ada = make_user("admin", email="ada@example.com")
        record("job.submitted", "job", 214, "Ada started job 214.", actor=ada)
        record("job.cancelled", "job", 215, "Ada stopped job 215.", actor=ada)
        record("user.deactivated", "user", 7, "Closed the account of bo@example.com.", actor=ada)
        record("sweep.done", summary="=1+1 looked after old jobs.")
        with transaction() as tx:
            for number, days in ((1, 0), (2, 1), (3, 2), (4, 3)):
                tx.execute(update(AuditEntry).where(AuditEntry.id == number).values(at=MIDNIGHT + days * DAY))


def exported(client: PageClient, query: str = "") -> list[int]:
    entries = json.loads(client.get(f"/admin/audit-log/export.json{query}").text)["entries"]
    return [entry["id"] for entry in entries if entry["action"] != "audit_log.exported"]


@pytest.mark.usefixtures("filled", "database")
@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [4, 3, 2, 1]),
        ("?group=job", [2, 1]),
        ("?group=jo", []),
        ("?person=ADA", [3, 2, 1]),
        ("?person=bo@example", [3]),
        ("?person=a%25a", []),
        ("?person=system", [4]),
        ("?object=job+214", [1]),
        ("?object=%23214", [1]),
        ("?object=job", [2, 1]),
        ("?from=2026-11-25&to=2026-11-26", [3, 2]),
        ("?to=2026-11-24", [1]),
        ("?from=nonsense&group=user", [3]),
    ],
)
def test_the_filter_finds_what_is_asked_for(admin: PageClient, query: str, ids: list[int]) -> None:
    assert exported(admin, query) == ids
    page = admin.get(f"/admin/audit-log{query}").text
    assert [
        number for number, word in enumerate(("job 214.", "job 215.", "account of", "=1+1"), 1) if word in page
    ] == (sorted(ids))


def test_pages_follow_each_other_and_miss_nothing(app: Flask, admin: PageClient) -> None:
    with app.app_context():
        for number in range(60):
            record("probe.pressed", "probe", number, f"probe {number:03}.")
    first = admin.get("/admin/audit-log?group=probe").text
    assert "before=11&amp;group=probe" in first
    second = admin.get("/admin/audit-log?before=11&group=probe").text
    for number in range(60):
        assert (f"probe {number:03}." in first) is (number >= 10)
        assert (f"probe {number:03}." in second) is (number < 10)


@pytest.mark.usefixtures("filled")
def test_the_csv_computes_nothing_and_bears_the_same(admin: PageClient) -> None:
    answer = admin.get("/admin/audit-log/export.csv")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit-log.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert rows[1]["summary"] == "'=1+1 looked after old jobs."
    assert rows[-1]["at"] == "2026-11-24T00:00:00Z"
    assert rows[-1]["actor"] == "ada@example.com"


@pytest.mark.usefixtures("filled")
def test_an_export_is_in_the_log(app: Flask, admin: PageClient) -> None:
    admin.get("/admin/audit-log/export.csv?group=job")
    with app.app_context():
        newest = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc())).first()
    assert newest is not None
    assert (newest.action, newest.detail) == ("audit_log.exported", {"filter": {"group": "job"}})


def test_agents_are_kept_out(sign_in: SignIn) -> None:
    agent = sign_in("agent")
    for path in ("", "/export.csv", "/export.json"):
        assert agent.get(f"/admin/audit-log{path}").status_code == 403


@pytest.mark.parametrize("before", ["x", "-1", "99999999999999999999999", ""])
def test_an_odd_cursor_breaks_nothing(admin: PageClient, before: str) -> None:
    assert admin.get(f"/admin/audit-log?before={before}").status_code == 200


def test_words_of_people_cannot_become_markup(app: Flask, admin: PageClient) -> None:
    with app.app_context():
        record("user.renamed", "<b>x", "<b>y", "<script>alert(1)</script>")
    page = admin.get("/admin/audit-log").text
    assert "<script>alert" not in page
    assert "<b>" not in page
