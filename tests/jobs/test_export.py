"""The export of a job's tickets as JSON: complete, streamed, and as the tool kept them."""

import json
from collections.abc import Iterator

import pytest
from flask import Flask

from app.extensions import db
from app.jobs import export
from app.jobs.models import Job, JobItem
from tests.factories import make_item, make_job, make_user


@pytest.fixture
def job(app: Flask, database: str) -> Iterator[Job]:
    with app.app_context():
        yield make_job(make_user())
        db.session.remove()


def test_every_ticket_is_in_the_export(job: Job):
    rows = [{"job_id": job.id, "ticket_id": n, "outcome": "succeeded", "attempts": 1} for n in range(1, 1_234)]
    db.session.execute(db.insert(JobItem), rows)
    db.session.commit()
    document = json.loads("".join(export.json_chunks(job)))
    assert [ticket["ticket_id"] for ticket in document["tickets"]] == list(range(1, 1_234))
    assert len(list(export.json_chunks(job))) > 2, "in pieces"


def test_values_come_back_as_they_were(job: Job):
    tags = ["vip", "späti", 'a"b', "x,y"]
    make_item(job, 7, outcome="failed", before={"tags": tags}, after={"tags": []})
    [ticket] = json.loads("".join(export.json_chunks(job)))["tickets"]
    assert ticket["before"] == {"tags": tags}


def test_an_empty_job_has_an_empty_export(job: Job):
    assert json.loads("".join(export.json_chunks(job)))["tickets"] == []
