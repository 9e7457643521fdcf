"""The pages of jobs: who sees them, what they say, and the commands that people have."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.jobs.commands import again, service
from app.jobs.models import Job, JobBatch
from tests.desk import HOST, connect, disconnect
from tests.factories import make_item, make_job
from tests.pages import PageClient

SignIn = Callable[..., PageClient]
POLL = {"X-Polling": "1"}
RUNNING = {"status": "running", "total": 3180, "succeeded": 1900, "unchanged": 68, "started_at": 1.0, "listed_at": 2.0}
DONE = {"status": "completed", "started_at": 1.0, "listed_at": 2.0, "finished_at": 3.0}
COMMANDS = {
    "cancel": "service.cancel",
    "pause": "service.pause",
    "resume": "service.resume",
    "continue": "service.go_on",
    "retry": "again.retry",
    "rest": "again.do_rest",
    "undo": "again.take_back",
}
"""What pages ask for, and the command that does it."""


@pytest.fixture(autouse=True)
def connected(monkeypatch: pytest.MonkeyPatch) -> None:
    connect(monkeypatch)


@pytest.fixture
def agent(sign_in: SignIn) -> PageClient:
    return sign_in("agent", name="Ana Silva")


@pytest.fixture
def job_of(app: Flask) -> Callable[..., Job]:
    """`job_of(client, status="running")`: a job of the person who is signed in there, with its tickets."""

    def made(client: PageClient, items: dict[int, dict[str, Any]] | None = None, **columns: Any) -> Job:
        with app.app_context():
            job = make_job(db.session.get_one(User, client.user_id), account=HOST, **columns)
            for ticket_id, values in (items or {}).items():
                make_item(job, ticket_id, **values)
            return job

    return made


JobOf = Callable[..., Job]


def text_of(page: str) -> str:
    """A page's words, blanks folded."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", page))


def test_an_agent_gets_404_for_the_jobs_of_others(sign_in: SignIn, agent: PageClient, job_of: JobOf) -> None:
    job = job_of(agent, **RUNNING)
    other = sign_in("agent")
    assert other.get(f"/jobs/{job.id}").status_code == 404
    assert other.get(f"/jobs/{job.id}/live", headers=POLL).status_code == 404
    for command in COMMANDS:
        assert other.submit(f"/jobs/{job.id}/{command}").status_code == 404
    assert sign_in("admin").get(f"/jobs/{job.id}").status_code == 200


@pytest.mark.parametrize("number", ["0", "99999", "2147483648", "99999999999999999999", "x"])
def test_a_job_that_does_not_exist_is_404(agent: PageClient, number: str) -> None:
    assert agent.get(f"/jobs/{number}").status_code == 404


def test_the_page_and_its_update_are_the_same_fragment(agent: PageClient, job_of: JobOf) -> None:
    job = job_of(agent, **RUNNING)
    page, fragment = agent.get(f"/jobs/{job.id}").text, agent.get(f"/jobs/{job.id}/live", headers=POLL).text
    changing = r'value="[^"]{20,}"|about [\w ]+ left|\d+ a minute'
    assert re.sub(changing, "", fragment).strip() in re.sub(changing, "", page)
    assert f'data-live="/jobs/{job.id}/live"' in fragment


def test_a_running_job_shows_its_bar_for_everybody(agent: PageClient, job_of: JobOf) -> None:
    page = agent.get(f"/jobs/{job_of(agent, **RUNNING).id}").text
    assert 'role="progressbar"' in page
    assert 'aria-valuenow="1968"' in page
    assert 'aria-valuetext="1,968 of 3,180 tickets"' in page
    assert "You may close this page" in page
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


def test_an_ended_job_asks_for_no_update(agent: PageClient, job_of: JobOf) -> None:
    page = agent.get(f"/jobs/{job_of(agent, **DONE, total=40, succeeded=40).id}").text
    assert "data-live=" not in page
    assert "http-equiv" not in page
    assert "live.js" not in page


