"""The pages of Tag Manager: the form, its sentences, the preview and its confirmation."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.account.cache.whose_eyes import OFFER_ALL
from app.auth.models import User
from app.extensions import db
from app.jobs.commands import service
from app.jobs.models import Job, Trial
from app.settings import store
from tests.desk import HOST, connect, disconnect, make_account, make_view
from tests.factories import make_job
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
FORM = "/tools/tag-manager"
SUMMARY: dict[str, Any] = {
    "change": 3180,
    "unchanged": 232,
    "closed": 27,
    "statuses": {"open": 3412, "closed": 27},
    "groups": [
        {"add": ["refund_2026"], "remove": [], "count": 2158},
        {"add": ["refund_2026"], "remove": ["returns"], "count": 1022},
    ],
    "fields": [
        {"tag": "returns", "field": "Contact reason", "effect": "emptied", "count": 1022, "displaced": None},
        {"tag": "reason_late", "field": "Reason", "effect": "displaced", "count": 1, "displaced": "reason_damaged"},
        {"tag": "vip", "field": "Tier", "effect": "set", "count": 12, "displaced": None},
    ],
    "sample": [
        {
            "ticket_id": 7,
            "subject": "Late",
            "status": "open",
            "before": ["returns", "de"],
            "after": ["de", "refund_2026"],
        }
    ],
}


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    strike = make_view(360002, title="Carrier strike", count=None, counted_at=None)
    connect(monkeypatch, make_view(), strike, make_view(3, title="Mine", current_user=True, restricted=True))


@pytest.fixture
def agent(sign_in: SignIn) -> PageClient:
    return sign_in("agent")


@pytest.fixture
def submitted(app: Flask, agent: PageClient, monkeypatch: pytest.MonkeyPatch) -> list[service.Submission]:
    """What was submitted; the answer is always the same job."""
    found: list[service.Submission] = []
    with app.app_context():
        job = make_job(db.session.get_one(User, agent.user_id))

    def submit(submission: service.Submission) -> Job:
        found.append(submission)
        return job

    monkeypatch.setattr(service, "submit", submit)
    return found


def preview_of(app: Flask, client: PageClient, **columns: Any) -> Job:
    """A finished dry run."""
    done = {"dry_run": True, "status": "completed", "started_at": 1.0, "listed_at": 2.0, "finished_at": 3.0}
    counts = {"total": 3439, "succeeded": 3180, "unchanged": 232, "skipped": 27}
    parameters = {"add": ["refund_2026"], "remove": ["returns"]}
    about = {"account": HOST, "summary": SUMMARY, "parameters": parameters, **done, **counts}
    with app.app_context():
        return make_job(db.session.get_one(User, client.user_id), **{**about, **columns})


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_the_form_lists_views_with_counts_and_their_age(app: Flask, agent: PageClient) -> None:
    assert "1 restricted view is left out" in words(agent.get(FORM).text)
    with app.app_context():
        store.put(OFFER_ALL, True)
    page = agent.get(FORM).text
    assert len(re.findall(r'type="radio" name="view_id"', page)) == 3
    seen = words(page)
    assert "over 12 minutes old ≈ 640" in seen
    assert "Carrier strike counting…" in seen
    assert "Mine depends on current user restricted" in seen
    assert "Late Refund” would become two tags, late and refund. Write late_refund" in seen


def test_the_address_can_fill_the_form_in(agent: PageClient) -> None:
    page = agent.get(f"{FORM}?view=360002&add=strike_checked&remove=old").text
    assert 'value="360002" checked' in page
    assert 'name="add" value="strike_checked"' in page
    assert 'name="remove" value="old"' in page


def test_a_filled_in_form_becomes_a_dry_run(agent: PageClient, submitted: list[service.Submission]) -> None:
    form = {"view_id": "360001", "add": "Refund_2026, vip", "remove": "returns", "token": "t"}
    answer = agent.submit(FORM, form)
    assert (answer.status_code, answer.location) == (303, "/jobs/1")
    (submission,) = submitted
    assert submission.dry_run is True
    assert (submission.source.kept(), submission.found.title) == ({"view_id": 360001}, "Open - Shipping")
    assert submission.parameters == {"add": ["refund_2026", "vip"], "remove": ["returns"]}
    assert submission.user.id == agent.user_id


def test_the_same_form_has_the_same_key_and_another_one_another(
    agent: PageClient, submitted: list[service.Submission]
) -> None:
    form = {"view_id": "360001", "add": "vip", "token": "t"}
    for changed in ({}, {}, {"add": "vips"}, {"token": "u"}):
        agent.submit(FORM, form | changed)
    keys = [submission.idempotency_key for submission in submitted]
    assert keys[0] == keys[1]
    assert len(set(keys)) == 3


@pytest.mark.parametrize(
    ("form", "sentence"),
    [
        ({"view_id": "360001"}, "Name at least one tag"),
        ({"view_id": "360001", "add": "vip", "remove": "vip"}, "“vip” cannot be added and removed at once"),
        ({"view_id": "360001", "add": 'a"b'}, "(U+0022 QUOTATION MARK): write “ab”"),
        ({"view_id": "360001", "remove": "#vip"}, "“#vip” has “#” (U+0023 NUMBER SIGN): write “vip”."),
        ({"view_id": "360001", "add": "\x00"}, "Name at least one tag"),
        ({"add": "vip"}, "Choose the view whose tickets are meant."),
        ({"view_id": "999", "add": "vip"}, "This view is not there any more."),
        ({"view_id": "²", "add": "vip"}, "This view is not there any more."),
        ({"view_id": "9" * 30, "add": "vip"}, "This view is not there any more."),
    ],
)
def test_a_wrong_form_says_what_and_keeps_everything(
    agent: PageClient, submitted: list[service.Submission], form: dict[str, str], sentence: str
) -> None:
    answer = agent.submit(FORM, {"token": "t", **form})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not submitted
    for name in ("add", "remove"):
        kept = form.get(name, "").replace('"', "&#34;").replace("\x00", " ")
        assert f'name="{name}" value="{kept}"' in answer.text
    if form.get("view_id") == "360001":
        assert 'value="360001" checked' in answer.text


def test_a_refused_preview_says_why_and_keeps_the_form(agent: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_submission: service.Submission) -> Job:
        raise service.JobRefused("not_connected", "No Zendesk account is connected yet.", 503)

    monkeypatch.setattr(service, "submit", refuse)
    answer = agent.submit(FORM, {"view_id": "360001", "add": "vip", "token": "t"})
    assert answer.status_code == 503
    assert "No Zendesk account is connected yet." in answer.text
    assert 'name="add" value="vip"' in answer.text


def test_without_an_account_the_form_says_where_to_go(agent: PageClient, monkeypatch: pytest.MonkeyPatch) -> None:
    disconnect(monkeypatch)
    page = agent.get(FORM).text
    assert "Zendesk is not connected yet. The dashboard says how." in page
    assert "disabled" in page


def test_the_form_needs_a_csrf_token(agent: PageClient, submitted: list[service.Submission]) -> None:
    assert agent.post(FORM, data={"view_id": "360001", "add": "vip"}).status_code == 400
    assert agent.post(f"{FORM}/apply", data={"source_job_id": "1"}).status_code == 400
    assert not submitted


def test_the_preview_says_what_will_change_and_what_to_know(app: Flask, agent: PageClient) -> None:
    seen = words(agent.get(f"/jobs/{preview_of(app, agent).id}").text)
    assert "Will change3,180 Nothing to do232 Closed, left out27" in seen
    assert "returns is an option of Contact reason: it becomes empty on 1,022 tickets." in seen
    assert "reason_late is an option of Reason: on 1 ticket it takes the place of reason_damaged" in seen
    assert "vip is an option of Tier: the field is set to it on 12 tickets." in seen
    assert "A preview cannot foresee what agents and triggers do meanwhile." in seen
    assert "Download CSV" in seen


def test_samples_mark_added_and_removed_tags_by_more_than_colour(app: Flask, agent: PageClient) -> None:
    page = agent.get(f"/jobs/{preview_of(app, agent).id}").text
    marked = '<del class="tag">returns</del><span class="tag">de</span><ins class="tag">refund_2026</ins>'
    assert marked in page.replace("\n", "")


def test_the_confirmation_names_numbers_account_and_act(app: Flask, agent: PageClient) -> None:
    job = preview_of(app, agent)
    page = agent.get(f"/jobs/{job.id}").text
    seen = words(page)
    assert "Change tags on 3,180 tickets in acme.zendesk.com (PRODUCTION)?" in seen
    assert "Tag 3,180 tickets" in seen
    assert "About 44 seconds" in seen  # 32 batches, 10 at a time, 11 s each
    assert f'name="source_job_id" value="{job.id}"' in page
    assert 'name="expected_total" value="3439"' in page


def test_the_confirmed_preview_is_what_runs(agent: PageClient, submitted: list[service.Submission]) -> None:
    answer = agent.submit(f"{FORM}/apply", {"source_job_id": "1", "expected_total": "3439", "token": "abc"})
    assert (answer.status_code, answer.location) == (303, "/jobs/1")
    (submission,) = submitted
    assert submission.dry_run is False
    assert (submission.source.of_job, submission.expected_total) == (1, 3439)
    assert submission.parameters is None
    assert submission.idempotency_key == "apply-1-abc"


def test_a_refused_run_is_explained_on_its_preview(
    app: Flask, agent: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = preview_of(app, agent)

    def refuse(_submission: service.Submission) -> Job:
        raise service.JobRefused("other_account", "This job belongs to acme.", 409)

    monkeypatch.setattr(service, "submit", refuse)
    answer = agent.submit(f"{FORM}/apply", {"source_job_id": str(job.id), "typed": "3180"})
    assert answer.location == f"/jobs/{job.id}"
    assert "This job belongs to acme." in agent.get(answer.location).text


def test_nothing_to_change_offers_nothing(app: Flask, agent: PageClient) -> None:
    summary = SUMMARY | {"change": 0, "groups": [], "fields": [], "sample": []}
    page = agent.get(f"/jobs/{preview_of(app, agent, summary=summary).id}").text
    assert "Nothing to change." in page
    assert "232 tickets are as wanted already, and 27 tickets are closed" in page
    assert f"{FORM}/apply" not in page


def test_a_preview_of_another_account_offers_nothing(
    app: Flask, agent: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = preview_of(app, agent)
    connect(monkeypatch, connected=make_account("other.zendesk.com"))
    page = agent.get(f"/jobs/{job.id}").text
    assert "This job belongs to <strong>acme.zendesk.com</strong>" in page
    assert f"{FORM}/apply" not in page


def test_a_preview_that_was_carried_out_points_to_its_job(app: Flask, agent: PageClient) -> None:
    job = preview_of(app, agent)
    with app.app_context():
        run = make_job(db.session.get_one(User, agent.user_id), source_job_id=job.id, relation="run")
    page = agent.get(f"/jobs/{job.id}").text
    assert f'carried out in <a href="/jobs/{run.id}">' in page
    assert f"{FORM}/apply" not in page


def test_the_tags_without_what_zendesk_drops_are_one_click_away(
    agent: PageClient, submitted: list[service.Submission]
) -> None:
    """The button belongs to a form of its own, so that Enter in a field still sends what was typed."""
    typed = {"view_id": "360001", "add": "late #vip", "remove": "c++", "token": "t"}
    page = agent.submit(FORM, typed).text
    offer = re.search(r'<form[^>]* id="kept-add">(.*?)</form>', page, re.DOTALL)
    assert offer
    assert 'form="kept-add"' in page
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', offer.group(1)))
    assert {name: fields[name] for name in typed} == typed | {"add": "late vip"}
    page = agent.submit(FORM, {name: fields[name] for name in typed}).text
    assert "“c++”" in page
    assert "“#vip”" not in page
    assert not submitted
    answer = agent.submit(FORM, {name: fields[name] for name in typed} | {"remove": "c"})
    assert answer.status_code == 303
    assert submitted[0].parameters == {"add": ["late", "vip"], "remove": ["c"]}


def test_an_invisible_character_is_named_and_never_parts_a_tag(
    agent: PageClient, submitted: list[service.Submission]
) -> None:
    page = agent.submit(FORM, {"view_id": "360001", "add": "vip\u200bgold", "token": "t"}).text
    assert "“vip[U+200B]gold” has U+200B ZERO WIDTH SPACE: write “vipgold”." in page
    assert 'name="add" value="vip\u200bgold"' in page
    assert not submitted


def test_the_form_can_have_closed_tickets_tried(agent: PageClient, submitted: list[service.Submission]) -> None:
    assert 'name="closed" value="try" aria' in agent.get(FORM).text
    assert 'name="closed" value="try" checked' in agent.get(f"{FORM}?closed=try").text
    for fields in ({}, {"closed": "try"}):
        agent.submit(FORM, {"view_id": "360001", "add": "vip", "remove": "", **fields})
    wanted = [submission.parameters for submission in submitted]
    assert wanted == [{"add": ["vip"], "remove": []}, {"add": ["vip"], "remove": [], "closed": "try"}]


@pytest.mark.parametrize(("took", "said"), [(True, "took the change"), (False, "refused the change")])
def test_the_preview_counts_closed_tickets_apart_and_tells_what_the_account_did(
    took: bool, said: str, app: Flask, agent: PageClient
) -> None:
    parameters = {"add": ["refund_2026"], "remove": ["returns"], "closed": "try"}
    summary = SUMMARY | {"closed": 0, "closed_tried": 27}
    job = preview_of(app, agent, parameters=parameters, summary=summary)
    before = agent.get(f"/jobs/{job.id}").text
    assert "Of these closed" in before
    assert "27 of them are closed, and one of these goes first" in before
    assert "when closed tickets were tried" not in before.lower()
    with app.app_context():
        db.session.add(Trial(account=HOST, took=took, at=1_780_000_000.0))
        db.session.commit()
    seen = agent.get(f"/jobs/{job.id}").text
    assert f"{HOST} {said} of their tags (2026-05-28)" in seen
