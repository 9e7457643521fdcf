"""Single places where hostile input once ended as a fault of ours, with the right answer of each."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from flask import Flask
from sqlalchemy import select

from app.auth.models import User
from app.database import read_transaction
from app.extensions import db
from app.jobs.models import Job
from app.tools import ticket_csv
from tests.factories import make_item, make_job, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("email", ["\0", "ann@example.com\0", "\0ann@example.com", "%00"])
def test_an_address_with_nul_is_nobody_s(client: PageClient, email: str) -> None:
    assert client.submit("/login", {"email": email, "password": "x"}).status_code == 401


@pytest.mark.usefixtures("database")
def test_a_one_use_token_may_hold_anything(app: Flask, sign_in: SignIn) -> None:
    client = sign_in("agent")
    with app.app_context():
        author = db.session.get_one(User, client.user_id)
        job = make_job(author, status="completed", failed=1, total=1)
        make_item(job, 17, outcome="failed", error="locked")
    for token in ("\0", "a\0b", "\x00" * 64, "x" * 5_000):
        answer = client.submit(f"/jobs/{job.id}/retry", {"token": token})
        assert answer.status_code in (303, 404, 409), answer.text


@pytest.mark.parametrize(
    "days", ["9" * 400, "9" * 5_000, "1e3", "nan", "\N{ARABIC-INDIC DIGIT SEVEN}", "1_0", "-1", "7.0"]
)
def test_days_of_retention_that_are_none_are_refused_in_words(sign_in: SignIn, days: str) -> None:
    answer = sign_in("admin").submit("/admin/system/retention", {"ticket_days": days, "audit_days": days})
    assert answer.status_code == 422
    assert "Give whole days" in answer.text


def a_job_with(app: Flask, text: str) -> Job:
    """A job with a title, and tickets, in which this text stands."""
    with app.app_context():
        job = make_job(make_user("admin"), status="completed", total=2, succeeded=1, failed=1, source_title=text)
        make_item(job, 17, outcome="succeeded", before={"tags": [], "subject": text}, after={"tags": [text]})
        make_item(job, 18, outcome="failed", error="refused", detail=text)
        return job


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("text", ["\ud800", "a\udfffb", "\0", "a\0\ud83d b", "\udc00\ud800"])
def test_what_cannot_be_encoded_is_replaced_in_pages_answers_and_whole_files(
    app: Flask, sign_in: SignIn, text: str
) -> None:
    job = a_job_with(app, text)
    client = sign_in("admin")
    for address in ("/", "/jobs", f"/jobs/{job.id}", f"/jobs/{job.id}/live", "/jobs?ticket=17"):
        assert client.get(address).status_code == 200, address
    base = f"/api/v1/jobs/{job.id}"
    assert client.get(base).status_code == 200
    assert len(client.get(f"{base}/tickets").get_json()["tickets"]) == 2
    assert {each["ticket_id"] for each in client.get(f"{base}/export.json").get_json()["tickets"]} == {17, 18}
    lines = client.get(f"{base}/export.csv").get_data().decode().splitlines()
    assert [line for line in lines if line.startswith(("17,", "18,"))] == lines[1:]
    shown = app.test_cli_runner().invoke(args=["jobs", "show", str(job.id), "--tickets", "failed"])
    assert shown.exit_code == 3, shown.output


@pytest.mark.usefixtures("database")
def test_what_no_column_holds_is_kept_with_a_replacement(app: Flask) -> None:
    job = a_job_with(app, "a\0b\ud800c")
    with app.app_context(), read_transaction() as tx:
        assert tx.scalar(select(Job.source_title).where(Job.id == job.id)) == "a\ufffdb\ufffdc"


def test_a_file_that_is_streamed_does_not_end_in_the_middle(
    app: Flask, monkeypatch: pytest.MonkeyPatch, sign_in: SignIn
) -> None:
    def chunks(_job: Job, *_: object) -> list[str]:
        return ["first\n", "\ud800\n", "last\n"]

    job = a_job_with(app, "x")
    monkeypatch.setattr(ticket_csv, "csv_chunks", chunks)
    answer = sign_in("admin").get(f"/api/v1/jobs/{job.id}/export.csv")
    assert answer.get_data().decode() == "first\n\ufffd\nlast\n"


HEADERS = (
    "Accept", "Accept-Encoding", "Accept-Language", "Authorization", "Cookie", "Content-Length", "Content-Type", "Host",
    "If-Modified-Since", "If-None-Match", "Idempotency-Key", "Origin", "Range", "Referer", "Sec-Fetch-Site",
    "User-Agent", "X-CSRFToken", "X-Forwarded-For", "X-Fragment", "X-Polling", "X-Request-ID",
)  # fmt: skip
ODD_HEADERS = (
    "\0", "\xff\xfe", "9" * 5_000, "-1", "*/*;q=nan", "Bearer zgt_\xff", "bytes=0-" + "9" * 400,
    "session=\0; session=.eJ", "Wed, 99 Foo 99999 99:99:99 GMT", "[::1%",
)  # fmt: skip


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("header", HEADERS)
def test_no_header_is_our_fault(client: PageClient, header: str) -> None:
    for value, (method, address) in product(ODD_HEADERS, [("GET", "/api/v1/me"), ("POST", "/login")]):
        answer = client.open(address, method=method, headers={header: value})
        assert answer.status_code < 500, (header, value, address)
        assert "Traceback" not in answer.text
