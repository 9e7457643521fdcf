"""Exports: complete, streamed, and safe to open in a spreadsheet."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from flask import Flask

from app.extensions import db
from app.jobs import export
from app.jobs.models import Job, JobItem
from tests.factories import make_item, make_job, make_user

FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1"]


@pytest.fixture
def job(app: Flask, database: str) -> Iterator[Job]:
    with app.app_context():
        yield make_job(make_user())
        db.session.remove()


def read_csv(job: Job) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO("".join(export.csv_chunks(job)), newline="")))


def test_every_ticket_is_in_both_exports(job: Job):
    rows = [{"job_id": job.id, "ticket_id": n, "outcome": "succeeded", "attempts": 1} for n in range(1, 1_234)]
    db.session.execute(db.insert(JobItem), rows)
    db.session.commit()
    assert [int(row["ticket_id"]) for row in read_csv(job)] == list(range(1, 1_234))
    document = json.loads("".join(export.json_chunks(job)))
    assert [ticket["ticket_id"] for ticket in document["tickets"]] == list(range(1, 1_234))
    assert len(list(export.csv_chunks(job))) > 2, "in pieces"


@pytest.mark.parametrize("formula", FORMULAS)
def test_no_cell_starts_like_a_formula(job: Job, formula: str):
    make_item(job, 1, outcome="failed", error="refused", detail=formula)
    [row] = read_csv(job)
    assert row["detail"] == f"'{formula}"


def test_values_come_back_as_they_were(job: Job):
    tags = ["vip", "späti", 'a"b', "x,y"]
    make_item(job, 7, outcome="failed", detail='says "no", twice\nand more', before={"tags": tags}, after={"tags": []})
    [row] = read_csv(job)
    assert row["detail"] == 'says "no", twice\nand more'
    assert json.loads(row["before"]) == {"tags": tags}
    [ticket] = json.loads("".join(export.json_chunks(job)))["tickets"]
    assert ticket["before"] == {"tags": tags}


def test_an_empty_job_has_an_empty_export(job: Job):
    assert read_csv(job) == []
    assert json.loads("".join(export.json_chunks(job)))["tickets"] == []
