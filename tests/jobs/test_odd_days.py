"""What happens to a job on odd days: tickets refused, too large, deleted, unreadable, rendered from something else."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest
import requests
from sqlalchemy import select

from app import zendesk as zd
from app.account.connection.writing import RELEASE
from app.database import read_transaction
from app.jobs.collaborators import engine
from app.jobs.commands import again
from app.jobs.commands.create import JobRefused
from app.jobs.engine import guardrails, portions
from app.jobs.models import JobBatch
from app.jobs.outcomes import Audits, CanaryState
from app.jobs.protocol.operation import Item, Plan
from app.retention import purge
from app.retention.policy import Policy
from tests.jobs.storm.machine import end
from tests.jobs.storm.storm import BATCH, REPLY, Blow, Order, Reply, Storm

DAY = 86_400.0


def outcomes(weather: Storm, job_id: int) -> Counter[tuple[str, str | None]]:
    return Counter((item.outcome, item.error) for item in weather.items(job_id))


def tickets_in(request: requests.PreparedRequest) -> int:
    return len(json.loads(request.body or b"")["tickets"])


def ids_in(request: requests.PreparedRequest) -> set[int]:
    return {ticket["id"] for ticket in json.loads(request.body or b"")["tickets"]}


def refuse(weather: Storm, first: int) -> None:
    """Zendesk answers 422 to every change that holds a ticket of the first few requests."""
    spoilt: set[int] = set()
    seen = count(1)

    def answer(request: requests.PreparedRequest) -> int | None:
        if next(seen) <= first:
            spoilt.update(ids_in(request))
        return 422 if spoilt & ids_in(request) else None

    weather.instead["put"] = answer


@pytest.mark.parametrize("status", [400, 404, 422])
@pytest.mark.parametrize("bad", [{0}, {3, 4, 11}])
def test_only_the_ticket_for_which_zendesk_refuses_a_whole_request_is_refused(
    status: int, bad: set[int], weather: Storm
):
    order = weather.start()
    listed = [item.ticket_id for item in weather.items(order.jobs[0])]
    spoilt = {listed[number] for number in bad}
    weather.instead["put"] = lambda request: status if spoilt & ids_in(request) else None
    finished(weather, order)
    found = {item.ticket_id: (item.outcome, item.error) for item in weather.items(order.jobs[0])}
    assert {ticket_id for ticket_id, became in found.items() if became == ("failed", "refused")} == spoilt
    assert Counter(outcome for outcome, _ in found.values()) == {"succeeded": 12 - len(bad), "failed": len(bad)}


def test_a_change_that_zendesk_takes_for_no_ticket_is_not_tried_on_each(
    weather: Storm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(portions, "ALL_ALIKE", 3)
    one_batch_at_a_time(weather)
    weather.instead["put"] = lambda _: 422
    order = weather.start()
    finished(weather, order)
    assert outcomes(weather, order.jobs[0]) == {("failed", "refused"): 12}
    assert weather.witness.writes < 12


def one_batch_at_a_time(weather: Storm) -> None:
    weather.app.extensions["jobs"] = replace(engine(), max_inflight_jobs=1)


def finished(weather: Storm, order: Order) -> None:
    weather.drive(order.jobs[-1])
    end(weather)


def test_a_job_of_which_too_much_is_refused_stops_and_a_person_may_let_it_go_on(
    weather: Storm, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(guardrails, "FEW", 2 * BATCH)
    one_batch_at_a_time(weather)
    refuse(weather, first=1)
    order = weather.start()
    weather.drive(order.jobs[0])
    [job] = weather.jobs()
    assert (job.status, job.failed) == ("failed", BATCH)
    assert f"{BATCH} of" in (job.error or "")
    assert 0 < job.succeeded < 12 - BATCH, "nothing was sent after that"
    weather.command("resume", job.id)
    finished(weather, order)
    assert outcomes(weather, job.id) == {("succeeded", None): 12 - BATCH, ("failed", "refused"): BATCH}


@pytest.mark.parametrize("previewed", [True, False])
@pytest.mark.parametrize("mended", [True, False])
def test_what_an_earlier_retry_tried_goes_on_from_there(mended: bool, previewed: bool, weather: Storm):
    """Two jobs that go on from one failure would not know each other's changes."""
    refuse(weather, first=1)
    order = weather.start()
    finished(weather, order)
    first = order.jobs[0]
    refuse(weather, first=0 if mended else 1)
    weather.retry(order, previewed=previewed)
    finished(weather, order)
    outcome = ("succeeded", None) if mended else ("failed", "refused")
    assert outcomes(weather, order.jobs[-1]) == {outcome: BATCH}
    for dry_run in (True, False):
        with pytest.raises(JobRefused, match="retry what failed there"):
            again.retry(first, weather.user, dry_run=dry_run)


