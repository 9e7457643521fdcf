"""What Zendesk's answers mean for each ticket: nothing counts as done unless Zendesk said so."""

from dataclasses import replace
from typing import Any

import pytest

from app.jobs.outcomes import Outcome
from app.jobs.protocol.batch import Batch, Verdict
from app.jobs.protocol.idempotent import Idempotent
from app.jobs.protocol.operation import Item
from app.jobs.protocol.signature import SeenTags, Signature
from app.jobs.protocol.tries import AFTER_CONFLICTS, MOST_ATTEMPTS, Tries
from app.jobs.protocol.verdicts import confirm
from app.jobs.timing import USUAL
from app.tools.tag_manager.operation import TagOperation
from app.zendesk import Result, TicketPage, ZendeskJob

OPERATION = TagOperation(("vip",), ())
STAMP, LATER = "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"
NOW = 1_800_000_000.0  # by Zendesk's clock


def batch(*ids: int, conflicts: tuple[int, ...] = ()) -> Batch:
    return Batch(1, tuple(Item(id_, {}, None, STAMP) for id_ in ids), conflicts=frozenset(conflicts))


def ended(*results: Result, status: str = "completed") -> ZendeskJob:
    return ZendeskJob("V3-1", status, results=results)


def ticket(id_: int, *tags: str, status: str = "open") -> dict[str, Any]:
    return {"id": id_, "tags": list(tags), "status": status, "subject": "", "updated_at": STAMP}


def test_a_completed_job_says_nothing_about_tickets_it_does_not_mention():
    verdicts, unclear = confirm(batch(1, 2), ended(Result(1, 0, ok=True)))
    assert [(v.ticket_id, v.outcome) for v in verdicts] == [(1, Outcome.SUCCEEDED)]
    assert unclear is not None
    assert unclear.ticket_ids == [2]


@pytest.mark.parametrize("status", ["failed", "killed", "some new word"])
def test_a_job_that_ended_badly_leaves_all_its_tickets_to_be_read(status: str):
    verdicts, unclear = confirm(batch(1, 2), ZendeskJob("V3-1", status, results=None))
    assert verdicts == []
    assert unclear is not None
    assert unclear.ticket_ids == [1, 2]


def test_refusals_keep_zendesks_words_and_closed_tickets_count_as_left_out():
    refusal = Result(1, 0, ok=False, error="TicketUpdateFailed", details="Reason: needed")
    closed = Result(2, 1, ok=False, error="TicketUpdateFailed", details="Status: closed prevents ticket update")
    verdicts, unclear = confirm(batch(1, 2), ended(refusal, closed))
    assert unclear is None
    assert (verdicts[0].outcome, verdicts[0].error, verdicts[0].detail) == (
        Outcome.FAILED,
        "refused",
        "TicketUpdateFailed: Reason: needed",
    )
    assert (verdicts[1].outcome, verdicts[1].error) == (Outcome.SKIPPED, "closed")


def test_conflicts_are_read_again_and_remembered():
    _, unclear = confirm(batch(1), ended(Result(1, 0, ok=False, error="UpdateConflict")))
    assert unclear is not None
    assert unclear.conflicts == {1}


def read_back(of: Batch, now: list[dict[str, Any]], *, attempts: int = 1, waiting: float = 30.0) -> list[Verdict]:
    """What is known of a tag job's tickets after a look at them, where nobody has read an audit."""
    tries = {ticket_id: Tries(attempts, 0, 0, waiting) for ticket_id in of.ticket_ids}
    reconciled = Idempotent(OPERATION, Signature(1, ""), USUAL).reconcile(
        of, SeenTags(TicketPage(now, None, NOW)), tries
    )
    assert {item.ticket_id for item in reconciled.open}.isdisjoint(verdict.ticket_id for verdict in reconciled.verdicts)
    return reconciled.verdicts


def test_reading_back_settles_what_is_as_wanted_and_sends_the_rest_again_under_its_stamp():
    now = [ticket(1, "vip"), ticket(2), ticket(3, status="closed"), ticket(4, "vip", status="closed")]
    verdicts = read_back(batch(1, 2, 3, 4, 5), now)
    assert [(v.outcome, v.error) for v in verdicts] == [
        (Outcome.SUCCEEDED, None),
        (Outcome.PENDING, None),
        (Outcome.SKIPPED, "closed"),
        (Outcome.SUCCEEDED, None),
        (Outcome.FAILED, "not_found"),
    ]
    [again] = [v.fresh for v in verdicts if v.fresh]
    assert (again.stamp, again.conditional) == (STAMP, True)


def test_what_changed_is_not_judged_before_its_audits_were_read():
    assert read_back(batch(1), [ticket(1) | {"updated_at": LATER}]) == []


def test_a_copy_that_went_a_moment_ago_is_waited_for():
    assert read_back(batch(1), [ticket(1)], waiting=19.0) == []
    slow = replace(batch(1), latest_copy=60.0)
    assert read_back(slow, [ticket(1)], waiting=59.0) == []
    assert read_back(slow, [ticket(1)], waiting=60.0)


def test_a_ticket_that_is_changed_each_time_is_given_up_after_four_sends():
    def outcome(sent: int) -> str:
        conflict = replace(batch(1, conflicts=(1,)), ended=True)
        [verdict] = read_back(conflict, [ticket(1) | {"updated_at": LATER}], attempts=sent)
        return verdict.outcome

    assert outcome(AFTER_CONFLICTS - 1) == Outcome.PENDING
    assert outcome(AFTER_CONFLICTS) == Outcome.FAILED


def test_lost_answers_are_tried_longer_than_conflicts():
    [verdict] = read_back(batch(1), [ticket(1)], attempts=AFTER_CONFLICTS)
    assert verdict.outcome == Outcome.PENDING
    [verdict] = read_back(batch(1), [ticket(1)], attempts=MOST_ATTEMPTS)
    assert (verdict.outcome, verdict.error) == (Outcome.UNKNOWN, "no_answer"), (
        "what lies in Zendesk's queue may still land"
    )
