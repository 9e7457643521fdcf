"""Limits of a job's tickets: they hold wherever a list is frozen, and on every way to go on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy.orm.attributes import set_committed_value

from app.auth import people
from app.auth.models import User
from app.extensions import db
from app.jobs.collaborators import engine
from app.jobs.commands import again, service
from app.jobs.commands.service import JobRefused, Submission
from app.jobs.engine.driver import drive
from app.jobs.models import Job
from app.jobs.outcomes import CanaryState
from app.jobs.sources.frozen import FrozenList
from app.tools import rules
from app.tools.rules import Rule
from config import Config
from tests.factories import make_item, make_job, make_user, on_view
from tests.jobs.desk import TAG, Desk, desk

SLUG = "tag-manager"
RESUMES = 3


@pytest.fixture
def made(config: Config) -> Iterator[Desk]:
    with desk(config) as made:
        yield made


def cap(most: int | None, role: str = "admin") -> None:
    rules.decide(SLUG, {role: Rule(True, most)})


def limit(made: Desk, tickets: int) -> None:
    made.app.extensions["jobs"] = replace(engine(), async_ticket_limit=tickets)


def refused(asked: Any) -> tuple[str, int]:
    with pytest.raises(JobRefused) as refusal:
        asked()
    return refusal.value.code, refusal.value.status


@pytest.mark.parametrize("fewer", [1, 5, 300])
@pytest.mark.parametrize("by", ["cap", "limit"])
@pytest.mark.parametrize("dry_run", [True, False])
def test_what_was_refused_for_its_size_never_runs(made: Desk, by: str, fewer: int, dry_run: bool):
    """Each resume listed one page more, until the list was complete; then all of it ran."""
    most = max(1, len(made.tickets_of_view()) - fewer)
    if by == "cap":
        cap(most)
    else:
        limit(made, most)
    job = made.finish(made.submit(dry_run=dry_run))
    code, number = {"cap": "over_cap", "limit": "too_many_tickets"}[by], job.id
    for _ in range(RESUMES):
        assert (job.status, job.refused_for) == ("failed", code)
        assert refused(lambda: service.resume(number, made.user)) == (code, 409)
        assert refused(lambda: service.resume(number)) == (code, 409)
        drive(engine(), job.id)
        job = made.read(job.id)
    cap(None)
    assert refused(lambda: service.resume(number, made.user)) == (code, 409), "its list is a part, and old"
    assert not made.changes()


def test_another_number_than_expected_never_runs(made: Desk):
    assert refused(lambda: made.submit(expected_total=1)) == ("not_as_expected", 409)
    [job] = db.session.query(Job).all()
    assert refused(lambda: service.resume(job.id)) == ("not_as_expected", 409)


def test_a_cap_that_is_lowered_while_a_paused_list_is_incomplete_holds_when_it_is_frozen(config: Config):
    with desk(config, app_limits={"sync_ticket_limit": 0}) as made:
        job = made.submit()
        drive(engine(), job.id, seconds=0.0)
        job = made.read(job.id)
        assert (job.status, job.listed_at) == ("collecting", None)
        service.pause(job.id)
        service.resume(job.id, made.user)
        cap(3)
        job = made.finish(job)
        assert (job.status, job.refused_for) == ("failed", "over_cap")
        assert not made.changes()


def test_a_complete_list_is_held_against_the_limit_of_the_moment_when_it_is_frozen(
    made: Desk, monkeypatch: pytest.MonkeyPatch
):
    from app.jobs.engine import driver

    collect = driver.collect

    def lowered(*args: Any) -> Any:
        try:
            return collect(*args)
        finally:
            cap(3)

    monkeypatch.setattr(driver, "collect", lowered)
    job = made.finish(made.submit())
    assert (job.status, job.refused_for) == ("failed", "over_cap")
    assert not made.changes()


@pytest.mark.parametrize("whose", ["of who started it", "of who lets it go on"])
@pytest.mark.parametrize("way", ["resume", "go_on"])
def test_a_job_larger_than_the_cap_now_does_not_go_on(made: Desk, way: str, whose: str):
    agent = make_user("agent")
    host = made.app.extensions["jobs"].account()
    stands = {"canary": 1, "canary_status": CanaryState.WAITING} if way == "go_on" else {}
    job = make_job(agent, account=host, status="paused", listed_at=1.0, total=9, **stands)
    cap(5, "agent" if whose == "of who started it" else "admin")
    command = getattr(service, way)
    assert refused(lambda: command(job.id, made.user)) == ("over_cap", 409)
    assert made.read(job.id).status == "paused"
    rules.decide(SLUG, {"agent": Rule(True), "admin": Rule(True)})
    assert command(job.id, made.user).status != "paused"


def as_agent(user: User) -> User:
    """This admin as they ask with a token that was made when they were an agent."""
    number = user.id
    db.session.commit()
    asks = people.by_id(number)
    assert asks is not None
    set_committed_value(asks, "role", "agent")
    return asks


def asked_by(user: User, **fields: Any) -> Submission:
    parameters = None if isinstance(fields["source"], FrozenList) else {"add": [TAG], "remove": []}
    return Submission(SLUG, user, parameters, **fields)


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_token_of_a_lesser_role_asks_within_that_roles_cap(made: Desk, dry_run: bool):
    rules.decide(SLUG, {"agent": Rule(True, 3), "admin": Rule(True)})
    asked = asked_by(as_agent(made.user), dry_run=dry_run, **on_view(made.view_id))
    job = made.finish(service.submit(asked))
    assert (job.status, job.refused_for) == ("failed", "over_cap")
    assert not made.changes()
    assert made.finish(made.submit(dry_run=True)).status == "completed", "the person themselves may"


@pytest.mark.parametrize("way", ["run", "retry", "resume"])
def test_a_token_of_a_lesser_role_goes_on_within_that_roles_cap(made: Desk, way: str):
    rules.decide(SLUG, {"agent": Rule(True, 3), "admin": Rule(True)})
    failed = failed_job(made, made.user, made.tickets_of_view()[:4])
    host = made.app.extensions["jobs"].account()
    paused = make_job(made.user, account=host, status="paused", listed_at=1.0, total=9)
    preview = made.finish(made.submit(dry_run=True))
    asks, numbers = as_agent(made.user), (failed.id, paused.id, preview.id)
    db.session.commit()
    command = {
        "run": lambda: service.submit(asked_by(asks, dry_run=False, source=FrozenList(job_id=numbers[2]))),
        "retry": lambda: again.retry(numbers[0], asks),
        "resume": lambda: service.resume(numbers[1], asks),
    }[way]
    assert refused(command)[0] == "over_cap"
    assert not made.changes()


def test_a_preview_over_a_limit_that_came_later_is_not_carried_out(made: Desk):
    preview = made.finish(made.submit(dry_run=True))
    limit(made, preview.total - 1)
    assert refused(lambda: made.submit(source=FrozenList(job_id=preview.id), parameters=None)) == (
        "too_many_tickets",
        403,
    )
    limit(made, preview.total)
    assert made.finish(made.submit(source=FrozenList(job_id=preview.id), parameters=None)).status == "completed"


def test_the_preview_of_a_retry_over_a_cap_that_came_later_is_not_carried_out(made: Desk):
    failed = made.tickets_of_view()[:4]
    job = failed_job(made, made.user, failed)
    preview = made.finish(again.retry(job.id, made.user))
    cap(3)
    assert refused(lambda: made.submit(source=FrozenList(job_id=preview.id), parameters=None)) == ("over_cap", 403)
    assert refused(lambda: again.retry(job.id, made.user)) == ("over_cap", 403)
    assert not made.changes()


def failed_job(made: Desk, user: User, tickets: list[int]) -> Any:
    host = made.app.extensions["jobs"].account()
    parameters = {"add": [TAG], "remove": []}
    job = make_job(
        user, account=host, status="completed", listed_at=1.0, total=len(tickets), failed=len(tickets),
        parameters=parameters,
    )  # fmt: skip
    for number in tickets:
        make_item(job, number, outcome="failed", error="refused", stamp="2020-01-01T00:00:00Z")
    return job
