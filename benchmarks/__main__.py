"""`make bench`: how fast a view is tagged against what Zendesk forces, what an undo costs, rate limits, macros."""

from __future__ import annotations

import logging
import sys

from benchmarks.macro_search import macro_search
from benchmarks.rate_budget import rate_budget
from benchmarks.stack import Stack, stack
from benchmarks.undo import undo

IN_FLIGHT = 10
PAGE = BATCH = 100


def main() -> None:
    """Run every benchmark and print one table."""
    logging.disable(logging.WARNING)
    rows = [("benchmark", "measured", "bar")]
    rows += speed(in_view=10_000, latency=0.05, job_seconds=2.0)
    rows += memory(in_view=50_000)
    rows += macro_search(macros=5_000)
    rows += undo(in_view=10_000)
    rows += rate_budget()
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        sys.stdout.write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")


def speed(*, in_view: int, latency: float, job_seconds: float) -> list[tuple[str, str, str]]:
    """Time against the floor: listing (pages x latency) + batches x Zendesk's job time / jobs in flight."""
    with stack(in_view=in_view, latency=latency, job_seconds=job_seconds) as running:
        job = running.tag_a_view()
        _require_completed(running, job.status)
        seconds = (job.finished_at or 0.0) - job.created_at
        pages, batches = -(-job.total // PAGE), -(-job.succeeded // BATCH)
        floor = pages * latency + batches * job_seconds / IN_FLIGHT
        requests = running.requests()
        name = f"tag {job.total:,} tickets, {latency * 1000:.0f} ms an answer, {job_seconds:.0f} s a Zendesk job"
        spent = sum(requests.values()) / job.total * 1000
        detail = ", ".join(f"{count} {kind}" for kind, count in requests.most_common())
        return [
            (name, f"{seconds:.1f} s = {seconds / floor:.2f} x floor", "1.30 x floor"),
            ("  requests for 1,000 tickets", f"{spent:.1f} ({detail})", "32"),
        ]


def memory(*, in_view: int) -> list[tuple[str, str, str]]:
    """What the pool process that drives a large job needs more than before it."""
    with stack(in_view=in_view, latency=0.0, job_seconds=0.5) as running:
        before = running.peak_memory()
        job = running.tag_a_view()
        _require_completed(running, job.status)
        grown = max(peak - before[pid] for pid, peak in running.peak_memory().items() if pid in before)
        return [(f"memory of a pool process over {job.total:,} tickets", f"+{grown:.0f} MiB", "+64 MiB")]


def _require_completed(running: Stack, status: str) -> None:
    if status != "completed":
        raise SystemExit(f"The job ended as {status}; a figure would mean nothing.")


if __name__ == "__main__":
    main()