def test_while_listing_the_count_so_far_is_shown(agent: PageClient, job_of: JobOf) -> None:
    page = agent.get(f"/jobs/{job_of(agent, status='collecting', total=1200).id}").text
    assert "1,200 tickets listed" in page
    assert "aria-valuenow" not in page


def test_what_a_job_waits_for_is_said(agent: PageClient, job_of: JobOf) -> None:
    job = job_of(agent, **RUNNING, waiting_for="Zendesk's rate limit", wake_at=1_795_485_997.0)
    assert "Waits for Zendesk's rate limit, until 02:06:37 UTC." in text_of(agent.get(f"/jobs/{job.id}").text).replace(
        "&#39;", "'"
    )


def test_the_question_before_a_stop_has_the_numbers(app: Flask, agent: PageClient, job_of: JobOf) -> None:
    job = job_of(agent, **RUNNING)
    with app.app_context():
        sent = {"job_id": job.id, "status": "sent", "lease_token": 1, "size": 3, "payload_hash": "x"}
        batch = JobBatch(**sent)
        db.session.add(batch)
        db.session.commit()
        batch_id = batch.id
        for ticket_id in range(1, 4):
            make_item(job, ticket_id, batch_id=batch_id)
    page = text_of(agent.get(f"/jobs/{job.id}").text)
    assert "1,900 tickets are changed and stay so." in page
    assert "Up to 3 are at Zendesk and will finish." in page
    assert "1,209 stay untouched." in page


def test_stopping_a_dry_run_is_harmless_and_says_so(agent: PageClient, job_of: JobOf) -> None:
    page = text_of(agent.get(f"/jobs/{job_of(agent, status='collecting', dry_run=True, total=50).id}").text)
    assert "Nothing has been changed, and nothing will be." in page


@pytest.mark.parametrize(
    ("status", "requested", "acts"),
    [
        ("queued", "run", {"pause", "cancel"}),
        ("collecting", "run", {"pause", "cancel"}),
        ("running", "run", {"pause", "cancel"}),
        ("running", "pause", {"resume", "cancel"}),
        ("paused", "pause", {"resume", "cancel"}),
        ("cancelling", "cancel", set()),
        ("cancelled", "cancel", set()),
        ("completed", "run", set()),
        ("failed", "run", {"resume", "cancel"}),
    ],
)
def test_only_what_can_be_asked_is_offered(
    agent: PageClient, job_of: JobOf, status: str, requested: str, acts: set[str]
) -> None:
    job = job_of(agent, status=status, requested_state=requested, total=10, listed_at=1.0)
    offered = set(re.findall(rf'action="/jobs/{job.id}/(\w+)"', agent.get(f"/jobs/{job.id}").text))
    assert offered == {*acts, "preset"}


