"""The points at which a driver is made to die: every commit and every request of a job, before and after."""

from __future__ import annotations

from dataclasses import dataclass

from tests.force.works import COMMENTS, TAGS, WORKS, Work
from tests.force.zendesk import LATE, LOST, REFUSED, Mishap


@dataclass(frozen=True)
class Point:
    """A commit or request; `seeds` are the occurrences in a turn of a job of three batches, `meets` brings it about."""

    name: str
    seeds: tuple[int, ...] = (1,)
    meets: tuple[Mishap, ...] = ()
    works: tuple[Work, ...] = WORKS  # whose jobs come to it


@dataclass(frozen=True)
class Blow:
    """A job of this work dies at the `nth` time that it comes to `point`."""

    work: Work
    point: str
    nth: int
    meets: tuple[Mishap, ...]

    def __str__(self) -> str:
        return f"{self.work.name} {self.point} {self.nth}"


FIRST_AND_LAST = (1, 3)
TAGS_ONLY: tuple[Work, ...] = (TAGS,)  # where the engine knows no difference
COMMENTS_ONLY: tuple[Work, ...] = (COMMENTS,)
COMMITS = (
    Point("take", works=TAGS_ONLY),  # the lease
    Point("keep_snapshot", works=COMMENTS_ONLY),  # what the job is made of
    Point("change_status collecting", works=TAGS_ONLY),
    Point("add_items", FIRST_AND_LAST, works=TAGS_ONLY),  # a page of the view
    Point("freeze running", works=TAGS_ONLY),  # the list is complete
    Point("any_suspect"),  # what an earlier driver left was looked at
    Point("claim", FIRST_AND_LAST),  # the intent to send a batch
    Point("mark_sent", FIRST_AND_LAST),  # Zendesk's job id
    Point("record", FIRST_AND_LAST),  # what became of a batch
    Point("mark_ambiguous", meets=(LOST,)),  # the answer was lost
    Point("give_back", meets=(REFUSED,)),  # Zendesk did not take the batch
    Point("note_audits", works=COMMENTS_ONLY),  # whether audits show what is ours
    Point("keep", meets=(LATE, LATE, LATE), works=TAGS_ONLY),  # the lease, renewed while Zendesk works
    Point("recheck.take", works=TAGS_ONLY),  # what was quarantined is read once more before the end
    Point("change_status completed", works=TAGS_ONLY),
    Point("release", works=TAGS_ONLY),  # the lease, given back
    Point("wake_up", works=TAGS_ONLY),  # for the next driver
)
REQUESTS = (
    Point("who we are", works=COMMENTS_ONLY),
    Point("read fields", works=TAGS_ONLY),  # what a tag job is made of
    Point("list a page", FIRST_AND_LAST, works=TAGS_ONLY),
    Point("change a batch", FIRST_AND_LAST),
    Point("ask for jobs"),
    Point("read back", meets=(LOST,)),
    Point("read audits", works=COMMENTS_ONLY),
)
ELSEWHERE = ("sign in",)  # once for all jobs: `test_zendesk` has them expire


def every() -> list[Blow]:
    """Each point with each of its seeds, before and after, for each work."""
    kinds = (("commit", COMMITS), ("request", REQUESTS))
    return [
        Blow(work, f"{when} {kind}: {point.name}", nth, point.meets)
        for kind, points in kinds
        for point in points
        for work in point.works
        for when in ("before", "after")
        for nth in point.seeds
    ]
