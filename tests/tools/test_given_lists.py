"""Lists of ids on the forms of tools: read first, shown, and then previewed; without a script."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from app.extensions import db
from app.jobs.commands import service
from app.jobs.lists.models import TicketList
from app.jobs.models import Job
from app.jobs.sources.ids import KeptList
from app.ticket_ids.reading import MOST_BYTES
from tests.desk import HOST, connect, make_view
from tests.factories import make_job, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
TAGS, MACRO = "/tools/tag-manager", "/tools/apply-macro-to-view"
CSV = b"ticket_id;add\n5;vip\n6;gold\n6;gold\nhttps://other.zendesk.com/agent/tickets/7;x\n"


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, make_view())


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin")


def upload(client: PageClient, tool: str, content: bytes, status: int = 200, **more: str) -> str:
    """The page that answers when a file is uploaded."""
    data = {"file": (io.BytesIO(content), "lists/returns.csv"), "read_list": "1", **more}
    answer = client.submit(tool, data, content_type="multipart/form-data")
    assert answer.status_code == status
    page = html.unescape(answer.get_data(as_text=True))
    answer.close()
    answer.request.input_stream.close()  # a large body is in a file
    return page


def kept(app: Flask) -> TicketList:
    with app.app_context():
        return db.session.scalars(select(TicketList)).one()


def test_an_uploaded_list_is_shown_before_anything_starts(app: Flask, admin: PageClient) -> None:
    page = upload(admin, TAGS, CSV, add="common")
    assert (
        "2 tickets from returns.csv, column ticket_id, each with its own tags; 1 row named a ticket once more." in page
    )
    assert "1 row is no ticket of" in page
    assert "This URL is of another account, other.zendesk.com." in page
    assert 'value="common"' in page
    assert f'name="list" value="{kept(app).id}"' in page
    with app.app_context():
        assert db.session.scalars(select(Job)).all() == []


def test_what_was_rejected_can_be_downloaded_by_its_owner_alone(app: Flask, admin: PageClient, sign_in: SignIn) -> None:
    upload(admin, TAGS, CSV)
    address = f"/lists/{kept(app).id}/rejected.csv"
    rows = admin.get(address).get_data(as_text=True)
    assert rows.splitlines()[1].startswith("5,https://other.zendesk.com/agent/tickets/7,")
    assert sign_in("agent").get(address).status_code == 404


def test_pasted_ids_are_read_also_by_the_button_that_previews(app: Flask, admin: PageClient) -> None:
    answer = admin.submit(MACRO, {"source": "list", "ids": f"#5\nhttps://{HOST}/agent/tickets/6\nabc"})
    assert answer.status_code == 200
    assert re.search(r"2 tickets\.", answer.text)
    assert kept(app).total == 2


def test_a_list_becomes_the_source_of_the_preview(
    app: Flask, admin: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload(admin, TAGS, CSV)
    found: list[service.Submission] = []
    with app.app_context():
        job = make_job(make_user())
    monkeypatch.setattr(service, "submit", lambda submission: found.append(submission) or job)
    answer = admin.submit(TAGS, {"source": "list", "list": str(kept(app).id), "view_id": "1", "token": "t"})
    assert answer.status_code == 303
    [submission] = found
    assert submission.source == KeptList(list_id=kept(app).id)
    assert submission.parameters == {"add": [], "remove": [], "own": True}
    assert submission.found is not None
    assert submission.found.title == "returns.csv"


@pytest.mark.parametrize(
    ("tool", "content", "sentence"),
    [
        (TAGS, b"%PDF-1.7", "returns.csv: This is a PDF"),
        (TAGS, b"a,b\n1,2", "None of its columns"),
        (MACRO, CSV, "only Tag Manager changes"),
        (TAGS, b"", "There is nothing in it"),
    ],
)
def test_what_is_no_list_is_refused_in_a_sentence(admin: PageClient, tool: str, content: bytes, sentence: str) -> None:
    assert sentence in upload(admin, tool, content, status=422)


def test_a_list_of_nothing_but_rejected_rows_is_not_previewed(app: Flask, admin: PageClient) -> None:
    assert "No ticket is left" in upload(admin, TAGS, b"id\nabc\n")
    answer = admin.submit(TAGS, {"source": "list", "list": str(kept(app).id), "add": "a"})
    assert answer.status_code == 422


def test_a_list_of_somebody_else_is_none(app: Flask, admin: PageClient, sign_in: SignIn) -> None:
    upload(admin, TAGS, CSV)
    answer = sign_in("agent").submit(TAGS, {"source": "list", "list": str(kept(app).id), "add": "a"})
    assert answer.status_code == 422
    assert "There is no list" in answer.text


def test_a_file_may_be_larger_than_other_requests_and_no_larger_than_16_mb(admin: PageClient) -> None:
    large = b"id\n" + b"".join(b"%010d\n" % n for n in range(1, 200_000))
    assert "more than 50,000 tickets" in upload(admin, TAGS, large, status=422)
    too_large = b"1" * (MOST_BYTES + 2_000_000)
    assert admin.post(TAGS, data=too_large, content_type="multipart/form-data; boundary=x").status_code == 413