def test_a_job_of_another_account_can_be_read_but_not_run(
    agent: PageClient, job_of: JobOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = job_of(agent, **{**DONE, "status": "failed"}, total=10, failed=2, items={7: {"outcome": "failed"}})
    disconnect(monkeypatch)
    page = agent.get(f"/jobs/{job.id}").text
    assert "This job belongs to <strong>acme.zendesk.com</strong>" in page
    assert f'action="/jobs/{job.id}/resume"' not in page
    assert f'action="/jobs/{job.id}/retry"' not in page
    assert "/agent/tickets/7" not in page


def test_failures_are_grouped_with_a_remedy_and_a_retry(agent: PageClient, job_of: JobOf) -> None:
    items = {
        1: {"outcome": "failed", "error": "conflict"},
        2: {"outcome": "failed", "error": "conflict"},
        3: {"outcome": "failed", "error": "refused", "detail": "Brand is not active"},
        4: {"outcome": "skipped", "error": "closed"},
    }
    job = job_of(agent, **DONE, total=40, succeeded=36, failed=3, skipped=1, items=items)
    page = agent.get(f"/jobs/{job.id}").text
    assert "Retry 3 failed…" in page
    assert "Retry when it is quieter there." in page
    assert "Brand is not active" in page
    assert f'href="/jobs/{job.id}?outcome=failed&amp;error=conflict#tickets">2 tickets</a>' in page


def test_tickets_are_shown_with_their_change_and_a_link(agent: PageClient, job_of: JobOf) -> None:
    after = {"tags": ["late_refund"]}
    job = job_of(agent, **DONE, total=1, succeeded=1, items={4711: {"outcome": "succeeded", "after": after}})
    page = agent.get(f"/jobs/{job.id}").text
    assert 'href="https://acme.zendesk.com/agent/tickets/4711"' in page
    assert "Where is parcel 4711?" in page
    assert '<ins class="tag">late_refund</ins>' in page
    assert '<del class="tag">refund</del>' in page


def shown_tickets(page: str) -> list[int]:
    return [int(number) for number in re.findall(r"/agent/tickets/(\d+)", page)]


def test_tickets_can_be_filtered_and_found(agent: PageClient, job_of: JobOf) -> None:
    items = {1: {"outcome": "succeeded"}, 2: {"outcome": "failed", "error": "conflict"}, 3: {"outcome": "succeeded"}}
    address = f"/jobs/{job_of(agent, **DONE, total=3, succeeded=2, failed=1, items=items).id}"
    assert shown_tickets(agent.get(address).text) == [1, 2, 3]
    assert shown_tickets(agent.get(f"{address}?outcome=failed").text) == [2]
    assert shown_tickets(agent.get(f"{address}?ticket=%233").text) == [3]
    assert "is not among this job" in agent.get(f"{address}?ticket=99").text
    assert "has digits only" in agent.get(f"{address}?ticket=abc").text
    assert "No ticket of this job has the outcome" in agent.get(f"{address}?outcome=unknown").text


def test_a_reason_leads_to_exactly_its_tickets(agent: PageClient, job_of: JobOf) -> None:
    errors = {1: "conflict", 2: "refused", 3: "conflict", 4: None, 5: "refused"}
    items = {number: {"outcome": "failed", "error": error} for number, error in errors.items()}
    job = job_of(agent, **DONE, total=5, failed=5, items=items)
    page = agent.get(f"/jobs/{job.id}").text
    found = re.findall(r'href="(/jobs/\d+\?outcome=failed&amp;error=\w+)#tickets">(\d+) tickets?<', page)
    assert [number for _, number in found] == ["2", "2", "1"]
    seen = [shown_tickets(agent.get(link.replace("&amp;", "&")).text) for link, _ in found]
    assert sorted(seen) == [[1, 3], [2, 5], [4]]
    only = agent.get(f"/jobs/{job.id}?outcome=failed&error=refused").text
    assert f'href="/api/v1/jobs/{job.id}/export.csv?outcome=failed&amp;error=refused&amp;bom=1"' in only
    assert 'export.csv?outcome=failed&amp;error=conflict&amp;bom=1"' in page
    assert 'export.csv?outcome=failed&amp;bom=1"' in page


def test_a_list_that_was_refused_offers_no_resume_and_says_why(agent: PageClient, job_of: JobOf) -> None:
    sentence = "This job has more than 10 tickets."
    page = agent.get(f"/jobs/{job_of(agent, status='failed', error=sentence, refused_for='over_cap').id}").text
    assert "/resume" not in page
    assert f"{sentence} A job whose list was refused cannot be resumed." in page


def test_a_retry_that_was_used_is_offered_no_more(agent: PageClient, job_of: JobOf) -> None:
    failed = {1: {"outcome": "failed"}, 2: {"outcome": "failed"}}
    job = job_of(agent, **DONE, total=2, failed=2, items=failed)
    preview = {"relation": "retry", "source_job_id": job.id, "dry_run": True}
    previewed = job_of(agent, **DONE, **preview, total=2, succeeded=2, items={1: {"outcome": "succeeded"}})
    page = agent.get(f"/jobs/{job.id}").text
    assert "Retry 2 failed…" in page, "a preview tries nothing"
    assert f"A retry is previewed in job {previewed.id}" in text_of(page)
    run = {"relation": "run", "source_job_id": previewed.id}
    tried = job_of(agent, **run, status="running", listed_at=1.0, total=1, items={1: {}})
    page = agent.get(f"/jobs/{job.id}").text
    assert f'action="/jobs/{job.id}/retry"' not in page, "somebody is at it"
    assert f"Carried on in job {tried.id}" in text_of(page)


def test_the_preview_of_a_retry_says_what_changed_since(agent: PageClient, job_of: JobOf) -> None:
    job = job_of(agent, **DONE, total=3, failed=3)
    since: dict[int, dict[str, Any]] = {
        1: {"status": {"was": "open", "is": "pending"}, "group_id": {"was": 17, "is": 18}},
        2: {"updated_at": {"was": "2026-01-01T00:00:00Z", "is": "2026-01-01T00:01:00Z"}},
        3: {"updated_at": {"was": "2026-01-01T00:00:00Z", "is": None}},
        4: {},
    }
    items = {number: {"outcome": "succeeded", "changed_since": changed} for number, changed in since.items()}
    names = {"names_since": {"group_id": {"17": "Billing", "18": "Shipping"}, "assignee_id": {}}}
    summary = {"change": 4, "unchanged": 0, "closed": 0, "statuses": {}, "groups": [], "fields": [], "sample": []}
    origin = {"relation": "retry", "source_job_id": job.id, "dry_run": True}
    preview = job_of(agent, **DONE, **origin, total=4, succeeded=4, summary={**summary, **names}, items=items)
    page = text_of(agent.get(f"/jobs/{preview.id}").text)
    assert "previewed a retry of" in page
    assert f"3 tickets changed since job {job.id}" in page
    assert "Status open → pending" in page
    assert "Group Billing → Shipping" in page
    assert "Updated by something that is not shown here, such as a comment." in page
    assert "Deleted, merged, or hidden from our Zendesk user." in page
    assert "Tag 4 tickets" in page


def test_tickets_are_paged_by_a_cursor(agent: PageClient, job_of: JobOf) -> None:
    items = {number: {"outcome": "succeeded"} for number in range(1, 31)}
    address = f"/jobs/{job_of(agent, **DONE, total=30, succeeded=30, items=items).id}"
    first = agent.get(address).text
    assert shown_tickets(first) == list(range(1, 26))
    assert f'href="{address}?after=25#tickets"' in first
    second = agent.get(f"{address}?after=25").text
    assert shown_tickets(second) == list(range(26, 31))
    assert "First page" in second
    assert "Next" not in second


@pytest.mark.parametrize("query", ["after=x", "after=-1", f"after={'9' * 30}", "outcome=none", "ticket=%00"])
def test_a_strange_address_still_opens(agent: PageClient, job_of: JobOf, query: str) -> None:
    assert agent.get(f"/jobs/{job_of(agent, **DONE).id}?{query}").status_code == 200


def test_what_came_of_a_job_and_where_it_came_from_is_linked(agent: PageClient, job_of: JobOf) -> None:
    preview = job_of(agent, **DONE, dry_run=True, total=1, succeeded=1)
    run = job_of(agent, **DONE, total=1, failed=1, source_job_id=preview.id, relation="run")
    retry = job_of(agent, **DONE, total=1, succeeded=1, source_job_id=run.id, relation="retry")
    page = text_of(agent.get(f"/jobs/{run.id}").text)
    assert f"Job {preview.id}: its list of tickets, exactly" in page
    assert f"Carried on in job {retry.id}" in page
    assert f"Job {run.id}: its failed tickets" in text_of(agent.get(f"/jobs/{retry.id}").text)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_needs_a_csrf_token(agent: PageClient, job_of: JobOf, command: str) -> None:
    job = job_of(agent, **RUNNING)
    assert agent.post(f"/jobs/{job.id}/{command}").status_code == 400


@pytest.mark.parametrize("command", COMMANDS)
def test_a_refused_wish_is_explained_on_the_job(
    agent: PageClient, job_of: JobOf, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    def refuse(*_args: Any, **_kwargs: Any) -> Job:
        raise service.JobRefused("not_under_way", "The job has ended already.", 409)

    monkeypatch.setattr(f"app.jobs.commands.{COMMANDS[command]}", refuse)
    job = job_of(agent, **DONE)
    answer = agent.submit(f"/jobs/{job.id}/{command}")
    assert answer.status_code == 303
    assert answer.location == f"/jobs/{job.id}"
    assert "The job has ended already." in agent.get(answer.location).text


@pytest.mark.parametrize("command", ["cancel", "pause", "resume", "continue"])
def test_a_command_is_passed_on(
    agent: PageClient, job_of: JobOf, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    job, asked = job_of(agent, **RUNNING), []

    def fulfil(job_id: int, user: User | None = None) -> Job:
        assert user is None or user.id == agent.user_id
        asked.append(job_id)
        return job

    monkeypatch.setattr(f"app.jobs.commands.{COMMANDS[command]}", fulfil)
    assert agent.submit(f"/jobs/{job.id}/{command}").location == f"/jobs/{job.id}"
    assert asked == [job.id]


def test_a_retry_leads_to_the_new_job_and_one_form_makes_one(
    agent: PageClient, job_of: JobOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    job, new = job_of(agent, **DONE, failed=1, total=1), job_of(agent, **RUNNING)
    keys: list[str] = []

    def retry(job_id: int, user: User, *, idempotency_key: str) -> Job:
        assert (job_id, user.id) == (job.id, agent.user_id)
        keys.append(idempotency_key)
        return new

    monkeypatch.setattr(again, "retry", retry)
    for _ in range(2):
        assert agent.submit(f"/jobs/{job.id}/retry", {"token": "once"}).location == f"/jobs/{new.id}"
    assert keys[0] == keys[1]
    assert "once" in keys[0]


def test_the_list_tells_each_job_in_a_sentence(agent: PageClient, job_of: JobOf) -> None:
    job_of(agent, **DONE, total=3180, succeeded=3153, failed=27, source_title="Open - Shipping")
    page = text_of(agent.get("/jobs").text)
    assert "Ana Silva tagged 3,153 tickets in Open - Shipping" in page
    assert "27 refused" in page


def test_the_list_can_be_filtered_and_paged(agent: PageClient, job_of: JobOf) -> None:
    jobs = [job_of(agent, **DONE, total=number, succeeded=number).id for number in range(31)]
    failed = job_of(agent, status="failed").id
    first = agent.get("/jobs").text
    assert f"?before={jobs[2]}" in first
    assert f'href="/jobs/{jobs[1]}"' in agent.get(f"/jobs?before={jobs[2]}").text
    only = agent.get("/jobs?status=failed&tool=tag-manager").text
    assert re.findall(r'class="sentence" href="/jobs/(\d+)"', only) == [str(failed)]
    assert "No matches" in agent.get("/jobs?status=paused").text


def test_an_empty_list_names_the_first_step(agent: PageClient) -> None:
    page = agent.get("/jobs?status=nonsense&before=x").text
    assert "No jobs yet" in page
    assert 'href="/tools/tag-manager"' in page


def test_a_job_of_another_account_bears_a_badge(app: Flask, agent: PageClient, job_of: JobOf) -> None:
    job_of(agent, **DONE)
    assert "account-badge" not in agent.get("/jobs").text
    with app.app_context():
        make_job(db.session.get_one(User, agent.user_id), account="other.zendesk.com")
    assert '<span class="account-badge">other.zendesk.com</span>' in agent.get("/jobs").text


def test_a_job_whose_tool_is_gone_can_still_be_read(agent: PageClient, job_of: JobOf) -> None:
    job = job_of(agent, **DONE, tool="gone-tool", total=2, succeeded=2)
    assert "Ana Silva used gone-tool on 2 tickets" in agent.get(f"/jobs/{job.id}").text
    assert agent.get("/jobs").status_code == 200


def test_words_of_tickets_cannot_become_markup(agent: PageClient, job_of: JobOf) -> None:
    evil = "<script>alert(1)</script>"
    items = {1: {"outcome": "failed", "detail": evil, "before": {"tags": [evil], "status": "open", "subject": evil}}}
    page = agent.get(f"/jobs/{job_of(agent, **DONE, total=1, failed=1, source_title=evil, items=items).id}").text
    assert evil not in page
    assert "&lt;script&gt;" in page
