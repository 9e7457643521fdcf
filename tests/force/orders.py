"""What a test orders a worker process to do to itself, and what it did: files in a folder, one for each job."""

from __future__ import annotations

import enum
import json
import os
import threading
from dataclasses import asdict, dataclass
from pathlib import Path

LEFT = "left"  # the point after all others: the turn is over


class Act(enum.StrEnum):
    """What is done at a point."""

    KILL = "kill"  # SIGKILL to the process itself
    FREEZE = "freeze"  # SIGSTOP to the process itself
    REFUSE = "refuse"  # the database refuses the commit
    FILL = "fill"  # the disk is full: SQLite's own error, by a limit on its pages


@dataclass(frozen=True)
class Order:
    """At the `nth` time that a turn of the job comes to `point`, do `act`; so many `times`, in different turns."""

    point: str
    nth: int = 1
    act: Act = Act.KILL
    times: int = 1


@dataclass(frozen=True)
class Done:
    """An order as it was carried out: the process and the lease that it happened to."""

    order: Order
    pid: int


@dataclass(frozen=True)
class Orders:
    """The folder; the test writes orders, worker processes write what they did, both in one step."""

    folder: Path

    def give(self, job_id: int, order: Order) -> None:
        (self.folder / f"{job_id}.order").write_text(json.dumps(asdict(order)))

    def of(self, job_id: int) -> Order | None:
        """The order for a job, unless it was carried out as often as asked."""
        try:
            order = Order(**json.loads((self.folder / f"{job_id}.order").read_text()))
        except FileNotFoundError:
            return None
        return order if len(self.done(job_id)) < order.times else None

    def note(self, job_id: int, order: Order, pid: int) -> bool:
        """Say that an order is being carried out now: whoever dies has no time afterwards.

        False when others did so as often as asked, since this process looked at the order.
        """
        written = self.folder / f"{job_id}.{pid}.{threading.get_ident()}"
        written.write_text(json.dumps({"order": asdict(order), "pid": pid}))
        for number in range(order.times):
            try:
                os.link(written, self.folder / f"{job_id}.{number}.done")
            except FileExistsError:
                continue
            return True
        return False

    def done(self, job_id: int) -> list[Done]:
        found = [json.loads(path.read_text()) for path in sorted(self.folder.glob(f"{job_id}.*.done"))]
        return [Done(Order(**each["order"]), each["pid"]) for each in found]

    def saw(self, job_id: int, point: str) -> None:
        with (self.folder / f"{job_id}.seen").open("a") as seen:
            seen.write(point + "\n")

    def seen(self, job_id: int) -> list[str]:
        """Every point that a turn of this job came to, in order."""
        try:
            return (self.folder / f"{job_id}.seen").read_text().splitlines()
        except FileNotFoundError:
            return []
