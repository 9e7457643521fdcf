"""The safeguards of the exactly-once protocol, which `tests/jobs/test_protocol.py` is about."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from app.database import db_now, transaction
from app.jobs.commands import derive
from app.jobs.engine import guardrails, readback, send, sender, turn
from app.jobs.engine.batches import Batches
from app.jobs.engine.probe import AuditProbe
from app.jobs.models import Job
from app.jobs.outcomes import Audits, Need
from app.jobs.protocol import conditional, deliveries, idempotent, matching, signature, stamps, verdicts
from app.jobs.protocol.batch import Batch, Choice
from app.jobs.protocol.conditional import Conditional
from app.jobs.protocol.matching import Seen
from app.jobs.store import crashes, job_batches, lease
from tests.ablation.safeguard import Safeguard


def no_stamp() -> None:
    real = Conditional._ticket

    def ticket(self: Conditional, item: Any) -> dict[str, Any]:
        sent = real(self, item)
        return {key: value for key, value in sent.items() if key not in ("safe_update", "updated_stamp")}

    Conditional._ticket = ticket


def no_audit_check() -> None:
    readback.history_since = lambda _client, _item: []


def no_fence() -> None:
    @contextmanager
    def unguarded(self: lease.Lease) -> Iterator[Any]:
        began = self.clock()
        with transaction() as tx:
            expires = db_now() + self.timing.lease
            tx.execute(lease.update(Job).where(Job.id == self.job_id).values(lease_expires_at=expires))
            yield tx
        self.renewed_at = began

    lease.Lease.transaction = unguarded
    turn.read_job = _as_if_ours(turn.read_job)


def _as_if_ours(real: Callable[[int], Any]) -> Callable[[int], Any]:
    """The job's row; whoever compares its token with his own finds them the same."""

    class Whatever(int):
        __hash__ = int.__hash__

        def __eq__(self, _: object) -> bool:
            return True

        def __ne__(self, _: object) -> bool:
            return False

    def read(job_id: int) -> Any:
        row = real(job_id)
        return _Row(row, lease_token=Whatever(row.lease_token))

    return read


class _Row:
    """A row of which one value is another."""

    def __init__(self, row: Any, **values: Any) -> None:
        self._row = row
        self.__dict__.update(values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._row, name)


def no_look_at_the_lease() -> None:
    turn.Turn.check_lease = lambda _self: None


def audits_before_tickets() -> None:
    def read(self: readback.Reader, batch: Batch) -> Seen:
        histories = {item.ticket_id: readback.history_since(self.client, item) for item in batch.items}
        return Seen(self.client.tickets(batch.ticket_ids), histories)

    readback.Reader.read = read


def no_intent() -> None:
    """The request leaves while the transaction of its intent is still open."""
    real, answers, turns = job_batches.claim, {}, {}
    begin = Batches.__init__

    def remember(self: Batches, turn: Any, *args: Any) -> None:
        turns[turn.job.id] = turn
        begin(self, turn, *args)

    def claim(tx: Any, job_id: int, token: int, payload: Any, choice: Any) -> Any:
        batch = real(tx, job_id, token, payload, choice)
        if batch:
            turn = turns[job_id]
            answers[batch.id] = send.request(turn.client, turn.operation, payload.__self__, batch)
        return batch

    job_batches.claim = claim
    Batches.__init__ = remember
    sender.send = lambda _turn, _delivery, batch, _revision: answers.pop(batch.id)


def no_two_seconds() -> None:
    stamps.OLD_ENOUGH = float("-inf")


def no_metadata() -> None:
    matching.ChangeMatcher.metadata = lambda _self, _ticket_id: {}


def never_opaque() -> None:
    AuditProbe._seen_in = lambda *_: Audits.USABLE


def no_audits_of_tags() -> None:
    signature.Signature.bears = lambda *_: False
    signature.Signature.may_bear = lambda *_args, **_known: False


def no_stamps_of_tags() -> None:
    """What goes again after a lost answer goes as it went."""
    real = idempotent.Fresh
    idempotent.Fresh = lambda *values, **more: real(*values, **{**more, "conditional": False})


