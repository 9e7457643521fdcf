"""The driver on a calm day: list, freeze, batches, outcomes; in the request and in turns; on both databases."""

from collections.abc import Iterator

import pytest

from app.extensions import db
from app.jobs.commands import service
from app.jobs.commands.create import JobRefused
from app.jobs.models import Job
from app.jobs.sources.frozen import FrozenList
from app.jobs.store import queries
from config import Config
from tests.factories import make_user, on_view
from tests.jobs.desk import TAG, Desk, desk


@pytest.fixture
def small(config: Config, database: str) -> Iterator[Desk]:
    with desk(config) as made:
        yield made


@pytest.fixture
def large(config: Config) -> Iterator[Desk]:
    """More tickets in the view than a request may drive by itself."""
    with desk(config, tickets=1_000, app_limits={"sync_ticket_limit": 300}) as made:
        yield made


def test_a_small_job_is_finished_in_its_request(small: Desk):
    listed = small.tickets_of_view()
    job = small.submit()

    assert job.status == "completed"
    assert [item.ticket_id for item in small.items(job)] == listed
    assert job.succeeded > 200
    assert job.skipped == job.total - job.succeeded
    assert {item.error for item in small.items(job) if item.outcome == "skipped"} == {"closed"}
    small.check_truth(job)
    assert set(small.changes().values()) == {1}
    assert not small.woken


