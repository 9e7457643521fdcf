"""Every interval and limit in seconds by which jobs are driven, with the clock and the sleep: given with the engine."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class EngineTiming:
    """Seconds, all of them; every process of an installation must have the same."""

    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    # Who drives a job (docs/protocol.md, Crashes)
    lease: float = 30.0
    renew_after: float = 10.0
    longest_wait: float = 300.0  # a job that has to wait longer is looked at in between
    wake_again_after: float = 30.0  # a message may wait that long in the queue before we assume that it was lost

    # A turn
    refresh_every: float = 0.5  # the job's row is read again: what a person asks for
    count_others_every: float = 2.0
    short_turn: float = 15.0  # when other jobs wait for a driver
    long_turn: float = 45.0
    inline_turn: float = 20.0  # a request drives its job for so long; a worker does what is left
    stopping_turn: float = 3.0  # how long the request that pauses or stops an idle job works on it
    recheck: float = 20.0  # of a request that reads unknown tickets once more
    summary: float = 20.0  # in all, for answers that do not come while a dry run is summed up
    longest_sleep: float = 10.0  # a longer wait ends the turn: no worker sleeps through it
    held: float = 30.0  # until a job that may not write is tried again; resuming writing wakes a worker

    # Zendesk's jobs
    wait_for_a_job: float = 300.0  # for a known one (docs/protocol.md, The steps of a batch)
    first_poll: float = 0.3  # after a send, while it is unknown how long this account takes
    most_often: float = 0.1
    least_often: float = 3.0
    no_slot: float = 5.0  # one of 100 tickets takes 10 to 12 s: by then some slots are free again

    # Copies of a request whose answer was lost
    latest_copy: float = 20.0  # so long one is waited for that may still land
    copy_every: float = 5.0  # between two looks for it
    slowest_answer: float = 60.0  # for a call (zendesk_api_client_rb#395): then Zendesk has it, or never will
    cut_within: float = 5.0  # a connection that is lost so soon was cut, not waited for in vain

    # Tickets that are read again
    fresh: float = 1.0  # until one that has just changed is
    stale: float = 2.0  # until a rendering that was out of date is asked for again

    # Trouble
    longest_back_off: float = 60.0
    unreadable: float = 240.0
    gateway: float = 60.0
    refused: float = 5.0
    forgotten_after: float = 600.0  # a request without trouble for so long was not asked, or came through
    same_answer: float = 10.0  # within which what an answer says is found unreadable, if it is


USUAL = EngineTiming()
