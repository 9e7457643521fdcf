"""Zendesk's own jobs: queued, worked off ticket by ticket, and never quite what `completed` suggests.

See docs/zendesk.md, Zendesk jobs.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from .changes import Cause, RefusedError, apply
from .errors import RECORDED_CONFLICT, ApiError
from .times import from_iso, spoken

if TYPE_CHECKING:
    from .world import World

KEPT_SECONDS = 86_400
FULL_BATCH = 100
BASE_SHARE = 0.3
"""The share of a full batch's duration that even one ticket takes: 1 ticket took 1-8 s, 100 took 10-12 s."""

QUEUE_SHARE = 0.1
AT_WORK = ("queued", "working")


@dataclass(frozen=True)
class Item:
    """One ticket of a Zendesk job and the change it is to get, safe-update keys included."""

    ticket_id: int
    change: dict[str, Any]


@dataclass
class Fate:
    """A fault in store for a job: it ends as `status` after `share` of its tickets, and may then be forgotten.

    One that ends as completed before all its tickets had their turn says nothing about the rest.
    """

    status: str
    share: float = 0.5
    vanishes: bool = False


@dataclass
class ZendeskJob:
    """A job; times are seconds since the epoch, `results` is in the order in which the API gives it."""

    id: str
    number: int
    queued_at: float
    starts_at: float
    step: float
    items: list[Item]
    cause: Cause
    status: str = "queued"
    done: int = 0
    results: list[dict[str, Any]] = field(default_factory=list)
    ended_at: float | None = None
    fate: Fate | None = None

    @property
    def at_work(self) -> bool:
        return self.status in AT_WORK