def test_it_costs_the_requests_that_zendesk_forces_and_few_more(small: Desk):
    before = len(small.world.ledger.requests)
    job = small.submit()
    batches = -(-job.succeeded // 100)
    assert len(small.requests("update_many")) == batches
    assert len(small.requests("/tickets")) - batches == -(-job.total // 100)
    assert len(small.world.ledger.requests) - before <= job.total / 100 + 6 * batches + 4


def test_tickets_that_are_as_wanted_cost_no_request(small: Desk):
    small.submit()
    sent = len(small.requests("update_many"))
    again = small.submit()
    assert again.unchanged > 200
    assert again.succeeded == 0
    assert len(small.requests("update_many")) == sent


def test_a_dry_run_changes_nothing_and_its_list_is_what_runs(small: Desk):
    preview = small.submit(dry_run=True)
    assert preview.status == "completed"
    assert preview.summary is not None
    assert preview.summary["change"] == preview.succeeded
    assert not small.requests("update_many")

    listings = len(small.requests("/tickets"))
    job = small.submit(source=FrozenList(job_id=preview.id), parameters=None)
    assert job.status == "completed"
    assert (job.total, job.succeeded, job.skipped) == (preview.total, preview.succeeded, preview.skipped)
    assert [i.ticket_id for i in small.items(job)] == [i.ticket_id for i in small.items(preview)]
    assert len(small.requests("/tickets/update_many")) + listings == len(small.requests("/tickets"))
    small.check_truth(job)


def test_other_peoples_tags_stay(small: Desk):
    before = {id_: list(ticket.tags) for id_, ticket in small.world.tickets.items()}
    job = small.submit(add="one_more", remove="carrier_strike_nov")
    for item in small.items(job):
        now = set(small.world.tickets[item.ticket_id].tags)
        if item.outcome == "succeeded":
            assert now == set(before[item.ticket_id]) - {"carrier_strike_nov"} | {"one_more"}
            assert item.before is not None
            assert item.before["tags"] == before[item.ticket_id]


def test_a_large_job_goes_to_a_worker_and_on_in_turns(large: Desk):
    job = large.submit()
    assert job.status in ("queued", "collecting")
    assert large.woken == [job.id]
    assert len(large.requests("/tickets")) == 4  # as few pages as decide that it is large

    job = large.finish(job)
    assert job.status == "completed"
    assert job.total > 300
    large.check_truth(job)
    assert set(large.changes().values()) == {1}


@pytest.mark.parametrize("dry_run", [True, False])
def test_one_ticket_above_the_limit_is_left_to_a_worker(config: Config, dry_run: bool):
    with desk(config) as made:
        number = len(made.tickets_of_view())
    for limit, inline in ((number, True), (number - 1, False)):
        with desk(config, app_limits={"sync_ticket_limit": limit}) as made:
            job = made.submit(dry_run=dry_run)
            assert (job.status == "completed") is inline
            assert made.woken == ([] if inline else [job.id])
            listings = len(made.requests("/tickets"))
            job = made.finish(job)
            assert job.status == "completed"
            if dry_run:
                assert len(made.requests("/tickets")) == listings, "the view is not listed again"


def test_the_list_is_frozen_before_the_first_change(large: Desk):
    job = large.finish(large.submit())
    listings = [r.number for r in large.requests("/tickets") if r.method == "GET" and "views" in r.path]
    updates = [r.number for r in large.requests("update_many")]
    assert max(listings) < min(updates)
    assert len(large.items(job)) == job.total


def test_more_tickets_than_a_job_may_have_change_nothing(config: Config):
    with desk(config, app_limits={"async_ticket_limit": 250}) as made:
        job = made.finish(made.submit())
        assert job.status == "failed"
        assert "more than 250 tickets" in (job.error or "")
        assert not made.requests("update_many")


def test_another_number_than_expected_is_refused_and_changes_nothing(small: Desk):
    with pytest.raises(JobRefused) as refusal:
        small.submit(expected_total=3)
    assert refusal.value.status == 409
    assert not small.requests("update_many")


def test_another_number_than_previewed_is_refused(small: Desk):
    preview = small.submit(dry_run=True)
    with pytest.raises(JobRefused) as refusal:
        small.submit(source=FrozenList(job_id=preview.id), parameters=None, expected_total=preview.total + 1)
    assert refusal.value.status == 409


def test_a_preview_runs_with_its_own_parameters_only(small: Desk):
    preview = small.submit(dry_run=True)
    with pytest.raises(JobRefused) as refusal:
        small.submit(add="something_else", source=FrozenList(job_id=preview.id))
    assert refusal.value.status == 409


def test_a_preview_of_somebody_else_looks_like_a_missing_one(small: Desk):
    preview = small.submit(dry_run=True)
    small.user = make_user("agent")
    with pytest.raises(JobRefused) as refusal:
        small.submit(source=FrozenList(job_id=preview.id), parameters=None)
    assert refusal.value.status == 404


def test_the_same_key_answers_with_the_same_job(small: Desk):
    first = small.submit(idempotency_key="k-1")
    second = small.submit(idempotency_key="k-1")
    assert first.id == second.id
    assert set(small.changes().values()) == {1}
    assert small.submit(idempotency_key="k-2").id != first.id


def test_a_view_that_is_gone_fails_the_job_with_a_sentence(small: Desk):
    job = small.submit(**on_view(99_999_999))
    assert job.status == "failed"
    assert "view is gone" in (job.error or "")


def test_an_empty_view_is_a_finished_job(small: Desk):
    empty = next(view.id for view in small.world.views.values() if "spam" in view.title.lower())
    job = small.submit(**on_view(empty))
    assert (job.status, job.total) == ("completed", 0)


def test_cancel_stops_before_the_first_change_and_skips_the_rest(large: Desk):
    job = service.cancel(large.submit().id)
    assert job.status == "cancelled"
    assert not large.requests("update_many")
    assert large.outcomes(job)["pending"] == 0
    with pytest.raises(JobRefused):
        service.cancel(job.id)


def test_pause_and_resume_lose_nothing(large: Desk):
    job = service.pause(large.submit().id)
    assert job.status == "paused"
    job = service.resume(job.id)
    assert job.status == "queued"
    job = large.finish(job)
    assert job.status == "completed"
    large.check_truth(job)


def test_a_job_of_another_account_is_paused_and_never_touched(large: Desk):
    job = large.submit()
    large.world.ledger.requests.clear()
    db.session.query(Job).filter_by(id=job.id).update({"account": "other.zendesk.com"})
    db.session.commit()
    job = large.finish(job)
    assert job.status == "paused"
    assert "other.zendesk.com" in (job.error or "")
    assert not large.requests("tickets")
    with pytest.raises(JobRefused) as refusal:
        service.resume(job.id)
    assert refusal.value.status == 409


def test_counts_by_reason_speak_of_what_was_left_out(small: Desk):
    job = small.submit()
    [reason] = queries.failures_by_reason(job.id)
    assert (reason.outcome, reason.error, reason.count) == ("skipped", "closed", job.skipped)


def test_our_requests_name_product_and_job(small: Desk):
    job = small.submit()
    agents = {record.user_agent for record in small.requests("update_many")}
    assert len(agents) == 1
    assert f"job {job.id}" in agents.pop()
    assert TAG in str(small.requests("update_many")[0].body)


def test_a_view_that_depends_on_who_looks_runs_only_when_a_person_agrees(small: Desk):
    with pytest.raises(JobRefused) as refusal:
        small.submit(**on_view(small.view_id, names_current_user=True))
    assert refusal.value.status == 409
    assert "Giga Tools Service" in refusal.value.message

    preview = small.submit(**on_view(small.view_id, names_current_user=True), dry_run=True)
    with pytest.raises(JobRefused):
        small.submit(source=FrozenList(job_id=preview.id), parameters=None)
    job = small.submit(source=FrozenList(job_id=preview.id), parameters=None, accept_current_user=True)
    assert job.status == "completed"
