"""Sends a batch whose intent is committed: what its change rests on still holds, the lease outlasts the request."""

from __future__ import annotations

from app import zendesk as zd
from app.jobs import wording
from app.jobs.engine.turn import NotSent, PreconditionFailed, RevisionChanged, Turn
from app.jobs.protocol.batch import Batch
from app.jobs.protocol.deliveries import Delivery
from app.jobs.protocol.operation import Operation, is_stamped


def send(turn: Turn, delivery: Delivery, batch: Batch, revision: str | None) -> zd.ZendeskJob:
    """Send one request, once; called in a thread.

    :param revision: that from which Zendesk rendered what is in the batch.
    :raises NotSent: when it did not go out; so do the two below.
    :raises PreconditionFailed: when what the job is made of was changed.
    :raises RevisionChanged: when it was saved since, and does the same.
    :raises ZendeskError: when there is no answer, or a refusal.
    """
    try:
        _check(turn, revision)
    except zd.ZendeskError as error:
        raise NotSent("Zendesk could not be asked whether it renders what was previewed") from error
    turn.check_lease()
    return request(turn.client, turn.operation, delivery, batch)


def request(client: zd.Client, operation: Operation, delivery: Delivery, batch: Batch) -> zd.ZendeskJob:
    """The request of a batch, in the form that its delivery gives it."""
    payload = delivery.payload(batch.items)
    if isinstance(payload, dict):
        return client.update_each(payload["tickets"])
    return operation.send(client, batch.items, payload[1])  # pyright: ignore[reportAttributeAccessIssue] - a Repeatable


def _check(turn: Turn, revision: str | None) -> None:
    """No admin saved it between what was seen before rendering and now, if the revision is still the same."""
    operation = turn.operation
    if not is_stamped(operation) or not operation.renders:
        return
    now = operation.revision(turn.client)
    if now is None:
        raise PreconditionFailed(turn.guards.recheck() or wording.SNAPSHOT_CHANGED)
    if now != revision:
        raise RevisionChanged(now)
