"""The commands about jobs that are there already: what they print, what they pass on, how they exit."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select, update

from app.audit.models import AuditEntry
from app.auth.models import User
from app.cli.jobs import commands, exits
from app.database import read_transaction, transaction
from app.extensions import db
from app.jobs import wording
from app.jobs.models import Job
from app.sandbox import World
from app.tools import rules
from app.tools.rules import Rule
from app.web.api import answers
from tests.cli.jobs.conftest import Jobs
from tests.factories import make_item, make_user

Stored = Callable[..., Job]


def now(app: Flask, job: Job) -> Job:
    with app.app_context():
        return db.session.get_one(Job, job.id)


def test_the_list_has_the_newest_first_and_can_be_narrowed(jobs: Jobs, stored: Stored) -> None:
    first = stored(status="completed", total=3, succeeded=3)
    second = stored(status="paused", total=3)
    third = stored(status="paused", total=3)
    lines = jobs("list").stdout.splitlines()
    assert [int(line.split()[0]) for line in lines] == [third.id, second.id, first.id]
    assert "Done" in lines[2]
    assert "3/3" in lines[2]
    assert "tagged 3 tickets in Open - Shipping" in lines[2]
    narrowed = jobs("list", "--status", "paused", "--tool", "tag-manager", "--before", third.id)
    assert [int(line.split()[0]) for line in narrowed.stdout.splitlines()] == [second.id]


def test_a_list_that_is_cut_says_how_to_read_on(jobs: Jobs, stored: Stored) -> None:
    old, new = stored(), stored()
    cut = jobs("list", "--limit", 1)
    assert f"There are more: --before {new.id}" in cut.stderr
    assert str(old.id) in jobs("list", "--limit", 1, "--before", new.id).stdout.split()


def test_the_list_as_json_is_the_apis(app: Flask, jobs: Jobs, stored: Stored) -> None:
    stored()
    job = stored(status="completed", total=1, succeeded=1)
    document = json.loads(jobs("list", "--json", "--limit", 1).stdout)
    with app.app_context():
        assert document["jobs"] == [answers.Job.of(db.session.get_one(Job, job.id)).json_values()]
    assert document["next_cursor"]
    assert json.loads(jobs("list", "--json").stdout)["next_cursor"] is None


def test_words_that_are_no_status_or_tool_are_usage_errors(jobs: Jobs) -> None:
    assert jobs("list", "--status", "done").exit_code == exits.USAGE
    refused = jobs("list", "--tool", "tag-remover")
    assert refused.exit_code == exits.USAGE
    assert "Give the name of a tool that works by jobs: apply-macro-to-view, tag-manager" in refused.stderr


def test_a_job_is_shown_with_counts_reasons_and_the_next_step(app: Flask, jobs: Jobs, stored: Stored) -> None:
    job = stored(status="completed", total=5, succeeded=2, failed=1, skipped=1, unknown=1)
    with app.app_context():
        for number, (error, detail) in enumerate(
            [("refused", "Group is wrong"), ("no_answer", None), ("closed", None)]
        ):
            item = db.session.get_one(type(make_item(job, 90 + number)), (job.id, 3 + number))
            item.error, item.detail = error, detail
        db.session.commit()
    shown = jobs("show", job.id)
    assert "Changed                2" in shown.stdout
    assert (
        "Refused, 1 ticket: Zendesk refused the change. Its own words stand beside each ticket. For example: "
        '"Group is wrong"' in shown.stdout
    )
    assert "To check, 1 ticket: Its answer was lost." in shown.stdout
    assert "Look at it in Zendesk." in shown.stdout
    assert "Left out, 1 ticket: The ticket is closed: it was left out, or Zendesk refused the change" in shown.stdout
    assert f"jobs retry {job.id} --as {job.created_by.email}" in shown.stdout


def test_a_dry_run_shows_what_a_person_must_know_before(jobs: Jobs, stored: Stored) -> None:
    effects = [
        {"tag": "returns", "field": "Reason <of> contact", "effect": "emptied", "count": 1022, "displaced": None},
        {"tag": "late", "field": "Reason", "effect": "displaced", "count": 1, "displaced": "damaged"},
    ]
    job = stored(dry_run=True, status="completed", total=1022, succeeded=0, summary={"fields": effects})
    lines = jobs("show", job.id).stdout.splitlines()
    assert "Note: returns is an option of Reason <of> contact: it becomes empty on 1,022 tickets." in lines
    assert "Note: late is an option of Reason: on 1 ticket it takes the place of damaged, whose tag goes." in lines


def test_a_job_that_waits_says_for_what_and_until_when(jobs: Jobs, stored: Stored) -> None:
    job = stored(status="running", total=3, waiting_for="Zendesk's rate limit", wake_at=1_790_000_000.0)
    shown = jobs("show", job.id)
    assert "Waits for Zendesk's rate limit, until 2026-09-21T14:13:20Z." in shown.stdout
    assert f"jobs show {job.id} --follow" in shown.stdout


def test_tickets_of_one_outcome_are_listed(
    jobs: Jobs, stored: Stored, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = stored(status="completed", total=5, succeeded=2, failed=3)
    monkeypatch.setattr(commands.query, "MOST_TICKETS", 2)
    listed = [line for line in jobs("show", job.id, "--tickets", "failed").stdout.splitlines() if line.startswith("#")]
    assert [line.split()[0] for line in listed] == ["#3", "#4", "#5"], "also those beyond the first page"
    document = json.loads(jobs("show", job.id, "--tickets", "succeeded", "--json").stdout)
    assert document["id"] == job.id
    assert [ticket["ticket_id"] for ticket in document["tickets"]] == [1, 2]


def test_what_others_wrote_gives_the_terminal_no_orders(jobs: Jobs, stored: Stored) -> None:
    job = stored(source_title="Open\x1b[2J\nJob 99: fine", status="completed", total=0)
    for printed in (jobs("show", job.id).output, jobs("list").output):
        assert "\x1b" not in printed
        assert "\nJob 99" not in printed


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"status": "completed", "succeeded": 2}, exits.DONE),
        ({"status": "completed", "skipped": 2}, exits.DONE),
        ({"status": "completed", "dry_run": True, "succeeded": 2}, exits.DONE),
        ({"status": "failed", "error": "The view is gone."}, exits.REFUSED),
        ({"status": "cancelled", "succeeded": 1, "skipped": 1}, exits.REFUSED),
        ({"status": "completed", "failed": 1}, exits.NOT_ALL),
        ({"status": "completed", "unknown": 1}, exits.NOT_ALL),
        *[({"status": going}, exits.GOES_ON) for going in ("queued", "collecting", "running", "paused", "cancelling")],
    ],
)
def test_the_exit_code_tells_where_a_job_stands(
    jobs: Jobs, stored: Stored, columns: dict[str, object], code: int
) -> None:
    job = stored(total=2, **columns)
    for more in ((), ("--json",)):
        shown = jobs("show", job.id, *more)
        assert shown.exit_code == code
        assert (f"Error: {columns.get('error', f'Job {job.id} was stopped.')}" in shown.stderr) == (
            code == exits.REFUSED
        )
    assert json.loads(shown.stdout)["status"] == columns["status"]


def test_the_help_names_the_exit_codes(jobs: Jobs) -> None:
    for words in (("--help",), ("run", "--help"), ("show", "--help"), ("retry", "--help")):
        assert "3  done, but tickets were refused or are to be checked" in jobs(*words).stdout


@pytest.mark.parametrize("name", ["show", "pause", "resume", "continue", "cancel"])
def test_a_job_that_is_not_there_is_told_in_a_sentence(jobs: Jobs, name: str) -> None:
    for number in (999, 2**31, 2**63):
        missing = jobs(name, number)
        assert (missing.exit_code, missing.stdout) == (exits.REFUSED, "")
        assert missing.stderr.endswith(f"Error: There is no job {number}.\n")


def test_a_job_that_waits_for_a_look_goes_on_when_told(app: Flask, jobs: Jobs, stored: Stored) -> None:
    job = stored(status="paused", canary_status="waiting", total=2391, succeeded=5, listed_at=1.0)
    assert f"jobs continue {job.id}" in jobs("show", job.id).stdout
    assert jobs("continue", job.id).exit_code == exits.DONE
    assert now(app, job).canary_status == "passed"


def test_a_job_is_paused_resumed_and_stopped(app: Flask, database: str, jobs: Jobs, stored: Stored) -> None:
    job = stored(status="queued", total=3)
    paused = jobs("pause", job.id)
    assert (paused.exit_code, now(app, job).status) == (exits.DONE, "paused")
    assert f"jobs resume {job.id}" in paused.stdout
    resumed = jobs("resume", job.id, "--json")
    assert resumed.exit_code == exits.DONE
    assert json.loads(resumed.stdout)["status"] == now(app, job).status == "queued"
    assert jobs("cancel", job.id).exit_code == exits.DONE, "that is what was asked for"
    assert now(app, job).status == "cancelled"


@pytest.mark.parametrize(
    ("name", "status", "sentence"),
    [
        ("pause", "completed", "Only a job that is under way can be paused."),
        ("resume", "running", "Only a paused or failed job can be resumed."),
        ("continue", "paused", "This job does not wait for a person to look at its first tickets."),
        ("cancel", "completed", "The job has ended already; there is nothing left to stop."),
    ],
)
def test_a_command_that_cannot_be_fulfilled_is_refused(
    jobs: Jobs, stored: Stored, name: str, status: str, sentence: str
) -> None:
    refused = jobs(name, stored(status=status).id)
    assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
    assert sentence in refused.stderr


def test_the_audit_log_names_who_acted(app: Flask, database: str, jobs: Jobs, stored: Stored, agent: User) -> None:
    job = stored(status="queued", total=3)
    jobs("pause", job.id, "--as", agent.email)
    jobs("resume", job.id)
    with app.app_context(), read_transaction() as tx:
        entries = tx.execute(select(AuditEntry.action, AuditEntry.actor).order_by(AuditEntry.id)).all()
    assert [tuple(entry) for entry in entries] == [("job.paused", agent.email), ("job.resumed", "")]


def test_with_a_name_the_rights_of_that_person_count(app: Flask, jobs: Jobs, stored: Stored, agent: User) -> None:
    with app.app_context():
        other = make_user("agent")
        closed = make_user("agent", active=False)
        rules.decide("tag-manager", {"agent": Rule(False)})
    job = stored(status="paused", total=3)
    assert f"There is no job {job.id}." in jobs("cancel", job.id, "--as", other.email).stderr
    assert "There is no active account" in jobs("cancel", job.id, "--as", closed.email).stderr
    assert "Your role, agent, may not use Tag Manager." in jobs("resume", job.id, "--as", agent.email).stderr
    assert now(app, job).status == "paused"


def test_refused_tickets_are_tried_again_in_a_new_job(
    app: Flask, database: str, jobs: Jobs, stored: Stored, agent: User
) -> None:
    job = stored(status="completed", total=3, succeeded=1, failed=2)
    assert jobs("retry", job.id).exit_code == exits.USAGE, "somebody must be named"
    retried = jobs("retry", job.id, "--as", agent.email, "--json")
    document = json.loads(retried.stdout)
    assert (document["source"], document["total"], document["created_by"]["id"]) == ({"job_id": job.id}, 2, agent.id)
    assert (document["dry_run"], document["relation"], document["source_job_id"]) == (True, "retry", job.id)
    assert (document["status"], document["failed"]) == ("completed", 2), "Zendesk has no such tickets"
    assert retried.exit_code == exits.NOT_ALL


def test_a_retry_for_real_carries_out_its_dry_run(
    app: Flask, world: World, jobs: Jobs, stored: Stored, agent: User
) -> None:
    job = stored(status="completed", total=0, failed=0)
    ticket = next(number for number, ticket in world.tickets.items() if ticket.status == "open")
    with app.app_context():
        make_item(job, ticket, outcome="failed", error="conflict")
        with transaction() as tx:
            tx.execute(update(Job).where(Job.id == job.id).values(total=1, failed=1))
    assert jobs("retry", job.id, "--as", agent.email, "--for-real").exit_code == exits.USAGE, "nobody can be asked"
    retried = jobs("retry", job.id, "--as", agent.email, "--for-real", "--yes", "--json")
    document = json.loads(retried.stdout)
    assert (document["relation"], document["dry_run"], document["succeeded"]) == ("run", False, 1)
    assert "late_refund" in world.tickets[ticket].tags
    used = jobs("retry", job.id, "--as", agent.email)
    assert used.exit_code == exits.REFUSED
    assert "A later job has tried every ticket that failed here" in used.stderr


def test_a_list_that_was_refused_is_not_resumed(jobs: Jobs, stored: Stored, agent: User) -> None:
    job = stored(status="failed", total=118, listed_at=None, refused_for="over_cap", error="More than 110 tickets.")
    for name in ((), ("--as", agent.email)):
        refused = jobs("resume", job.id, *name)
        assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
        assert f"Job {job.id} cannot be resumed: its list was refused. More than 110 tickets." in refused.stderr


def test_a_stopped_job_and_one_that_waits_for_a_look_are_told_as_they_are(jobs: Jobs, stored: Stored) -> None:
    stopped = stored(status="cancelled", total=40, succeeded=10, skipped=30, never_started=30)
    shown = jobs("show", stopped.id).stdout
    assert "Stopped: 10 of 40, 30 never started" in shown
    assert "Never started" in shown
    waits = {"canary_status": "waiting", "waiting_for": wording.review_first(5), "waits_for_person": True}
    waiting = stored(status="paused", total=9, succeeded=5, **waits)
    shown = jobs("show", waiting.id).stdout
    assert "Waiting for you: look at the first 5 tickets in Zendesk, then continue the job." in shown
    assert "Waiting for you" in jobs("list").stdout


def test_a_retry_is_refused_in_a_sentence(app: Flask, jobs: Jobs, stored: Stored, agent: User) -> None:
    done = stored(status="completed", total=1, succeeded=1)
    refused = jobs("retry", done.id, "--as", agent.email)
    assert (refused.exit_code, refused.stdout) == (exits.REFUSED, "")
    assert "No ticket of this job failed; there is nothing to retry." in refused.stderr
    with app.app_context():
        rules.decide("tag-manager", {"agent": Rule(False)})
    refused = jobs("retry", stored(status="completed", total=1, failed=1).id, "--as", agent.email)
    assert "may not use Tag Manager" in refused.stderr
