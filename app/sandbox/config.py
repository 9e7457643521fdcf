"""What a sandbox can be told when it starts: size, speed, credentials, and how hostile it is."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class SandboxConfig:
    """The settings of one sandbox; the defaults are the demo help desk on a Zendesk of Enterprise size.

    Durations are in seconds. `clock` gives seconds since the epoch; whatever the sandbox does by time reads it, so
    that a test moves time by hand. `sleep` makes an answer late (`latency`, slow answers) and nothing else.
    """

    tickets: int = 3_600
    seed: int = 2026
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep

    # A service user's credentials; the API token opens every user's door, as a real one does (docs/zendesk.md,
    # Sign-in).
    oauth_client_id: str = "giga_tools_demo"
    oauth_client_secret: str = field(default="demo-client-secret-for-the-sandbox", repr=False)
    email: str = "giga.tools@nordfell.example"
    api_token: str = field(default="demo-api-token-for-the-sandbox", repr=False)
    token_seconds: int = 1_800

    latency: float = 0.0
    rate_limit: int = 700
    ticket_update_limit: int = 100
    tickets_index_limit: int = 2_000
    view_count_limit: int = 5
    search_limit: int = 100
    count_many_limit: int = 6

    # Zendesk's own jobs: recorded are 10-12 s for 100 tickets, and at most 30 at once (docs/zendesk.md, Zendesk jobs).
    job_seconds: float = 11.0
    max_jobs: int = 30
    too_many_jobs_status: int = 429
    inflight_header: bool = True

    # Search shows a ticket as it was for so long after a change (docs/zendesk.md, Search).
    search_lag: float = 20.0

    # A view's first count is null for so long (docs/zendesk.md, Views).
    count_seconds: float = 5.0

    # Where sources disagree (“open” in docs/zendesk.md), the switch stands on the hostile side.
    drop_batch_tags: bool = True
    drop_view_sort: bool = False
    drop_metadata: bool = False
    closed_tags: bool = False

    faults: tuple[str, ...] = ()
    """Rules in force from the start, each written as `KIND[:key=value…]` (see `faults.py`)."""
