"""Zendesk on a bad day, met by real workers over real sockets: right outcomes; what a person must mend says so."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

import pytest
from sqlalchemy import Row

from app.jobs.commands import service
from app.sandbox.tickets import Ticket
from tests.force.hurry import BATCH, TIMEOUTS
from tests.force.processes import PATIENCE, eventually
from tests.force.stand import Stand
from tests.force.works import COMMENTS, TAGS, WORKS, Work
from tests.force.zendesk import BULK, FORMS_OF_429, JOB_SECONDS, Mishap

BAD_DAY = (  # each fault by itself: `tests/jobs`
    "500:method=PUT:path=/tickets/update_many:every=7",
    "500-after:method=PUT:path=/tickets/update_many:every=5",
    "502:method=PUT:path=/tickets/update_many:every=11",
    "503:method=*:path=/*:every=23",
    "503:method=PUT:path=/tickets/update_many:every=9:retry_after=1",
    "reset:method=*:path=/*:every=29",
    "reset-after:method=PUT:path=/tickets/update_many:every=6",
    f"slow:method=PUT:path=/tickets/update_many:every=8:seconds={TIMEOUTS[1] + 1}",
    "job-failed:every=7",
    "job-killed:every=11",
    "job-vanished:every=13",
    "job-half:every=5",  # and its results are out of order, and short
)
NUMBER = 4 * BATCH


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_every_ticket_has_its_right_outcome_after_a_day_of_every_fault(work: Work, shared: Stand):
    shared.any_worker()
    for fault in BAD_DAY:
        shared.account.fault(fault)
    jobs = [shared.job(NUMBER, work=work) for _ in range(5)]
    for job_id in jobs:
        shared.completed(job_id, 2 * PATIENCE)
    with shared.account.world.lock:
        struck = {rule.kind: rule.struck for rule in shared.account.world.faults.rules.values()}
    assert all(struck.values()), struck


def test_refusals_for_the_rate_limit_in_all_three_forms_are_waited_for(shared: Stand):
    shared.any_worker()
    job_id = shared.job(NUMBER, mishaps=FORMS_OF_429)
    shared.completed(job_id)
    assert not shared.account.mishaps[job_id], "all were met"
    assert {item.attempts for item in shared.items(job_id)} == {1}, "what was refused does not count as sent"


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_a_change_that_lands_long_after_its_batch_went_again_changes_nothing_any_more(work: Work, shared: Stand):
    shared.any_worker()
    job_id = shared.job(NUMBER, work=work, mishaps=(Mishap(seconds=3 * TIMEOUTS[2]),))
    job = shared.ended(job_id)
    sent = len(shared.account.requests(job_id, BULK))
    eventually(lambda: len(shared.account.requests(job_id, BULK)) > sent, "the first copy came at last")
    time.sleep(2 * JOB_SECONDS)
    assert job.succeeded == job.total
    shared.completed(job_id)


def test_other_programs_that_hold_all_slots_are_waited_for(shared: Stand):
    shared.any_worker()
    shared.account.fault("too-many-jobs:slots=30")
    job_id = shared.job(NUMBER)
    eventually(lambda: shared.account.requests(job_id, BULK), "it asked for a slot")
    assert not shared.effects(job_id)
    shared.account.calm()
    shared.completed(job_id)


def test_credentials_revoked_in_the_middle_fail_the_job_with_a_sentence_and_resume_goes_on(shared: Stand):
    shared.any_worker()
    shared.account.pace(4.0)
    jobs = [shared.job(30 * BATCH, work=work) for work in WORKS]
    for job_id in jobs:
        shared.until(job_id, "running", succeeded=1)
    shared.account.fault("revoked")
    for job_id in jobs:
        job = shared.ended(job_id)
        assert job.status == "failed"
        assert "refused our credentials" in job.error
        shared.check(job_id, settled=False)
    shared.account.calm()
    for job_id in jobs:
        service.resume(job_id)
    for job_id in jobs:
        shared.completed(job_id)


def test_a_view_deleted_while_it_is_listed_fails_the_job_and_changes_nothing(shared: Stand):
    shared.any_worker()
    job_id = shared.job(NUMBER, woken=False)
    view_id = shared.read(job_id).source["view_id"]

    def delete(method: str, path: str) -> None:
        if path.endswith(f"/views/{view_id}/tickets"):  # the first page is on its way
            with shared.account.world.lock:
                shared.account.world.views.pop(view_id, None)

    shared.account.while_answering[job_id] = delete
    job = shared.ended(job_id)
    assert job.status == "failed"
    assert "view is gone" in job.error
    assert 0 < job.total < NUMBER
    assert not shared.account.requests(job_id, BULK)


def _deleted(stand: Stand, ticket: Ticket) -> None:
    del stand.account.world.tickets[ticket.id]


def _closed(stand: Stand, ticket: Ticket) -> None:
    """As merging does it to a ticket, too."""
    ticket.status = "closed"
    stand.account.world.changed(ticket)


GONE: dict[str, tuple[Callable[[Stand, Ticket], None], dict[Work, tuple[str, str]]]] = {
    "deleted": (_deleted, {TAGS: ("failed", "not_found"), COMMENTS: ("failed", "not_found")}),
    "closed or merged": (_closed, {TAGS: ("skipped", "closed"), COMMENTS: ("skipped", "closed")}),
}


@pytest.mark.parametrize("fate", GONE)
def test_tickets_that_are_gone_meanwhile_are_told_of_and_the_rest_is_done(fate: str, shared: Stand):
    shared.any_worker()
    happen, outcomes = GONE[fate]
    jobs = {work: shared.job(NUMBER, work=work, woken=False) for work in WORKS}
    gone = {work: shared.started[job_id][1][1::7] for work, job_id in jobs.items()}
    for work, job_id in jobs.items():
        shared.account.while_answering[job_id] = _once_frozen(shared, gone[work], happen)
    for work, job_id in jobs.items():
        job = shared.ended(job_id)
        assert job.status == "completed"
        found = {item.ticket_id: (item.outcome, item.error) for item in shared.items(job_id)}
        assert {found.pop(ticket_id) for ticket_id in gone[work]} == {outcomes[work]}
        assert set(found.values()) == {("succeeded", None)}
        assert _counted(job) == NUMBER


def _once_frozen(stand: Stand, ids: list[int], happen: Callable[[Stand, Ticket], None]) -> Callable[[str, str], None]:
    """Upon the first bulk change let it happen to these tickets, before Zendesk's job comes to them."""
    left = list(ids)

    def watch(method: str, path: str) -> None:
        with stand.account.world.lock:
            while path == BULK and left:
                happen(stand, stand.account.world.tickets[left.pop()])

    return watch


