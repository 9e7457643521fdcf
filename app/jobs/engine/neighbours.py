"""The other jobs beside the one that is driven: whether they wait for a driver, and their share of Zendesk's jobs."""

from __future__ import annotations

from dataclasses import dataclass

from app.jobs.store.job_row import JobRow
from app.jobs.store.lease import others_at_work, others_wait
from app.jobs.timing import EngineTiming


@dataclass
class Neighbours:
    """As of the last count, which is made anew every few seconds."""

    timing: EngineTiming
    counted: float = float("-inf")
    wait: bool = False  # another job needs a driver now, and has none
    at_work: int = 0  # other jobs that change tickets of the same account now

    def look(self, job: JobRow) -> None:
        """Count them, when it is time."""
        if self.timing.clock() - self.counted >= self.timing.count_others_every:
            self.counted = self.timing.clock()
            self.wait = others_wait(job.id, self.timing)
            self.at_work = others_at_work(job.id, job.account, self.timing)

    def share(self, slots: int) -> int:
        """This job's fair part of the Zendesk jobs that we may have in flight."""
        return max(1, slots // (1 + self.at_work))