def test_what_a_purged_retry_tried_is_not_tried_from_its_source(weather: Storm):
    """The source was resumed, and ended after its retry: retention takes that first."""
    one_batch_at_a_time(weather)
    order = weather.start()
    first = order.jobs[0]
    listed = [item.ticket_id for item in weather.items(first)]
    weather.instead["put"] = lambda request: 422 if set(listed[:BATCH]) & ids_in(request) else 401
    weather.drive(first)
    weather.instead["put"] = lambda _: None
    weather.retry(order, previewed=False)
    weather.drive(order.jobs[1])
    weather.clock.sleep(3_600.0)
    weather.command("resume", first)
    weather.drive(first)
    weather.clock.sleep(DAY - 1_800.0)
    purge.run(Policy(ticket_days=1), seconds=1e9)
    assert [job.purged_at is not None for job in weather.jobs()] == [False, True]
    with pytest.raises(JobRefused, match=f"tickets of job {order.jobs[1]}"):
        again.retry(first, weather.user)


def test_a_batch_that_is_too_large_goes_in_halves(weather: Storm):
    weather.instead["put"] = lambda request: 413 if tickets_in(request) > 1 else None
    order = weather.start()
    finished(weather, order)
    assert outcomes(weather, order.jobs[0]) == {("succeeded", None): 12}
    with read_transaction() as tx:
        sizes = Counter(tx.scalars(select(JobBatch.size).where(JobBatch.zendesk_job_id.is_not(None))))
    assert sizes == {1: 12}


def test_tickets_deleted_and_closed_since_they_were_listed_are_named(weather: Storm):
    order = weather.start()
    listed = [item.ticket_id for item in weather.items(order.jobs[0])]
    weather.delete(listed[0])
    weather.close(listed[1])
    finished(weather, order)
    assert outcomes(weather, order.jobs[0]) == {
        ("succeeded", None): 10,
        ("failed", "not_found"): 1,
        ("skipped", "closed"): 1,
    }


def test_what_cannot_be_read_back_is_left_to_a_person(weather: Storm):
    weather.instead["audits"] = lambda _: 403
    weather.blows = [Blow("put leaving", 0, "lost")]
    order = weather.start()
    finished(weather, order)
    assert outcomes(weather, order.jobs[0]) == {("succeeded", None): 12 - BATCH, ("unknown", "unreadable"): BATCH}
    assert weather.jobs()[0].audits == Audits.OPAQUE


def test_a_rendering_of_another_state_of_the_ticket_is_asked_for_again(weather: Storm):
    order = weather.start("rendered")
    for ticket_id in weather.tickets():
        weather.edit(ticket_id, {"additional_tags": ["called_back"]})
    weather.clock.sleep(5.0)
    finished(weather, order)
    assert outcomes(weather, order.jobs[0]) == {("succeeded", None): 12}


def test_a_ticket_that_is_never_rendered_as_it_is_fails_and_nothing_is_sent(
    weather: Storm, monkeypatch: pytest.MonkeyPatch
):
    def stale(self: Reply, client: zd.Client, item: Item) -> Plan:
        raise zd.Conflict("another state")

    monkeypatch.setattr(Reply, "render", stale)
    order = weather.start("rendered")
    finished(weather, order)
    assert outcomes(weather, order.jobs[0]) == {("failed", "stale"): 12}
    assert weather.witness.writes == 0


