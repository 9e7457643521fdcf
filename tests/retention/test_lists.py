"""Retention removes lists of tickets that are old and that neither a job nor a preset needs any more."""

from __future__ import annotations

import time

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from app.auth.models import User
from app.database import read_transaction, transaction
from app.jobs.commands import presets
from app.jobs.lists import store
from app.jobs.lists.models import TicketList, TicketListPart
from app.jobs.sources.ids import KeptList
from app.retention import purge
from app.retention.policy import Policy
from app.ticket_ids.entries import read_ids
from tests.factories import make_job, make_user
from tests.retention.test_purge import DAY, nap

HOST = "acme.zendesk.com"


def kept_list(user: User, days_ago: float) -> int:
    found = read_ids(list(range(1, 251)), frozenset({HOST}), 1_000)
    number = store.keep(found, account=HOST, user_id=user.id, title="returns.csv")
    with transaction() as tx:
        created = time.time() - days_ago * DAY
        tx.execute(update(TicketList).where(TicketList.id == number).values(created_at=created))
    return number


def left() -> tuple[set[int], set[int]]:
    """The lists that are there, and those of which there are parts."""
    with read_transaction() as tx:
        return {*tx.scalars(select(TicketList.id))}, {*tx.scalars(select(TicketListPart.list_id))}


def test_old_lists_that_nothing_refers_to_go_with_all_their_parts(app: Flask, database: str) -> None:
    with app.app_context():
        user = make_user()
        old, young, of_preset, of_job = (kept_list(user, days) for days in (91, 89, 400, 400))
        new = presets.NewPreset("Returns", "tag-manager", KeptList(list_id=of_preset), "returns.csv", {"add": ["x"]})
        presets.save(user, [new], HOST)
        make_job(user, source={"list_id": of_job}, status="completed", finished_at=time.time() - 80 * DAY)
        make_job(user, source={"view_id": old})
        assert purge.look(Policy(90)).lists == 1
        assert purge.run(Policy(90), sleep=nap) == purge.Old(lists=1)
        assert left() == ({young, of_preset, of_job},) * 2
        assert not purge.run(Policy(90), sleep=nap), "nothing is left for a second run"


@pytest.mark.parametrize(
    ("columns", "stays"),
    [
        ({"status": "collecting"}, True),
        ({"status": "paused"}, True),
        ({"status": "failed", "finished_at": 1.0}, False),
        ({"status": "completed", "finished_at": 1.0, "purged_at": 2.0}, False),
    ],
)
def test_a_job_needs_its_list_until_it_grew_old_itself(
    app: Flask, database: str, columns: dict[str, object], stays: bool
) -> None:
    with app.app_context():
        user = make_user()
        number = kept_list(user, 400)
        make_job(user, source={"list_id": number}, **columns)
        assert purge.run(Policy(90), sleep=nap).lists == (not stays)
        assert left()[0] == ({number} if stays else set())


def test_a_run_that_is_cut_short_removes_whole_lists_and_goes_on_next_time(app: Flask) -> None:
    ticks = iter(range(100))
    with app.app_context():
        user = make_user()
        for _ in range(3):
            kept_list(user, 91)
        first = purge.run(Policy(90), seconds=3, clock=lambda: next(ticks), sleep=nap)
        assert first == purge.Old(lists=2, all=False)
        assert str(first).startswith("0 tickets of 0 jobs, 2 lists of tickets and")
        assert left()[0] == left()[1]
        assert purge.run(Policy(90), sleep=nap).lists == 1
        with read_transaction() as tx:
            assert tx.scalar(select(func.count()).select_from(TicketListPart)) == 0


def test_zero_days_keep_every_list(app: Flask) -> None:
    with app.app_context():
        number = kept_list(make_user(), 4_000)
        assert not purge.run(Policy(0), sleep=nap)
        assert left()[0] == {number}
