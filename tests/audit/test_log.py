"""The audit log: what an entry holds, what it never holds, and that it stops nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask, jsonify
from sqlalchemy import select, text

from app.audit.log import record
from app.audit.models import AuditEntry
from app.auth import tokens
from app.database import transaction
from app.extensions import db
from tests.factories import make_job, make_user
from tests.pages import PageClient


def entries(app: Flask) -> list[AuditEntry]:
    with app.app_context():
        return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.fixture
def probe(app: Flask) -> None:
    def act() -> Any:
        record("probe.pressed", "probe", 7, "The probe was pressed.", colour="red")
        return jsonify("done")

    app.add_url_rule("/probe", "probe", act, methods=["POST"])


@pytest.mark.usefixtures("probe", "database")
def test_an_entry_says_who_what_when_and_from_where(app: Flask, sign_in: Callable[..., PageClient]) -> None:
    client = sign_in("admin", email="ada@example.com")
    client.submit("/probe", headers={"X-Request-ID": "request-4711"}, environ_base={"REMOTE_ADDR": "192.0.2.7"})
    (entry,) = entries(app)
    assert (entry.actor_id, entry.actor, entry.ip) == (client.user_id, "ada@example.com", "192.0.2.7")
    assert (entry.action, entry.object_type, entry.object_id) == ("probe.pressed", "probe", "7")
    assert (entry.request_id, entry.summary) == ("request-4711", "The probe was pressed.")
    assert entry.detail == {"colour": "red"}
    assert entry.at > 1_700_000_000


def test_without_a_request_it_was_the_system(app: Flask) -> None:
    with app.app_context():
        record("sweep.done")
    (entry,) = entries(app)
    assert (entry.actor_id, entry.actor, entry.ip, entry.detail) == (None, "", "", {})


def test_what_a_script_did_names_the_script_and_the_person(app: Flask) -> None:
    with app.app_context():
        ada = make_user("admin", email="ada@example.com")
        token = tokens.create(ada, "nightly export")
        job = make_job(ada, status="completed", listed_at=1.0)
    answer = app.test_client().get(f"/api/v1/jobs/{job.id}/export.csv", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    entry = entries(app)[-1]
    assert (entry.action, entry.object_id, entry.actor) == ("job.exported", str(job.id), "ada@example.com")
    assert entry.summary == f"Exported the tickets of job {job.id} as CSV."
    assert entry.detail == {"script": "nightly export"}


def test_somebody_else_can_be_named_as_the_one_who_did_it(app: Flask) -> None:
    with app.app_context():
        user = make_user(email="ada@example.com")
        record("sign_in.done", actor=user)
    assert entries(app)[0].actor == "ada@example.com"


@pytest.mark.usefixtures("database")
def test_no_secret_and_no_line_end_gets_in(app: Flask) -> None:
    with app.app_context():
        record(
            "x.y",
            summary="Saved\nzgt_abcdefghijklmnopqrstuvwxyz\0 for Ada",
            client_secret="planted-1",
            deep={"password": "planted-2", "text": "Bearer planted-3-planted-3"},
        )
    (entry,) = entries(app)
    assert "planted" not in repr(entry.detail)
    assert "abcdefghij" not in entry.summary
    assert "\n" not in entry.summary
    assert entry.summary.endswith("for Ada")


def test_what_is_too_long_is_cut(app: Flask) -> None:
    with app.app_context():
        record("x.y", object_id="9" * 100, summary="long " * 1_000)
    assert (len(entries(app)[0].object_id), len(entries(app)[0].summary)) == (64, 2_000)


@pytest.mark.usefixtures("probe")
def test_a_log_that_cannot_be_written_stops_nobody(
    app: Flask, sign_in: Callable[..., PageClient], capsys: pytest.CaptureFixture[str]
) -> None:
    client = sign_in("admin")
    with app.app_context(), transaction() as tx:
        tx.execute(text("DROP TABLE audit_log"))
    assert client.submit("/probe").status_code == 200
    assert "The probe was pressed." in capsys.readouterr().err


def test_a_value_that_is_no_json_is_told_in_words(app: Flask) -> None:
    with app.app_context():
        record("x.y", thing=object)
    assert entries(app)[0].detail == {"thing": "<class 'object'>"}
