"""The preview of a macro and its confirmation: numbers, the comment in its frame, what a person must type or accept."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.frames import STYLE_SOURCE
from app.jobs.commands import service
from app.jobs.models import Job
from tests.desk import HOST, connect, make_account, make_view
from tests.factories import make_item, make_job
from tests.pages import PageClient
from tests.tools.apply_macro.previews import (
    EVIL,
    SLUG,
    a_preview,
    make_comment,
    make_sample,
    make_snapshot,
    make_summary,
)

SignIn = Callable[..., PageClient]
TOOL = f"/tools/{SLUG}"


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch, make_view())


@pytest.fixture
def admin(sign_in: SignIn) -> PageClient:
    return sign_in("admin")


@pytest.fixture
def submitted(app: Flask, admin: PageClient, monkeypatch: pytest.MonkeyPatch) -> list[service.Submission]:
    """What was submitted; the answer is always the same job."""
    found: list[service.Submission] = []
    job = job_of(app, admin)

    def submit(submission: service.Submission) -> Job:
        found.append(submission)
        return job

    monkeypatch.setattr(service, "submit", submit)
    return found


def job_of(app: Flask, client: PageClient, **columns: Any) -> Job:
    with app.app_context():
        return make_job(db.session.get_one(User, client.user_id), **{"account": HOST, **columns})


def preview_of(app: Flask, client: PageClient, **changes: Any) -> Job:
    return job_of(app, client, **a_preview(**changes))


def words(page: str) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_tiles_say_what_a_run_would_do(app: Flask, admin: PageClient) -> None:
    seen = words(admin.get(f"/jobs/{preview_of(app, admin).id}").text)
    for tile in ("Will change 2,391", "Nothing to do 222", "Closed, left out 27", "Will be refused 3"):
        assert tile in seen
    assert "E-mails up to 2,371" in seen
    assert "A preview cannot foresee what agents and triggers do meanwhile." in seen


def test_changes_refusals_triggers_and_samples_are_said_by_name(app: Flask, admin: PageClient) -> None:
    seen = words(admin.get(f"/jobs/{preview_of(app, admin).id}").text)
    assert "Status → Solved · +late · public reply" in seen
    assert "A placeholder stayed. Edit it." in seen
    assert "perhaps 12 tickets" in seen
    assert "They run on a comment like this one (1) Notify requester e-mail" in seen
    assert "ERP sync webhook" in seen
    assert "Where is my parcel? Mia Lang · open · Outdoor" in seen
    assert "Not filled in: Zendesk did not answer." in seen
    assert "{{ticket.requester.first_name}} is empty on 4 of the 10 tickets filled in." in seen


def test_a_comment_stands_in_a_frame_that_can_do_nothing(app: Flask, admin: PageClient) -> None:
    answer = admin.get(f"/jobs/{preview_of(app, admin).id}")
    frames = re.findall(r"<iframe[^>]*>", answer.text)
    assert len(frames) == 3, "the longest, the emptiest, and that of a sample"
    for frame in frames:
        assert re.search(r" sandbox(?: |>)", frame), "with no allowance at all"
        inner = html.unescape(frame.partition('srcdoc="')[2].rpartition('"')[0])
        assert f"default-src 'none'; style-src {STYLE_SOURCE}" in inner
    assert STYLE_SOURCE in answer.headers["Content-Security-Policy"]
    assert "PUBLIC: the customer reads this" in words(answer.text)
    assert "The longest, on ticket #9" in words(answer.text)


def test_hostile_words_of_macros_and_tickets_stay_words(app: Flask, admin: PageClient) -> None:
    sample = make_sample(
        subject=EVIL,
        requester=EVIL,
        brand=EVIL,
        changes=[{"label": EVIL, "before": EVIL, "after": EVIL}],
        comment=make_comment(text=EVIL, author=EVIL, html='<p>"><script>alert(3)</script></p>'),
    )
    trigger = {"title": EVIL, "mails": True, "calls": True}
    summary = make_summary(
        sample=[sample],
        longest=sample,
        groups=[{"words": [EVIL], "count": 1}],
        triggers={"known": True, "sentence": EVIL, "groups": [{"kind": "any", "title": EVIL, "triggers": [trigger]}]},
        empty_placeholders=[{"placeholder": EVIL, "count": 1}],
    )
    snapshot = make_snapshot(macro={"id": 25, "title": EVIL}, words=[EVIL], cautions=[EVIL])
    page = admin.get(f"/jobs/{preview_of(app, admin, summary=summary, snapshot=snapshot, source_title=EVIL).id}").text
    assert "<script>alert" not in page
    assert "<img" not in page.replace('<img src="/static/icon.svg"', "")


def test_the_confirmation_of_a_public_reply_is_said_in_full(app: Flask, admin: PageClient) -> None:
    seen = words(admin.get(f"/jobs/{preview_of(app, admin).id}").text)
    assert "Send a public reply on 2,391 tickets in acme.zendesk.com (PRODUCTION)?" in seen
    assert "Macro Shipping::Delay apology ; list of" in seen
    assert "27 closed left out. Up to 2,240 customers and 131 CCs get an e-mail." in seen
    assert "1 calls a webhook (ERP sync)." in seen
    assert "Replies cannot be recalled. We send 5, then wait for you." in seen
    assert "Type 2,391 to send" in seen
    assert "Reply on 2,391 tickets" in seen
    assert "2,439 requests, about 4 minutes or longer: at most 80 % of the account" in seen


def test_an_internal_note_asks_for_less(app: Flask, admin: PageClient) -> None:
    snapshot = make_snapshot(public=False)
    job = preview_of(app, admin, snapshot=snapshot, writes_to_customers=False, summary=make_summary(mail=None))
    page = admin.get(f"/jobs/{job.id}").text
    assert "Add an internal note to 2,391 tickets" in words(page)
    assert "E-mails up to 0" in words(page)
    assert 'name="typed"' not in page
    assert "cannot be recalled" not in page


def test_a_macro_without_a_comment_only_changes(app: Flask, admin: PageClient) -> None:
    snapshot = make_snapshot(comment=None, dynamic=False)
    summary = make_summary(mail=None, longest=None, emptiest=None, sample=[make_sample(comment=None)])
    job = preview_of(app, admin, snapshot=snapshot, writes_to_customers=False, summary=summary)
    page = admin.get(f"/jobs/{job.id}").text
    assert "Change 2,391 tickets in acme.zendesk.com (PRODUCTION)?" in words(page)
    assert "<iframe" not in page


@pytest.mark.parametrize("typed", ["2391", "2,391", " 2 391 ", "2.391"])
def test_the_number_of_tickets_sends_the_reply(
    app: Flask, admin: PageClient, submitted: list[service.Submission], typed: str
) -> None:
    job = preview_of(app, admin)
    fields = {"source_job_id": str(job.id), "expected_total": "2643", "token": "abc", "typed": typed}
    answer = admin.submit(f"{TOOL}/apply", fields)
    assert (answer.status_code, len(submitted)) == (303, 1)
    (submission,) = submitted
    assert (submission.dry_run, submission.source.of_job, submission.expected_total) == (False, job.id, 2643)
    assert (submission.canary, submission.accept_current_user) == (None, False)
    assert submission.idempotency_key == f"apply-{job.id}-abc"


@pytest.mark.parametrize("typed", ["", "2643", "2390", "yes", "9" * 50, "-2391", "²"])
def test_another_number_sends_nothing_and_keeps_everything(
    app: Flask, admin: PageClient, submitted: list[service.Submission], typed: str
) -> None:
    job = preview_of(app, admin, names_current_user=True)
    fields = {"source_job_id": str(job.id), "typed": typed, "accept_current_user": "on"}
    answer = admin.submit(f"{TOOL}/apply", fields)
    assert answer.status_code == 422
    assert not submitted
    assert "Nothing was sent. Type 2,391, the number of tickets that get the reply." in answer.text
    assert f'name="typed" value="{typed[:40]}"' in answer.text
    assert 'name="accept_current_user" checked' in answer.text


@pytest.mark.parametrize("changes", [{"writes_to_customers": False}, {"summary": make_summary(change=1)}])
def test_a_note_and_a_single_reply_need_no_number(
    app: Flask, admin: PageClient, submitted: list[service.Submission], changes: dict[str, Any]
) -> None:
    job = preview_of(app, admin, **changes)
    assert admin.submit(f"{TOOL}/apply", {"source_job_id": str(job.id)}).status_code == 303
    assert len(submitted) == 1


def test_who_is_meant_must_be_accepted_by_name(
    app: Flask, admin: PageClient, submitted: list[service.Submission]
) -> None:
    job = preview_of(app, admin, names_current_user=True)
    page = admin.get(f"/jobs/{job.id}").text
    assert "That is Giga Tools Service , the Zendesk user we act as, and it is meant." in words(page)
    fields = {"source_job_id": str(job.id), "typed": "2391", "accept_current_user": "on"}
    admin.submit(f"{TOOL}/apply", fields)
    assert submitted[0].accept_current_user is True


def test_a_confirmation_that_accepts_nobody_sends_nothing(
    app: Flask, admin: PageClient, submitted: list[service.Submission]
) -> None:
    job = preview_of(app, admin, names_current_user=True)
    answer = admin.submit(f"{TOOL}/apply", {"source_job_id": str(job.id), "typed": "2391"})
    assert (answer.status_code, submitted) == (422, [])
    assert "Tick this if it is so" in answer.text
    assert 'name="typed" value="2391"' in answer.text


def test_a_live_job_with_the_same_view_and_macro_is_named(app: Flask, admin: PageClient) -> None:
    live = {"tool": SLUG, "status": "running", "listed_at": 1.0, "total": 9}
    twin = job_of(app, admin, **live, parameters={"macro_id": 25})
    job_of(app, admin, **live, parameters={"macro_id": 26})
    job_of(app, admin, **{**live, "status": "completed"}, parameters={"macro_id": 25})
    page = admin.get(f"/jobs/{preview_of(app, admin).id}").text
    assert re.findall(r'twin">.*?<a href="/jobs/(\d+)"', page, re.DOTALL) == [str(twin.id)]


def test_every_ticket_can_be_rendered_and_that_says_what_it_costs(
    app: Flask, admin: PageClient, submitted: list[service.Submission]
) -> None:
    job = preview_of(app, admin, source_title="Open", names_current_user=True)
    page = admin.get(f"/jobs/{job.id}").text
    assert "To see all of them before: 2,391 requests, about 4 minutes" in words(page)
    admin.submit(f"{TOOL}/render-all", {"source_job_id": str(job.id), "token": "abc"})
    (submission,) = submitted
    assert (submission.dry_run, submission.render_all, submission.source.kept()) == (True, True, job.source)
    assert (submission.parameters, submission.names_current_user) == ({"macro_id": 25}, True)
    assert "Render every ticket" not in admin.get(f"/jobs/{preview_of(app, admin, render_all=True).id}").text


def test_only_previews_of_this_tool_that_one_may_see_are_carried_out(
    app: Flask, admin: PageClient, submitted: list[service.Submission]
) -> None:
    others = [job_of(app, admin, dry_run=True), preview_of(app, admin, dry_run=False)]
    for job_id in [*(job.id for job in others), 0, 99_999, "x", 2**70]:
        for act in ("apply", "render-all"):
            assert admin.submit(f"{TOOL}/{act}", {"source_job_id": str(job_id), "typed": "2391"}).status_code == 404
    assert not submitted


def test_agents_get_nowhere(app: Flask, sign_in: SignIn, submitted: list[service.Submission]) -> None:
    agent = sign_in("agent")
    job = preview_of(app, agent)
    assert agent.get(TOOL).status_code == 403
    assert agent.submit(f"{TOOL}/apply", {"source_job_id": str(job.id), "typed": "2391"}).status_code == 403
    assert agent.submit(f"{TOOL}/render-all", {"source_job_id": str(job.id)}).status_code == 403
    assert not submitted


def test_a_preview_that_was_carried_out_points_to_its_job(app: Flask, admin: PageClient) -> None:
    job = preview_of(app, admin)
    run = job_of(app, admin, tool=SLUG, parameters={"macro_id": 25}, source_job_id=job.id, relation="run")
    page = admin.get(f"/jobs/{job.id}").text
    assert f'carried out in <a href="/jobs/{run.id}">' in page
    assert f"{TOOL}/apply" not in page


def test_nothing_to_change_offers_nothing(app: Flask, admin: PageClient) -> None:
    page = admin.get(f"/jobs/{preview_of(app, admin, summary=make_summary(change=0)).id}").text
    assert "Nothing to change." in page
    assert f"{TOOL}/apply" not in page


def test_elsewhere_a_preview_can_only_be_read(app: Flask, admin: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    job = preview_of(app, admin)
    connect(monkeypatch, connected=make_account("other.zendesk.com"))
    page = admin.get(f"/jobs/{job.id}").text
    assert f"{TOOL}/apply" not in page
    assert f"{TOOL}/render-all" not in page


def test_what_changed_on_a_ticket_is_said_by_name(app: Flask, admin: PageClient) -> None:
    before = {
        "subject": "Late",
        "status": "open",
        "assignee_id": None,
        "tags": ["vip", "late"],
        "custom_fields": {"77": None},
        "requester_id": 3,
    }
    comment = {"html_body": "<p>Dear <b>Mia</b></p>", "public": True}
    after = {
        "status": "hold",
        "assignee_id": 5,
        "tags": ["vip", "done"],
        "custom_fields": {"77": "late"},
        "comment": comment,
    }
    job = job_of(
        app, admin, **a_preview(dry_run=False, summary=None, total=1, succeeded=1, unchanged=0, skipped=0, failed=0)
    )
    with app.app_context():
        make_item(job, 4711, outcome="succeeded", before=before, after=after)
    for address in (f"/jobs/{job.id}", "/jobs?ticket=4711"):
        page = admin.get(address).text
        seen = words(page)
        assert "Status Open → On-hold" in seen
        assert "Assignee nobody → Ana Silva" in seen
        assert "Contact reason nothing → Late parcel" in seen
        assert '<ins class="tag">done</ins><del class="tag">late</del>' in page
        assert "PUBLIC REPLY Dear Mia" in seen
