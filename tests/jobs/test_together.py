"""Many carry out the same previews at the same moment: each gets a job or a sentence, and nobody waits in a ring."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask

from app.auth.models import User
from app.extensions import db
from app.jobs.commands import derive
from app.jobs.commands.create import JobRefused, Submission
from app.jobs.engine.limits import Limit
from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.sources.frozen import FrozenList
from tests.factories import make_item, make_job, make_user

ANY_NUMBER = Limit(50_000, "too_many_tickets", "")
ACCOUNT = "acme.zendesk.com"
PREVIEWS, AT_ONCE = 3, 24


@pytest.fixture
def owner(app: Flask, database: str) -> Iterator[User]:
    with app.app_context():
        yield make_user("admin")
        db.session.remove()


def all_at_once(app: Flask, previews: list[int], owner: User) -> Counter[str]:
    """What came of so many requests for each of these previews, all of them at the same moment."""
    together = Barrier(8)

    def ask(preview_id: int) -> str:
        together.wait(30)
        with app.app_context():
            submission = Submission("tag-manager", owner, None, dry_run=False, source=FrozenList(job_id=preview_id))
            try:
                derive.run(submission, ACCOUNT, ANY_NUMBER, lambda _job: False)
            except JobRefused as refusal:
                return refusal.code
            finally:
                db.session.remove()
            return "made"

    with ThreadPoolExecutor(max_workers=together.parties) as pool:
        return Counter(pool.map(ask, previews * AT_ONCE))


def test_three_previews_are_carried_out_by_72_requests_at_once(app: Flask, owner: User):
    ended = {"status": "completed", "listed_at": 1.0}
    previews = []
    for number in range(PREVIEWS):
        preview = make_job(owner, dry_run=True, total=2, succeeded=2, **ended)
        for ticket_id in (1, 2):
            make_item(preview, 10 * number + ticket_id, outcome="succeeded")
        previews.append(preview.id)
    found = all_at_once(app, previews, owner)
    assert found == {"made": PREVIEWS, "running_already": PREVIEWS * (AT_ONCE - 1)}


def test_two_previews_of_one_retry_are_carried_out_at_once_and_only_one_of_them_runs(app: Flask, owner: User):
    failed = make_job(owner, status="completed", listed_at=1.0, total=2, failed=2)
    for ticket_id in (1, 2):
        make_item(failed, ticket_id, outcome="failed")
    previews = []
    for _ in range(4):
        columns = {"dry_run": True, "relation": Relation.RETRY, "source_job_id": failed.id, "listed_at": 1.0}
        preview = make_job(owner, status="completed", total=2, succeeded=2, **columns)
        for ticket_id in (1, 2):
            make_item(preview, ticket_id, outcome="succeeded")
        previews.append(preview.id)
    found = all_at_once(app, previews, owner)
    assert found["made"] == 1
    assert set(found) <= {"made", "running_already", "retried_already"}
    assert db.session.query(Job).filter_by(dry_run=False, relation="run").count() == 1
