"""The promises, checked: at each request that changes tickets, after each step, and when the storm is over."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests
from sqlalchemy import select

from app.database import db_now, read_transaction
from app.jobs import wording
from app.jobs.models import Job, JobBatch
from app.jobs.models import JobItem as JobItemRow
from app.jobs.outcomes import SETTLED, BatchState, Outcome
from app.jobs.protocol.tries import MOST_ATTEMPTS, QUARANTINE_AFTER
from app.jobs.status import Status
from tests.jobs.storm.threads import started

if TYPE_CHECKING:
    from app.jobs.models import JobItem
    from tests.jobs.storm.storm import Order, Storm

READ_TIMEOUT = 10.0  # of the client: so much of the lease is left when a change leaves
STOPS_WITHIN = 3.0  # seconds after a command to pause or cancel


class Witness:
    """Sees what one storm does, and remembers what must not change any more."""

    def __init__(self, storm: Storm) -> None:
        self._storm = storm
        self._outcomes: dict[tuple[int, int], str] = {}
        self._aside: set[tuple[int, int]] = set()
        self._sent: dict[int, set[int]] = {}
        self._seen = (0, 0, 0)
        self.writes = 0
        self.broken: list[str] = []  # found where an exception would only break the driver

    def saw(self, request: requests.PreparedRequest) -> None:
        """A change leaves for Zendesk now: is it written down, is the lease ours, does anybody want it?"""
        self.writes += 1
        lease = self._storm.drivers[-1]
        ids = _ids(request)
        with read_transaction() as tx:
            job = tx.execute(
                select(
                    Job.dry_run, Job.lease_token, Job.canary, Job.canary_status, Job.lease_expires_at, db_now()
                ).where(Job.id == lease.job_id)
            ).one()
            intents = tx.scalars(
                select(JobBatch.id).where(
                    JobBatch.job_id == lease.job_id,
                    JobBatch.status == BatchState.INTENT,
                    JobBatch.lease_token == lease.token,
                )
            ).all()
            written = [
                set(tx.scalars(select(JobItemRow.ticket_id).where(JobItemRow.batch_id == batch_id)))
                for batch_id in intents
            ]
        self._expect(ids in written, f"a change of {sorted(ids)} left without a committed intent")
        self._expect(not job.dry_run, "a dry run changed tickets")
        if not self._storm.skewed:
            left = (job.lease_expires_at or 0.0) - job[-1]
            self._expect(job.lease_token == lease.token, "a driver sent under a lease that another had taken over")
            self._expect(left >= READ_TIMEOUT - 0.1, f"a change left with {left:.1f} s of the lease")
        commanded = self._storm.commanded.get(lease.job_id)
        late = commanded is not None and started.get() > commanded + STOPS_WITHIN
        self._expect(not late, "a change left more than 3 s after a person stopped the job")
        sent = self._sent.setdefault(lease.job_id, set())
        sent |= ids
        if job.canary and job.canary_status is None:
            self._expect(len(sent) <= job.canary, f"{len(sent)} tickets went before a person had looked")

    def marked(self, job_id: int, ticket_id: int) -> None:
        """A person decided what became of this ticket."""
        self._outcomes.pop((job_id, ticket_id), None)

    def check_step(self) -> None:
        """What holds between two steps; looked at only when anything happened."""
        seen = (self._storm.totals["points"], self._storm.totals["asked"], self._storm.world.ledger.changes_seen)
        if seen != self._seen:
            self._seen = seen
            self.check()

    def check(self) -> None:
        """What holds at any moment."""
        assert not self.broken, self.broken
        jobs = self._storm.jobs()
        for job in jobs:
            items = self._storm.items(job.id)
            self._counted(job, items)
            self._final(job, items)
            assert job.error != wording.INTERNAL, f"job {job.id} broke inside"
        for order in self._storm.orders:
            twice = {ticket: times for ticket, times in self._storm.comments(order).items() if times > 1}
            assert not twice, f"the comment of {order} is there more than once: {twice}"
        self._tags_of_others()

    def check_end(self) -> None:
        """What holds when nothing is under way any more, and every job was driven to its end."""
        self.check()
        for job in self._storm.jobs():
            assert job.status in (Status.COMPLETED, Status.CANCELLED), f"job {job.id} is {job.status}: {job.error}"
            items = self._storm.items(job.id)
            assert job.processed == job.total == len(items), f"job {job.id} is incomplete"
            if not job.dry_run:
                order = self._storm.order_of[job.id]
                there = self._there(order)
                for item in items:
                    self._true(job, order, item, item.ticket_id in there)

    def _there(self, order: Order) -> set[int]:
        if order.comments:
            return set(self._storm.comments(order))
        return {id_ for id_, ticket in self._storm.world.tickets.items() if order.tag in ticket.tags}

    def _true(self, job: Job, order: Order, item: JobItem, there: bool) -> None:
        said = f"ticket {item.ticket_id} of job {job.id} ({order.kind}) is {item.outcome} {item.error or ''}"
        gone = item.ticket_id in self._storm.deleted
        if item.outcome == Outcome.SUCCEEDED and (order.comments or not gone):
            assert there, f"{said}, and nothing is there"
        # What a retry did since belongs to the retry; what is gone has no tags.
        tells = item.outcome in (Outcome.FAILED, Outcome.SKIPPED) or (
            item.outcome == Outcome.UNCHANGED and order.comments
        )
        if tells and job.id == order.jobs[-1] and (order.comments or not gone):
            assert not there, f"{said}, and the change is there"
        if item.outcome == Outcome.UNKNOWN:
            assert self._cannot_be_known(job, order, item), said

    def _cannot_be_known(self, job: Job, order: Order, item: JobItem) -> bool:
        """Whether neither the stamp nor the audits could tell what became of a ticket."""
        match item.error:
            case "no_answer":  # it was unchanged, and a copy may still have been under way
                return job.requested_state == "cancel" or item.attempts >= MOST_ATTEMPTS or "put" in self._storm.instead
            case "set_aside":
                return item.crashes >= QUARANTINE_AFTER
            case "unreadable":
                return item.ticket_id in self._storm.deleted or "audits" in self._storm.instead
            case "altered" | "untold":  # a change as the user we act as, and nothing that would tell whose
                return item.ticket_id in self._storm.by_us or not self._storm.metadata
            case "blind":
                return (order.kind == "veiled" and not self._storm.metadata) or "audits" in self._storm.instead
        return False

    def _counted(self, job: Job, items: list[JobItem]) -> None:
        counted = Counter(item.outcome for item in items)
        if job.listed_at is not None:
            for outcome in SETTLED:
                assert getattr(job, outcome) == counted[outcome], f"job {job.id} counts {outcome} wrongly"
        assert job.total == len(items)
        if job.status in (Status.COMPLETED, Status.CANCELLED):
            assert not counted[Outcome.PENDING], f"job {job.id} is {job.status} with pending tickets"

    def _final(self, job: Job, items: list[JobItem]) -> None:
        for item in items:
            if item.outcome == Outcome.PENDING or (job.dry_run and not job.ended):
                continue
            known = self._outcomes.setdefault((job.id, item.ticket_id), item.outcome)
            if known == Outcome.UNKNOWN and (job.id, item.ticket_id) in self._aside:
                known = self._outcomes[job.id, item.ticket_id] = item.outcome  # it was read once more
            if item.error == "set_aside":
                self._aside.add((job.id, item.ticket_id))
            assert known == item.outcome, f"ticket {item.ticket_id} of job {job.id} was {known}, is {item.outcome}"

    def _tags_of_others(self) -> None:
        ours = {order.tag for order in self._storm.orders}
        for record in self._storm.world.ledger.changes:
            old, new = record.changed.get("tags", ((), ()))
            if "Giga" in record.client:
                assert set(old) ^ set(new) <= ours, f"we changed the tags of others on {record.ticket_id}"

    def _expect(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.broken.append(otherwise)


def _ids(request: requests.PreparedRequest) -> set[int]:
    """The tickets that a request changes."""
    body: Any = json.loads(request.body or b"{}")
    if "tickets" in body:
        return {ticket["id"] for ticket in body["tickets"]}
    [ids] = parse_qs(urlsplit(request.url or "").query)["ids"]
    return {int(id_) for id_ in ids.split(",")}
