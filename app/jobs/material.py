"""What a job is made of beyond its parameters: read once, frozen with it, held against Zendesk at each turn."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import Row

from app import zendesk as zd
from app.jobs import store, wording
from app.jobs.engine import Engine
from app.jobs.lease import Lease
from app.jobs.operation import Unusable
from app.jobs.trouble import Impossible
from app.jobs.turn import while_kept


def settle(engine: Engine, lease: Lease, job: Row[Any], client: zd.Client) -> str | None:
    """Freeze the material the first time, later see that it is the same; why the job has to stop, if it has to.

    A job that is to stop anyway needs no look: what is at Zendesk is settled with what was frozen.

    :raises Impossible: when nothing was sent yet, and the material cannot be used.
    :raises ZendeskError: when Zendesk cannot be asked.
    """
    read = engine.material(job.tool)
    if job.wish != "run" or read is None:
        return None
    if job.material_version is not None:
        return while_kept(lease, partial(changed, engine, job, client))
    try:
        found = while_kept(lease, partial(read, client, job.parameters))
    except Unusable as unusable:
        raise Impossible(str(unusable)) from unusable
    if found.names_current_user and not job.dry_run and not job.accepts_current_user:
        raise Impossible(wording.DEPENDS_ON_CURRENT_USER)
    with lease.transaction() as tx:
        store.keep_material(tx, job.id, found)
    return None


def changed(engine: Engine, job: Row[Any], client: zd.Client) -> str | None:
    """Why what the job is made of is no longer what was frozen, in a sentence; None when it still is.

    :raises ZendeskError: when Zendesk cannot be asked.
    """
    read = engine.material(job.tool)
    try:
        found = read(client, job.parameters) if read else None
    except Unusable as unusable:
        return str(unusable)
    return None if found is None or found.version == job.material_version else wording.MATERIAL_CHANGED
