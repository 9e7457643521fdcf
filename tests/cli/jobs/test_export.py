"""`jobs export` and `jobs list --csv`: the files of the pages, on standard output."""

from __future__ import annotations

import csv
import io
import json

from flask import Flask

from app.cli.jobs import exits
from app.tools import job_csv, ticket_csv
from tests.cli.jobs.conftest import Jobs
from tests.cli.jobs.test_commands import Stored
from tests.factories import make_item


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_a_part_of_a_job_is_printed_as_the_table_of_the_pages(app: Flask, jobs: Jobs, stored: Stored) -> None:
    job = stored(status="completed", total=2)
    with app.app_context():
        make_item(job, 1, outcome="succeeded", after={"tags": ["refund", "späti"]})
        make_item(job, 2, outcome="failed", error="conflict")
    rows = table(jobs("export", job.id).stdout)
    assert tuple(rows[0]) == ticket_csv.HEADER
    assert [row["added"] for row in rows] == ["späti", ""]
    assert [row["ticket_id"] for row in table(jobs("export", job.id, "--error", "conflict").stdout)] == ["2"]
    document = json.loads(jobs("export", job.id, "--outcome", "succeeded", "--json").stdout)
    assert [ticket["ticket_id"] for ticket in document["tickets"]] == [1]


def test_what_is_no_code_of_a_reason_is_refused(jobs: Jobs, stored: Stored) -> None:
    job = stored(status="completed", listed_at=1.0)
    assert jobs("export", job.id, "--error", "No Code").exit_code == exits.USAGE


def test_all_jobs_are_a_table_whatever_the_limit(jobs: Jobs, stored: Stored) -> None:
    stored(status="paused")
    numbers = [stored(status="completed").id for _ in range(3)]
    rows = table(jobs("list", "--csv", "--status", "completed", "--limit", 1).stdout)
    assert tuple(rows[0]) == job_csv.HEADER
    assert [int(row["job_id"]) for row in rows] == numbers[::-1]
