"""What it costs to take a job back: requests for 1,000 tickets, reading them again and the preview included."""

from __future__ import annotations

from app.sandbox.macros import Macro
from benchmarks.stack import Stack, stack

MACRO = 7
FIELDS = (
    ("priority", "urgent"),
    ("type", "task"),
    ("status", "pending"),
    ("subject", "Delayed by the strike"),
    ("current_tags", "benchmark_macro"),
)


def undo(*, in_view: int) -> list[tuple[str, str, str]]:
    """Taking back a tag job and a macro job, each against what they may cost."""
    with stack(in_view=in_view, latency=0.0, job_seconds=0.5) as running:
        reason = running.world.fields.named("Contact reason")
        actions = (*FIELDS, (f"custom_fields_{reason.id}", "reason_damaged"))
        running.world.macros[MACRO] = Macro(MACRO, "Benchmark", actions, MACRO)
        tags = _spent(running, "tag-manager", {"add": ["benchmark"], "remove": []})
        macro = _spent(running, "apply-macro-to-view", {"macro_id": MACRO})
    return [("take back tags, requests for 1,000 tickets", tags, "40"), ("take back six fields", macro, "50")]


def _spent(running: Stack, tool: str, parameters: dict[str, object]) -> str:
    job = running.work_on_a_view(tool, dict(parameters))
    before = len(running.world.ledger.requests)
    back = running.taken_back(job)
    if (back.status, back.succeeded) != ("completed", job.succeeded):
        raise SystemExit(f"The undo ended as {back.status}; a figure would mean nothing.")
    requests = len(running.world.ledger.requests) - before
    return f"{1000 * requests / back.succeeded:.1f} ({requests} for {back.succeeded:,})"
