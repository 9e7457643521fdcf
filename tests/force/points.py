"""The points at which a driver is made to die: every commit and every request of a job, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from tests.force.zendesk import LATE, LOST, REFUSED, Mishap


@dataclass(frozen=True)
class Point:
    """A commit or request; `seeds` are the occurrences in a turn of a job of three batches, `meets` brings it about."""

    name: str
    seeds: tuple[int, ...] = (1,)
    meets: tuple[Mishap, ...] = ()


COMMITS = (
    Point("take"),  # the lease
    Point("change_status collecting"),
    Point("add_items", (1, 2, 3)),  # a page of the view
    Point("freeze running"),  # the list is complete
    Point("claim", (1, 2, 3)),  # the intent to send a batch
    Point("mark_sent", (1, 2, 3)),  # Zendesk's job id
    Point("settle", (1, 2, 3)),  # what became of a batch
    Point("mark_ambiguous", meets=(LOST,)),  # the answer was lost
    Point("give_back", meets=(REFUSED,)),  # Zendesk did not take the batch
    Point("keep", meets=(LATE,)),  # the lease, renewed while Zendesk works
    Point("change_status completed"),
    Point("release"),  # the lease, given back
    Point("ring"),  # for the next driver
)
REQUESTS = (
    Point("list a page", (1, 2, 3)),
    Point("change a batch", (1, 2, 3)),
    Point("ask for jobs", (1, 2)),
    Point("read back", meets=(LOST,)),
)
SIGN_IN = "sign in"  # once for all jobs: see `test_tokens`


def every() -> list[tuple[str, int, tuple[Mishap, ...]]]:
    """Each point with each of its seeds, before and after."""
    kinds = (("commit", COMMITS), ("request", REQUESTS))
    return [
        (f"{when} {kind}: {point.name}", nth, point.meets)
        for kind, points in kinds
        for point in points
        for when in ("before", "after")
        for nth in point.seeds
    ]