def test_what_changes_while_it_is_rendered_stops_the_job_until_it_is_as_it_was(
    weather: Storm, monkeypatch: pytest.MonkeyPatch
):
    def gone(self: Reply, client: zd.Client, item: Item) -> Plan:
        weather.macro.save("Other")
        raise zd.NotFound("this macro is gone")

    order = weather.start("rendered")
    with monkeypatch.context() as patch:
        patch.setattr(Reply, "render", gone)
        weather.drive(order.jobs[0])
    [job] = weather.jobs()
    assert job.status == "failed"
    assert "changed in Zendesk" in (job.error or "")
    assert weather.witness.writes == 0
    weather.macro.save(REPLY)
    weather.command("resume", job.id)
    finished(weather, order)
    assert outcomes(weather, job.id) == {("succeeded", None): 12}


def saved_at(weather: Storm, **words: str) -> None:
    """Somebody saves the macro with another word just before the n-th ticket is rendered (`third="Other"`)."""
    asked = count(1)
    numbers = {"third": 3, "sixth": 6, "tenth": 10}
    words_by_number = {numbers[name]: word for name, word in words.items()}

    def look(_: requests.PreparedRequest) -> None:
        if word := words_by_number.get(next(asked)):
            weather.macro.save(word)

    weather.instead["tickets"] = look


@pytest.mark.parametrize("stopped", ["while it renders", "when it begins a turn"])
def test_nothing_that_was_rendered_from_a_changed_macro_is_sent_after_a_resume(stopped: str, weather: Storm):
    order = weather.start("rendered")
    if stopped == "when it begins a turn":
        weather.app.extensions["jobs"] = replace(engine(), hold=lambda: RELEASE)
    saved_at(weather, third="Other")
    weather.drive(order.jobs[0])
    weather.app.extensions["jobs"] = replace(engine(), hold=lambda: None)
    weather.clock.sleep(31.0)
    weather.drive(order.jobs[0])
    [job] = weather.jobs()
    assert job.status == "failed"
    assert weather.witness.writes == 0
    weather.macro.save(REPLY)
    weather.command("resume", job.id)
    finished(weather, order)
    assert outcomes(weather, job.id) == {("succeeded", None): 12}


@pytest.mark.parametrize("render_all", [False, True], ids=["sent", "shown in a dry run"])
def test_a_macro_that_was_changed_and_put_back_is_rendered_from_anew(render_all: bool, weather: Storm):
    """Nobody sees the change itself, only that somebody saved the macro."""
    saved_at(weather, third="Other", tenth=REPLY)
    order = weather.start("rendered", dry_run=render_all, render_all=render_all)
    finished(weather, order)
    if render_all:
        weather.carry_out(order)
        finished(weather, order)
    assert outcomes(weather, order.jobs[-1]) == {("succeeded", None): 12}
    assert set(weather.comments(order).values()) == {1}
    assert len(weather.comments(order)) == 12


def test_a_dry_run_renders_every_ticket_if_asked_and_its_texts_are_what_is_sent(
    weather: Storm, monkeypatch: pytest.MonkeyPatch
):
    order = weather.start("rendered", dry_run=True, render_all=True)
    finished(weather, order)
    texts = {item.ticket_id: item.after for item in weather.items(order.jobs[0])}

    def never(self: Reply, client: zd.Client, item: Item) -> Plan:
        raise AssertionError("this was rendered already")

    assert all(texts.values())
    assert weather.witness.writes == 0
    with monkeypatch.context() as patch:
        patch.setattr(Reply, "render", never)
        weather.carry_out(order)
        finished(weather, order)
    assert {item.ticket_id: item.after for item in weather.items(order.jobs[1])} == texts
    assert outcomes(weather, order.jobs[1]) == {("succeeded", None): 12}


def test_the_first_tickets_of_a_previewed_reply_go_alone_too(weather: Storm):
    order = weather.start(dry_run=True, customers=True)
    finished(weather, order)
    weather.carry_out(order)
    weather.drive(order.jobs[1])
    job = weather.jobs()[1]
    assert (job.status, job.canary_status) == ("paused", CanaryState.WAITING)
    assert sum(weather.comments(order).values()) == 5
    end(weather)
    assert outcomes(weather, job.id) == {("succeeded", None): 12}
