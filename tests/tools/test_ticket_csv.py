"""The table of a job's tickets for people: complete, in words, in UTF-8, and safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from flask import Flask

from app.extensions import db
from app.jobs.models import Job, JobItem
from app.jobs.store.part import ALL, Part
from app.tools import ticket_csv
from tests.factories import make_item, make_job, make_user

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.fixture
def job(app: Flask, database: str) -> Iterator[Job]:
    with app.app_context():
        yield make_job(make_user())
        db.session.remove()


def table(job: Job, part: Part = ALL) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(ticket_csv.csv_chunks(job, part)), newline="")))


def test_every_ticket_has_a_row_and_they_come_in_pieces(job: Job):
    rows = [{"job_id": job.id, "ticket_id": n, "outcome": "succeeded", "attempts": 1} for n in range(1, 1_234)]
    db.session.execute(db.insert(JobItem), rows)
    db.session.commit()
    assert [int(row["ticket_id"]) for row in table(job)] == list(range(1, 1_234))
    assert len(list(ticket_csv.csv_chunks(job))) > 2


def test_the_columns_are_those_that_others_rely_on(job: Job):
    header = next(ticket_csv.csv_chunks(job)).strip()
    assert header == "ticket_id,url,subject,status,outcome,reason,added,removed,changed,before,after"
    assert table(job) == []


def test_a_changed_ticket_is_told_by_name(job: Job):
    before = {"tags": ["späti", "old"], "status": "open", "subject": "Größe?", "priority": None}
    make_item(job, 7, outcome="succeeded", before=before, after={"tags": ["späti", "new"], "priority": "high"})
    [row] = table(job)
    assert row["url"] == "https://acme.zendesk.com/agent/tickets/7"
    assert (row["subject"], row["status"], row["outcome"], row["reason"]) == ("Größe?", "open", "succeeded", "")
    assert (row["added"], row["removed"], row["changed"]) == ("new", "old", "priority: \u2013 \u2192 high")
    assert "späti" in row["before"], "real letters, no escapes"
    assert json.loads(row["before"]) == before
    assert json.loads(row["after"]) == {"tags": ["späti", "new"], "priority": "high"}


def test_a_ticket_that_was_not_changed_tells_no_change_but_why(job: Job):
    make_item(job, 8, outcome="failed", error="refused", detail="Subject: too long", after={"tags": ["planned"]})
    [row] = table(job)
    assert row["reason"] == "Zendesk refused the change. “Subject: too long” (refused)"
    assert (row["added"], row["removed"], row["changed"], row["after"]) == ("", "", "", "")


def test_a_job_of_old_leaves_empty_what_was_not_kept(job: Job):
    make_item(job, 9, outcome="skipped", error="closed", before={"tags": []})
    make_item(job, 10, outcome="failed", error="not_found", before=None)
    assert [(row["subject"], row["status"]) for row in table(job)] == [("", ""), ("", "")]


def test_one_reason_is_a_table_of_its_own(job: Job):
    for ticket_id, error in ((1, "conflict"), (2, "refused"), (3, None)):
        make_item(job, ticket_id, outcome="failed", error=error)
    assert [row["ticket_id"] for row in table(job, Part("failed", "refused"))] == ["2"]
    assert [row["ticket_id"] for row in table(job, Part("failed", "none"))] == ["3"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_starts_like_a_formula(job: Job, formula: str):
    make_item(job, 1, outcome="succeeded", before={"subject": formula, "tags": []}, after={"tags": ["=x"]})
    [row] = table(job)
    assert row["subject"] == f"'{formula}"
    assert row["added"] == "'=x"