def _counted(job: Row[tuple[object, ...]]) -> int:
    return job.succeeded + job.failed + job.skipped + job.unknown + job.unchanged


def test_agents_who_edit_tickets_meanwhile_are_not_overwritten_and_not_in_the_way(shared: Stand):
    shared.any_worker()
    shared.account.pace(9.0)
    shared.account.fault("agent-edits:tickets=3:times=4")
    jobs = [shared.job(NUMBER, work=work) for work in WORKS]
    for job_id in jobs:
        shared.completed(job_id)
    with shared.account.world.lock:
        edits = [c for c in shared.account.world.ledger.changes if "Mozilla" in c.client]
    assert edits, "there were some"


def test_tokens_that_expire_in_the_middle_are_renewed_once_for_all_processes(shared: Stand):
    shared.any_worker()
    shared.account.pace(4.0)
    began = len(shared.account.requests(part="/oauth/tokens"))
    shared.account.fault("expired:every=37:times=3")
    jobs = [shared.job(8 * BATCH, work=work) for work in WORKS for _ in range(3)]
    for job_id in jobs:
        shared.completed(job_id)
    with shared.account.world.lock:
        [rule] = shared.account.world.faults.rules.values()
        expired = rule.struck
    renewed = len(shared.account.requests(part="/oauth/tokens")) - began
    assert expired == 3
    assert renewed <= expired + 1, "one renewal for each expiry, not one for each process"


def test_a_driver_killed_while_zendesk_answers_its_change_is_taken_over(shared: Stand):
    """Neither before its request nor after the answer: the change is made, and nobody is there to hear of it."""
    shared.any_worker()
    jobs = [shared.job(2 * BATCH, work=work, woken=False) for work in WORKS]
    for job_id in jobs:
        shared.account.while_answering[job_id] = _kill_driver(shared, job_id)
    for job_id in jobs:
        assert shared.completed(job_id).recoveries >= 1


def _kill_driver(stand: Stand, job_id: int) -> Callable[[str, str], None]:
    killed: list[float] = []

    def watch(method: str, path: str) -> None:
        if path == BULK and not killed:
            killed.append(time.monotonic())
            stand.kill_driver(job_id)

    return watch


def test_a_batch_whose_driver_dies_three_times_is_quarantined_and_the_rest_is_done(shared: Stand):
    """What is poison is one ticket: whoever sends it dies. Its batch is quarantined and named, nothing else is lost."""
    shared.any_worker()
    jobs = {work: shared.job(3 * BATCH, work=work, woken=False) for work in WORKS}
    poison = {work: shared.started[job_id][1][BATCH // 2] for work, job_id in jobs.items()}
    for work, job_id in jobs.items():
        shared.account.poison[job_id] = (poison[work], partial(shared.kill_driver, job_id))
    for work, job_id in jobs.items():
        job = shared.ended(job_id)
        assert job.status == "completed"
        aside = [item for item in shared.items(job_id) if item.error == "set_aside"]
        assert poison[work] in [item.ticket_id for item in aside]
        assert len(aside) <= BATCH
        assert {item.outcome for item in aside} == ({"unknown"} if work is COMMENTS else {"failed"})
        assert job.succeeded == job.total - len(aside)
        shared.check(job_id)
