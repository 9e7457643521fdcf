"""The page of the connection: what is saved is in force and read-only, secrets stay hidden, the seat belts hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select, text

from app import create_app
from app.account.connection import current as connected
from app.account.connection import settings, writing
from app.audit.models import AuditEntry
from app.auth import sessions
from app.extensions import db
from app.jobs.models import Job
from config import Config
from tests.account.desk import SANDBOX, Account, account
from tests.factories import make_job, make_user
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
PAGE = "/admin/connection"
SECRET = "planted-client-secret-0123456789"
OAUTH = {"subdomain": "acme", "method": "oauth", "oauth_client_id": "giga_tools", "oauth_client_secret": SECRET}
TOKEN = {"subdomain": "acme", "method": "token", "email": "ana@acme.example", "api_token": SECRET}


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin")


@pytest.fixture
def desk() -> Iterator[Account]:
    with account() as made:
        yield made


@pytest.fixture
def connectable(config: Config, desk: Account) -> Iterator[PageClient]:
    """An admin of an installation whose saved account is called at the sandbox."""
    app = create_app(replace(config, zendesk_api_url=desk.zendesk.base_url))
    app.test_client_class = PageClient
    client: Any = app.test_client()
    with app.app_context():
        sid = sessions.start(make_user("admin"))
        sessions.confirm(sid or "")
    with client.session_transaction() as session:
        session[sessions.KEY] = sid
    yield client
    with app.app_context():
        db.engine.dispose()


def right(**changes: str) -> dict[str, str]:
    return {
        "subdomain": "nordfell",
        "method": "oauth",
        "oauth_client_id": SANDBOX.oauth_client_id,
        "oauth_client_secret": SANDBOX.oauth_client_secret,
        **changes,
    }


def in_force(app: Flask) -> settings.InForce | None:
    with app.app_context():
        return settings.current()


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_a_saved_account_is_in_force_and_read_only(app: Flask, admin: PageClient) -> None:
    assert admin.submit(PAGE, OAUTH).status_code == 303
    now = in_force(app)
    assert now is not None
    assert (now.source, now.writing, now.zendesk.base_url) == ("saved", False, "https://acme.zendesk.com")
    assert now.zendesk.oauth_client_secret == SECRET


def test_every_process_sees_a_change_at_once(app: Flask, config: Config, admin: PageClient) -> None:
    other = create_app(config)
    assert in_force(other) is None
    admin.submit(PAGE, OAUTH)
    assert getattr(in_force(other), "source", None) == "saved"
    admin.submit(PAGE, {**OAUTH, "subdomain": "other"})
    with other.app_context():
        assert connected.current_host() == "other.zendesk.com"
        db.engine.dispose()


def test_a_saved_account_wins_over_the_environment_until_it_is_removed(
    config: Config, app: Flask, admin: PageClient
) -> None:
    app.extensions["config"] = replace(config, zendesk=settings_of_environment())
    assert getattr(in_force(app), "source", None) == "environment"
    assert getattr(in_force(app), "writing", None) is True
    admin.submit(PAGE, OAUTH)
    assert getattr(in_force(app), "source", None) == "saved"
    admin.submit(f"{PAGE}/forget")
    now = in_force(app)
    assert now is not None
    assert (now.source, now.zendesk.base_url) == ("environment", "https://environment.zendesk.com")
    with app.app_context():
        assert db.session.scalar(text("select count(*) from zendesk_settings")) == 0


def settings_of_environment() -> Any:
    from config import ZendeskConfig

    return ZendeskConfig("https://environment.zendesk.com", oauth_client_id="env", oauth_client_secret="env-secret")


@pytest.mark.parametrize("form", [OAUTH, TOKEN])
def test_a_secret_is_nowhere_to_be_found(
    app: Flask,
    admin: PageClient,
    capfd: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
    form: dict[str, str],
) -> None:
    admin.submit(PAGE, form)
    wrong = admin.submit(PAGE, {**form, "subdomain": "not one"})
    assert wrong.status_code == 422
    stale = admin.post(PAGE, data=form, headers={"Sec-Fetch-Site": "same-origin"})
    assert stale.status_code == 400
    pages = [wrong.text, stale.text, admin.get(PAGE).text, admin.get("/admin/audit-log").text]
    assert not [page for page in pages if SECRET in page]
    assert SECRET not in caplog.text + "".join(capfd.readouterr())
    with app.app_context(), db.engine.connect() as connection:
        for table in ("zendesk_settings", "audit_log", "app_settings"):
            assert SECRET not in repr(connection.execute(text(f"select * from {table}")).all())  # noqa: S608 - above
    files = [path for path in Path(app.instance_path).rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if SECRET.encode() in path.read_bytes()]


def test_an_empty_secret_keeps_the_saved_one(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    assert admin.submit(PAGE, {**OAUTH, "oauth_client_secret": ""}).status_code == 303
    assert getattr(in_force(app), "zendesk").oauth_client_secret == SECRET  # noqa: B009 - it is there


@pytest.mark.parametrize("changed", [{"subdomain": "evil"}, {"oauth_client_id": "other"}])
def test_a_kept_secret_goes_to_no_other_account_and_no_other_name(
    app: Flask, admin: PageClient, changed: dict[str, str]
) -> None:
    admin.submit(PAGE, OAUTH)
    for path in (PAGE, f"{PAGE}/test"):
        answer = admin.submit(path, {**OAUTH, "oauth_client_secret": "", **changed})
        assert answer.status_code == 422
        assert "none is kept for this account and name" in answer.text
    answer = admin.submit(PAGE, {**TOKEN, "email": "giga_tools@acme.example", "api_token": ""})
    assert answer.status_code == 422
    assert getattr(in_force(app), "zendesk").base_url == "https://acme.zendesk.com"  # noqa: B009 - it is there


def test_an_address_pasted_with_its_ending_is_understood(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, {**TOKEN, "email": "ana@acme.example/token"})
    assert getattr(in_force(app), "zendesk").email == "ana@acme.example"  # noqa: B009 - it is there


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"subdomain": ""}, "Give the word before .zendesk.com"),
        ({"subdomain": "evil.example/"}, "A subdomain is the one word"),
        ({"subdomain": "https://acme.zendesk.com/agent"}, "only the word before .zendesk.com is needed: acme."),
        ({"oauth_client_id": ""}, "This is needed."),
        ({"oauth_client_id": "giga tools"}, "It has no blanks"),
        ({"oauth_client_secret": "s\u00e9cret"}, "A secret has plain characters only"),
        ({"oauth_client_secret": "two\nlines"}, "A secret has plain characters only"),
        ({"method": "password"}, "Choose one of the two."),
        ({"method": "token", "email": "nobody", "api_token": "x"}, "This is not an e-mail address."),
    ],
)
def test_what_does_not_fit_is_refused_in_a_sentence(
    app: Flask, admin: PageClient, changed: dict[str, str], sentence: str
) -> None:
    answer = admin.submit(PAGE, {**OAUTH, **changed})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert in_force(app) is None


def test_writing_needs_the_host_to_be_typed(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    for confirm in ("", "acme", "other.zendesk.com"):
        admin.submit(f"{PAGE}/writing", {"writing": "on", "confirm": confirm})
        assert getattr(in_force(app), "writing", None) is False
    assert "writing OFF" in words(admin.get("/jobs").text)
    admin.submit(f"{PAGE}/writing", {"writing": "on", "confirm": "acme.zendesk.com"})
    assert getattr(in_force(app), "writing", None) is True
    assert "writing ON" in words(admin.get("/jobs").text)
    admin.submit(f"{PAGE}/writing", {"writing": "off"})
    assert getattr(in_force(app), "writing", None) is False


def test_a_new_secret_leaves_writing_on_and_a_new_account_does_not(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    admin.submit(f"{PAGE}/writing", {"writing": "on", "confirm": "acme.zendesk.com"})
    admin.submit(PAGE, {**OAUTH, "oauth_client_secret": "a-new-secret"})
    assert getattr(in_force(app), "writing", None) is True
    admin.submit(PAGE, {**OAUTH, "subdomain": "acme2"})
    assert getattr(in_force(app), "writing", None) is False


def test_an_account_of_the_environment_can_be_read_only_too(app: Flask, config: Config, admin: PageClient) -> None:
    app.extensions["config"] = replace(config, zendesk=settings_of_environment())
    admin.submit(f"{PAGE}/writing", {"writing": "off"})
    assert getattr(in_force(app), "writing", None) is False
    admin.submit(f"{PAGE}/writing", {"writing": "on", "confirm": "environment.zendesk.com"})
    assert getattr(in_force(app), "writing", None) is True


def test_all_writing_is_stopped_and_released_and_the_bar_says_so(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    admin.submit(f"{PAGE}/stop")
    with app.app_context():
        assert writing.hold() == writing.RELEASE
    assert "writing stopped" in words(admin.get("/jobs").text)
    admin.submit(f"{PAGE}/release")
    with app.app_context():
        assert not writing.stopped()


def test_jobs_of_the_old_account_are_paused_at_once_and_can_only_be_read(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    with app.app_context():
        job = make_job(make_user("admin"), account="acme.zendesk.com", status="running")
        failed = make_job(make_user("admin"), account="acme.zendesk.com", status="failed", failed=1)
    admin.submit(PAGE, {**OAUTH, "subdomain": "elsewhere"})
    with app.app_context():
        assert db.session.get_one(Job, job.id).status == "paused"
    for job_id, act in ((job.id, "resume"), (failed.id, "resume"), (failed.id, "retry")):
        answer = admin.write(f"/api/v1/jobs/{job_id}/{act}")
        assert answer.status_code == 409
        assert f"Job {job_id} belongs to acme.zendesk.com; the same numbers are other tickets" in answer.text


def test_a_test_before_saving_says_what_is_wrong_and_saves_nothing(connectable: PageClient) -> None:
    good = connectable.submit(f"{PAGE}/test", right())
    assert "It works" in good.text
    assert "700 requests a minute" in good.text
    bad = connectable.submit(f"{PAGE}/test", right(oauth_client_secret=SECRET))
    assert "refused the OAuth client" in bad.text
    assert SECRET not in bad.text
    assert "No Zendesk account is connected" in words(connectable.get(PAGE).text)


def test_a_script_gets_the_report_alone(connectable: PageClient) -> None:
    answer = connectable.submit(f"{PAGE}/test", right(), headers={"X-Fragment": "1"})
    assert answer.text.lstrip().startswith('<div id="report"')
    wrong = connectable.submit(f"{PAGE}/test", right(subdomain="a.b"), headers={"X-Fragment": "1"})
    assert wrong.status_code == 422
    assert "A subdomain is the one word" in wrong.text
    assert "<html" not in wrong.text


def test_a_connection_made_by_forms_alone_works_end_to_end(connectable: PageClient, desk: Account) -> None:
    connectable.submit(PAGE, right())
    assert "It works" in connectable.submit(f"{PAGE}/check").text
    host = desk.zendesk.base_url.removeprefix("http://")
    assert connectable.get("/api/v1/views").json["views"]
    view = next(view for view in desk.world.views.values() if view.title.lower().startswith("carrier strike"))
    job = {"tool": "tag-manager", "source": {"view_id": view.id}, "parameters": {"add": ["checked"], "remove": []}}
    preview = connectable.write("/api/v1/jobs", job)
    assert preview.status_code == 201
    refused = connectable.write("/api/v1/jobs", {**job, "dry_run": False})
    assert (refused.status_code, refused.json["error"]["code"]) == (409, "read_only")
    assert not [request for request in desk.world.ledger.requests if request.method == "PUT"]
    connectable.submit(f"{PAGE}/writing", {"writing": "on", "confirm": host})
    done = connectable.write("/api/v1/jobs", {**job, "dry_run": False, "accept_current_user": True})
    assert done.json["status"] == "completed", done.json
    assert done.json["account"] == host
    assert done.json["succeeded"] > 0


def test_a_ticket_can_be_tried_while_read_only_but_not_while_stopped(connectable: PageClient, desk: Account) -> None:
    connectable.submit(PAGE, right())
    host = desk.zendesk.base_url.removeprefix("http://")
    ticket = next(each for each in desk.world.tickets.values() if each.status == "open")
    form = {"ticket_id": str(ticket.id), "host": host}
    assert "Writing works." in connectable.submit(f"{PAGE}/try", form).text
    connectable.submit(f"{PAGE}/stop")
    sent = len([request for request in desk.world.ledger.requests if request.method == "PUT"])
    for wrong, sentence in (
        (form, "All writing is stopped"),
        ({**form, "host": "other.zendesk.com"}, "The account was changed meanwhile"),
    ):
        answer = connectable.submit(f"{PAGE}/try", wrong)
        assert answer.status_code == 422
        assert sentence in answer.text
    connectable.submit(f"{PAGE}/release")
    for number in ("", "abc", "\u0663", "9" * 40, "-1"):
        assert connectable.submit(f"{PAGE}/try", {**form, "ticket_id": number}).status_code == 422
    assert sent == len([request for request in desk.world.ledger.requests if request.method == "PUT"])


def test_the_audit_log_has_what_was_decided(app: Flask, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    admin.submit(f"{PAGE}/writing", {"writing": "on", "confirm": "acme.zendesk.com"})
    admin.submit(f"{PAGE}/stop")
    admin.submit(f"{PAGE}/release")
    admin.submit(f"{PAGE}/forget")
    with app.app_context():
        actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == [
        "settings.connection_saved",
        "settings.writing_on",
        "settings.writing_stopped",
        "settings.writing_released",
        "settings.connection_forgotten",
    ]


def test_keys_can_be_rotated_and_a_lost_key_is_told(app: Flask, config: Config, admin: PageClient) -> None:
    admin.submit(PAGE, OAUTH)
    new = Fernet.generate_key().decode()
    both = create_app(replace(config, encryption_keys=(new, *config.encryption_keys)))
    rotated = both.test_cli_runner().invoke(args=["secrets", "rotate"])
    assert rotated.exit_code == 0, rotated.output
    only_new = create_app(replace(config, encryption_keys=(new,)))
    assert getattr(in_force(only_new), "zendesk").oauth_client_secret == SECRET  # noqa: B009 - it is there
    lost = in_force(app)
    assert lost is not None
    assert not lost.readable
    page = words(admin.get(PAGE).text)
    assert "cannot be decrypted" in page
    result = app.test_cli_runner().invoke(args=["secrets", "rotate"])
    assert result.exit_code == 1
    with app.app_context():
        rotations = db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "settings.keys_rotated"))
        assert [detail["lost"] for detail in rotations] == [0, 1]
    assert "None of the keys opens 1 more" in result.output
    for other in (both, only_new):
        with other.app_context():
            db.engine.dispose()


def test_the_page_has_the_steps_and_the_countdown(admin: PageClient) -> None:
    page = words(admin.get(PAGE).text)
    for part in (
        "Admin Center &gt; Apps and integrations &gt; APIs &gt; OAuth clients",
        "Confidential",
        "read tickets:write",
        "All API tokens stop working on 30 April 2027",
        "27 October 2026",
    ):
        assert part in page
    assert re.search(r"\d+ days? left\.", page)
