"""A help desk for tests of the job engine: the sandbox on a real port, and an app that is connected to it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from flask import Flask

from app import create_app
from app.account.cache.views import views
from app.auth.models import User
from app.extensions import db
from app.jobs.collaborators import Engine, engine
from app.jobs.commands import service
from app.jobs.commands.service import Submission
from app.jobs.engine.driver import drive
from app.jobs.models import Job, JobItem
from app.jobs.timing import USUAL, EngineTiming
from app.sandbox import SandboxConfig, World, create_sandbox
from config import Config, ZendeskConfig
from tests.factories import make_user, on_view
from tests.sandbox_server import serve

TAG = "strike_nov_2026"
PATIENCE = 60.0  # seconds; a job that takes longer hangs


@dataclass
class Desk:
    """A sandbox, and the app that works on it; use it inside an application context."""

    app: Flask
    world: World
    user: User
    woken: list[int]

    @property
    def view_id(self) -> int:
        return next(view.id for view in views() if view.title.lower().startswith("carrier strike"))

    def tickets_of_view(self) -> list[int]:
        """The truth about which tickets the view holds now."""
        view = self.world.views[self.view_id]
        with self.world.lock:
            self.world.advance()
            anybody = next(iter(self.world.people.users.values()))
            return sorted(self.world.listings.ids(view, anybody, self.world.now))

    def submit(self, add: str = TAG, remove: str = "", **fields: Any) -> Job:
        parameters = {"add": add.split(), "remove": remove.split()}
        defaults: dict[str, Any] = {"dry_run": False, "parameters": parameters}
        if "source" not in fields:
            defaults |= on_view(self.view_id, "Carrier strike")
        return service.submit(Submission("tag-manager", self.user, **{**defaults, **fields}))

    def finish(self, job: Job) -> Job:
        """Drive the job, as workers would, until it has ended, is paused, or patience is."""
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            job = self.read(job.id)
            if job.ended or job.status == "paused":
                return job
            drive(engine(), job.id)
            time.sleep(0.02)
        raise AssertionError(f"job {job.id} is still {job.status} ({job.waiting_for})")

    def read(self, job_id: int) -> Job:
        db.session.commit()
        job = db.session.get_one(Job, job_id, populate_existing=True)
        db.session.commit()
        return job

    def items(self, job: Job) -> list[JobItem]:
        found = list(db.session.query(JobItem).filter_by(job_id=job.id).order_by(JobItem.ticket_id).populate_existing())
        db.session.commit()
        return found

    def outcomes(self, job: Job) -> Counter[str]:
        return Counter(item.outcome for item in self.items(job))

    def requests(self, part: str) -> list[Any]:
        """The requests that came to the sandbox, with `part` in their path."""
        return [record for record in self.world.ledger.requests if part in record.path]

    def changes(self) -> Counter[int]:
        """How often each ticket was changed by us."""
        return Counter(record.ticket_id for record in self.world.ledger.changes if "Giga" in record.client)

    def check_truth(self, job: Job, tag: str = TAG) -> None:
        """Assert what must hold of every ended job: complete, counted rightly, and true."""
        items = self.items(job)
        counted = Counter(item.outcome for item in items)
        assert job.processed == sum(counted.values()) - counted["pending"]
        for outcome in ("succeeded", "unchanged", "failed", "skipped", "unknown"):
            assert getattr(job, outcome) == counted[outcome], outcome
        for item in items:
            tagged = tag in self.world.tickets[item.ticket_id].tags
            if item.outcome in ("succeeded", "unchanged"):
                assert tagged, item.ticket_id
            elif item.outcome in ("skipped", "failed"):
                assert not tagged, item.ticket_id


@contextmanager
def desk(
    config: Config, *, app_limits: dict[str, Any] | None = None, timing: EngineTiming = USUAL, **sandbox: Any
) -> Iterator[Desk]:
    """A sandbox with a few hundred tickets whose Zendesk jobs take a moment, and an app on `config`'s database."""
    settings = {"tickets": 420, "job_seconds": 0.1, "rate_limit": 100_000, "count_seconds": 0.0, **sandbox}
    sandbox_config = SandboxConfig(**settings)
    stand_in = create_sandbox(sandbox_config)
    with serve(stand_in) as url:
        zendesk = ZendeskConfig(
            base_url=url,
            oauth_client_id=sandbox_config.oauth_client_id,
            oauth_client_secret=sandbox_config.oauth_client_secret,
        )
        app = create_app(replace(config, zendesk=zendesk, **(app_limits or {})))
        woken: list[int] = []
        eng: Engine = app.extensions["jobs"]
        app.extensions["jobs"] = replace(
            eng,
            wake_worker=lambda job_id, _tool, _request: woken.append(job_id) is None,
            timing=replace(timing, latest_copy=1.0),  # a copy that did not land by then does not land here
        )
        with app.app_context():
            yield Desk(app, stand_in.extensions["world"], make_user("admin"), woken)
            db.session.remove()
            db.engine.dispose()
