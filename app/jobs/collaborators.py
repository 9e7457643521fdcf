"""What the job engine is given: the tools' operations, the Zendesk account, its limits, and how a worker is woken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from flask import current_app

from app.account.connection.writing import Hold
from app.jobs.protocol.operation import Operation, Snapshot, Values
from app.jobs.protocol.undoing import ReadUndo
from app.jobs.timing import USUAL, EngineTiming
from app.ticket_ids.own_tags import OwnTags, ReadTags
from app.zendesk import Client

ReadSnapshot = Callable[[Client, Values], Snapshot]
"""Reads, by a job's parameters, what its operation is made of; raises Unusable or ZendeskError."""


def _never() -> bool:
    return False


class Cap(NamedTuple):
    """The most tickets that one job of a person may have, and the role for which that was decided."""

    tickets: int
    role: str


def _no_cap(_tool: str, _of: int | str) -> Cap | None:
    return None


def _no_hold() -> Hold | None:
    return None


def _no_undo(_tool: str) -> ReadUndo | None:
    return None


def _no_snapshot(_tool: str) -> ReadSnapshot | None:
    return None


def _no_tags(_add: str, _remove: str) -> OwnTags:
    raise ValueError("No tool changes tags here.")


@dataclass(frozen=True)
class Engine:
    """The collaborators of the engine; one per application, at `app.extensions["jobs"]`."""

    operation: Callable[[str, Values, Values | None], Operation]  # of a tool's slug, a job's parameters and snapshot
    client: Callable[[], Client]  # for background work on the current account; raises ZendeskError when there is none
    account: Callable[[], str | None]  # the host really called
    wake_worker: Callable[[int, str, str], bool]  # job id, tool, request id; False when no worker could be told
    sync_ticket_limit: int
    async_ticket_limit: int
    max_inflight_jobs: int
    cap: Callable[[str, int], Cap | None] = _no_cap  # of a tool's slug and a person's id
    role_cap: Callable[[str, str], Cap | None] = _no_cap  # of a tool's slug and a role
    hold: Callable[[], Hold | None] = _no_hold  # what keeps everybody from writing to Zendesk now
    snapshot: Callable[[str], ReadSnapshot | None] = _no_snapshot  # of a tool's slug; None where parameters are all
    own_tags: ReadTags = _no_tags  # the tags of one ticket, as a row of a list names them
    undo: Callable[[str], ReadUndo | None] = _no_undo  # of a tool's slug; None where jobs cannot be taken back
    refused_share: float = 0.2  # of the tickets sent; above it a job that must not repeat stops by itself
    stopping: Callable[[], bool] = _never  # this process is asked to leave
    timing: EngineTiming = USUAL


def engine() -> Engine:
    """The engine of the current application."""
    return current_app.extensions["jobs"]