@dataclass
class ZendeskJobs:
    """The account's jobs by id, oldest first."""

    world: World
    known: dict[str, ZendeskJob] = field(default_factory=dict)
    made: int = 0

    @property
    def occupied(self) -> int:
        """Slots held by other programs."""
        return self.world.faults.foreign_jobs()

    def at_work(self) -> list[ZendeskJob]:
        return [job for job in self.known.values() if job.at_work]

    def submit(self, items: list[Item], cause: Cause, fault: str | None = None) -> ZendeskJob:
        """Queue a job; `fault` is what becomes of the answer to its request.

        :raises ApiError: TooManyJobs, when as many as the account may have are queued or running.
        """
        world = self.world
        self._forget()
        running = self.at_work()
        if len(running) + self.occupied >= world.config.max_jobs:
            raise self._too_many(running)
        self.made += 1
        job_id = "V3-" + hashlib.sha256(f"{world.config.seed} {world.born} {self.made}".encode()).hexdigest()[:32]
        queue, step = self._pace(len(items))
        queue += world.faults.delay(fault)
        cause = replace(cause, zendesk_job=job_id)
        job = ZendeskJob(job_id, self.made, world.now, world.now + queue, step, items, cause)
        job.fate = world.faults.fate()
        self.known[job_id] = job
        self._plan_step(job)
        world.faults.agent_edits(world, job)
        return job

    def restore(self, job: ZendeskJob) -> None:
        """Take over a job of an earlier run; one that was at work goes on."""
        self.known[job.id] = job
        self.made = max(self.made, job.number)
        if job.at_work:
            self._plan_step(job)

    def _plan_step(self, job: ZendeskJob) -> None:
        """Put the next step of a job on the world's timeline."""
        self.world.schedule(job.starts_at + (job.done + 1) * job.step, lambda: self._advance(job))

    def budget_headers(self) -> dict[str, str]:
        """Documented, though in no recorded answer (docs/zendesk.md, Zendesk jobs)."""
        if not self.world.config.inflight_header:
            return {}
        total = self.world.config.max_jobs
        remaining = max(total - len(self.at_work()) - self.occupied, 0)
        return {"zendesk-ratelimit-inflight-jobs": f"total={total}; remaining={remaining}; resets=60"}

    def find(self, job_id: str) -> ZendeskJob | None:
        self._forget()
        return self.known.get(job_id)

    def all(self) -> list[ZendeskJob]:
        """By completion, those at work last (docs/zendesk.md, Zendesk jobs)."""
        self._forget()
        return sorted(self.known.values(), key=completion)

    def json(self, job: ZendeskJob, base: str) -> dict[str, Any]:
        """`results` is null until the job has ended (docs/zendesk.md, Zendesk jobs)."""
        now = self.world.now
        working = job.at_work and now >= job.starts_at
        return {
            "id": job.id,
            "job_type": "Bulk Update Ticket",
            "url": f"{base}/api/v2/job_statuses/{job.id}.json",
            "total": len(job.items),
            "progress": None if job.at_work and not working else job.done,
            "status": "working" if working else job.status,
            "message": _message(job, working=working),
            "results": job.results if job.status == "completed" else None,
        }

    def _pace(self, size: int) -> tuple[float, float]:
        """Seconds in the queue and per ticket; the jitter comes from seed and number, so that runs repeat."""
        jitter = 0.9 + 0.2 * random.Random(f"{self.world.config.seed} {self.made}").random()  # noqa: S311 - no secret
        whole = self.world.config.job_seconds * jitter * (BASE_SHARE + (1 - BASE_SHARE) * min(size / FULL_BATCH, 1))
        return whole * QUEUE_SHARE, whole * (1 - QUEUE_SHARE) / size

    def _advance(self, job: ZendeskJob) -> None:
        """Change one ticket; at the end, or where its fate strikes, finish the job."""
        if not job.at_work:
            return
        stop = len(job.items) if job.fate is None else int(len(job.items) * job.fate.share)
        if job.done < stop:
            job.results.append(self._outcome(job, job.items[job.done]))
            job.done += 1
        if job.done < stop:
            self._plan_step(job)
        else:
            self._finish(job)

    def _outcome(self, job: ZendeskJob, item: Item) -> dict[str, Any]:
        """The result entry of one ticket, after trying to change it. A failed one has no `success` key."""
        world = self.world
        ticket = world.tickets.get(item.ticket_id)
        if ticket is None:
            return _failed(job.done, item.ticket_id, "RecordNotFound", "Not found")
        stamp, problem = _stamp(item.change, job.queued_at)
        if problem:
            return _failed(job.done, ticket.id, "TicketUpdateFailed", problem)
        if _stale(ticket.updated_at, stamp, explicit="updated_stamp" in item.change):
            return _failed(job.done, ticket.id, "UpdateConflict", RECORDED_CONFLICT)
        try:
            apply(world, ticket, item.change, job.cause)
        except RefusedError as refusal:
            return _failed(job.done, ticket.id, "TicketUpdateFailed", str(refusal))
        return {"id": ticket.id, "action": "update", "status": "Updated", "success": True}

    def _finish(self, job: ZendeskJob) -> None:
        fate = job.fate
        job.status = fate.status if fate else "completed"
        job.ended_at = self.world.now
        if fate and fate.vanishes:
            del self.known[job.id]
        if job.number % 3 == 0:  # the order of results is not to be relied on (docs/zendesk.md, Zendesk jobs)
            random.Random(job.number).shuffle(job.results)  # noqa: S311 - no secret

    def _too_many(self, running: list[ZendeskJob]) -> ApiError:
        foreign = [hashlib.sha256(f"foreign {number}".encode()).hexdigest()[:32] for number in range(self.occupied)]
        description = "Too many TicketBulkUpdateJobV3 jobs are currently queued or running. Try again later."
        ids = [job.id for job in running] + [f"V3-{each}" for each in foreign]
        body = {"error": "TooManyJobs", "description": description, "current_job_ids": ids}
        return ApiError(self.world.config.too_many_jobs_status, body, self.budget_headers())

    def _forget(self) -> None:
        """Job data is kept one day (docs/zendesk.md, Zendesk jobs)."""
        oldest = self.world.now - KEPT_SECONDS
        gone = [job.id for job in self.known.values() if job.ended_at is not None and job.ended_at < oldest]
        for job_id in gone:
            del self.known[job_id]


def completion(job: ZendeskJob) -> tuple[float, int]:
    return (job.ended_at if job.ended_at is not None else 1e12, job.number)


def _stamp(change: dict[str, Any], queued_at: float) -> tuple[int, str | None]:
    """The time since which the ticket must be unchanged, and what is wrong with it if something is.

    Always on: without a stamp of its own a ticket is held against the time of queueing. `safe_update` without one
    is an error, and its value does not matter, for false acts as true (docs/zendesk.md, Changing tickets).
    """
    stamp = from_iso(change.get("updated_stamp"))
    if ("safe_update" in change or "updated_stamp" in change) and stamp is None:
        return 0, "Safe update requires a valid updated_stamp"
    return (int(queued_at) if stamp is None else stamp), None


def _stale(updated_at: int, stamp: int, *, explicit: bool) -> bool:
    """Stamps have a resolution of one second: a change within the stamped second goes unseen."""
    return updated_at != stamp if explicit else updated_at > stamp


def _failed(index: int, ticket_id: int, error: str, details: str) -> dict[str, Any]:
    return {"index": index, "id": ticket_id, "error": error, "details": details}


def _message(job: ZendeskJob, *, working: bool) -> str | None:
    if working:
        return f"Updating ticket #{job.done}"
    if job.ended_at is None:
        return None
    return f"{'Completed' if job.status == 'completed' else job.status.title()} at {spoken(job.ended_at)}"
