"""Tickets of an earlier job as a source: by what became of them, read anew, for those who may see that job."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from app.jobs.models import Job
from app.jobs.sources import registry
from app.jobs.sources.base import InvalidSource, SourceRefused
from app.jobs.sources.earlier import EarlierTickets
from config import Config
from tests.factories import make_item, make_job
from tests.jobs.desk import TAG, Desk, desk
from tests.jobs.sources.test_query import agent_of


@pytest.fixture
def made(config: Config) -> Iterator[Desk]:
    with desk(config) as made:
        yield made


def earlier(made: Desk, **columns: Any) -> tuple[Job, list[int]]:
    """An ended job with six tickets: three refused for two reasons, one changed, one left out, one of them gone."""
    account = made.app.extensions["jobs"].account()
    values = {"account": account, "status": "completed", "listed_at": 1.0, "total": 6, **columns}
    job = make_job(values.pop("by", made.user), **values)
    *there, _ = sorted(t.id for t in made.world.tickets.values() if t.status == "open")[:6]
    numbers = [*there, 999_999]
    told = [("failed", "refused"), ("failed", "refused"), ("failed", "conflict"), ("succeeded", None)]
    for number, (outcome, error) in zip(numbers, [*told, ("skipped", "closed"), ("failed", "conflict")], strict=True):
        make_item(job, number, outcome=outcome, error=error)
    return job, numbers


def source(job: Job, *outcomes: str, errors: list[str] | None = None) -> EarlierTickets:
    return EarlierTickets(job_id=job.id, outcomes=[*outcomes], errors=errors)


def test_a_tool_works_on_what_an_earlier_job_left(made: Desk) -> None:
    job, numbers = earlier(made)
    new = made.finish(made.submit(source=source(job, "failed", "skipped")))
    assert (new.status, new.relation, new.source_job_id) == ("completed", "list", job.id)
    outcomes = {item.ticket_id: (item.outcome, item.error) for item in made.items(new)}
    assert outcomes.pop(999_999) == ("failed", "not_found")
    assert outcomes == dict.fromkeys([*numbers[:3], numbers[4]], ("succeeded", None))
    assert all(TAG in made.world.tickets[number].tags for number in outcomes)


def test_reasons_narrow_it_down(made: Desk) -> None:
    job, numbers = earlier(made)
    new = made.finish(made.submit(source=source(job, "failed", errors=["refused"]), dry_run=True))
    assert [item.ticket_id for item in made.items(new)] == numbers[:2]
    assert new.source == {"job_id": job.id, "outcomes": ["failed"], "errors": ["refused"]}
    found = source(job, "failed", errors=["refused"]).look_up(made.user)
    assert found.title == f"2 tickets of job {job.id}, refused (refused)"


def test_it_is_a_new_list_and_no_retry(made: Desk) -> None:
    """What is done to it again may be done, and the earlier job's own retry stays possible."""
    job, _ = earlier(made)
    for _ in range(2):
        assert made.finish(made.submit(source=source(job, "succeeded"))).status == "completed"


@pytest.mark.parametrize(
    ("columns", "code"),
    [
        ({"account": "elsewhere.zendesk.com"}, "other_account"),
        ({"status": "running"}, "not_ended"),
        ({"purged_at": 1.0}, "purged"),
    ],
)
def test_a_job_that_cannot_give_its_tickets_says_why(made: Desk, columns: dict[str, Any], code: str) -> None:
    job, _ = earlier(made, **columns)
    with pytest.raises(SourceRefused) as refused:
        source(job, "failed").look_up(made.user)
    assert (refused.value.code, refused.value.status) == (code, 409)


def test_only_who_may_see_the_job_may_have_its_tickets(made: Desk) -> None:
    job, _ = earlier(made)
    with pytest.raises(SourceRefused) as refused:
        source(job, "failed").look_up(agent_of(made, 7))
    assert (refused.value.code, refused.value.status) == ("source_not_found", 404)
    mine, _ = earlier(made, by=(agent := agent_of(made, 7)))
    assert source(mine, "failed").look_up(agent).title.startswith("4 tickets of job")


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"job_id": 1, "outcomes": []}, "outcomes"),
        ({"job_id": 1, "outcomes": ["lost"]}, "outcomes"),
        ({"job_id": 1, "outcomes": "failed"}, "outcomes"),
        ({"job_id": 1, "outcomes": ["failed"], "errors": []}, "errors"),
        ({"job_id": 0, "outcomes": ["failed"]}, "job_id"),
        ({"outcomes": ["failed"]}, ""),
        ({"job_id": 1, "errors": ["closed"]}, ""),
    ],
)
def test_what_does_not_fit_is_named(given: dict[str, Any], key: str) -> None:
    with pytest.raises(InvalidSource) as wrong:
        registry.read(given)
    assert wrong.value.fields.keys() == {key}