def no_wait_for_the_probe() -> None:
    """What nobody recognised is repeated also while nobody knows whether it could be recognised."""
    real = verdicts.by_history

    def by_history(operation: Any, matcher: Any, item: Any, **found: Any) -> Any:
        return real(operation, replace(matcher, audits=matcher.audits or Audits.USABLE), item, **found)

    conditional.by_history = by_history


def no_doubt_of_refusals() -> None:
    Batches.sent_again = lambda _self, _batch: []


def no_look_at_marked_tickets() -> None:
    derive.Need = SimpleNamespace(RECONCILE=Need.READ, READ=Need.READ)


def no_canary() -> None:
    guardrails.goes_first = lambda _job: 0
    guardrails.choice = lambda _job, most: Choice(most=most)


def no_quarantine() -> None:
    for module in (crashes, deliveries):
        module.QUARANTINE_AFTER = 1_000


SAFEGUARDS = (
    Safeguard(
        "stamp",
        "each ticket goes under its own stamp",
        no_stamp,
        "test_a_copy_that_lands_late_finds_its_ticket_changed",
    ),
    Safeguard(
        "audits",
        "what has changed since its stamp is looked up in its audits",
        no_audit_check,
        "test_a_comment_whose_answer_was_lost_is_found_in_the_history",
    ),
    Safeguard(
        "fence",
        "each transaction of a driver proves that the lease is its own",
        no_fence,
        "test_a_driver_that_was_stopped_writes_nothing_once_another_took_over",
    ),
    Safeguard(
        "lease-left",
        "a change leaves only while the lease outlasts its request",
        no_look_at_the_lease,
        "test_a_change_leaves_only_while_the_lease_outlasts_its_request",
    ),
    Safeguard(
        "order",
        "the stamp is read no later than the audits",
        audits_before_tickets,
        "test_what_lands_while_a_lost_batch_is_read_back_is_seen",
    ),
    Safeguard(
        "intent",
        "the intent is committed before the request leaves",
        no_intent,
        "test_a_driver_that_dies_with_its_request_under_way_leaves_word_of_it",
    ),
    Safeguard(
        "two-seconds",
        "a stamp is older than the second in which it would be blind",
        no_two_seconds,
        "test_a_ticket_of_this_very_second_waits_for_its_stamp_to_tell",
    ),
    Safeguard(
        "metadata", "each change names its job in its audit", no_metadata, "test_metadata_tells_where_the_text_does_not"
    ),
    Safeguard(
        "opaque",
        "where nothing can be recognised an ambiguous comment is not repeated",
        never_opaque,
        "test_where_nothing_tells_an_ambiguous_comment_is_left_to_a_person",
    ),
    Safeguard(
        "probe",
        "nothing ambiguous is repeated before it is known whether audits tell",
        no_wait_for_the_probe,
        "test_what_nothing_ever_proves_is_left_to_a_person",
    ),
    Safeguard(
        "tag-audits",
        "where a tag is not there after a lost answer, audits tell whether it was",
        no_audits_of_tags,
        "test_a_tag_that_a_rule_consumed_is_found_in_the_history",
        file="tests/jobs/test_reverted.py",
    ),
    Safeguard(
        "tag-stamps",
        "after a lost answer a tag goes again under the ticket's stamp",
        no_stamps_of_tags,
        "test_a_copy_that_lands_between_our_look_and_our_next_copy_is_the_one_that_passes",
        file="tests/jobs/test_reverted.py",
    ),
    Safeguard(
        "refusals",
        "the refusal of one copy is not the fate of an earlier one",
        no_doubt_of_refusals,
        "test_a_refusal_of_one_copy_says_nothing_about_an_earlier_one",
    ),
    Safeguard(
        "marked",
        "what a person marked as not there may still land: its audits are read before it goes again",
        no_look_at_marked_tickets,
        "test_a_copy_that_lands_after_a_person_marked_its_ticket_is_found_by_the_retry",
    ),
    Safeguard(
        "canary",
        "the first tickets go alone until a person has looked",
        no_canary,
        "test_no_more_than_the_first_tickets_go_before_a_person_has_looked",
    ),
    Safeguard(
        "quarantine",
        "tickets over which drivers die are quarantined",
        no_quarantine,
        "test_tickets_over_which_three_drivers_died_are_quarantined_and_the_rest_is_done",
    ),
)
