"""New jobs: what is asked for, by whom, under which key; and the row that each of them begins with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.account.connection.current import identity
from app.auth.models import User
from app.database import db_now, transaction
from app.jobs import wording
from app.jobs.models import Job
from app.jobs.outcomes import Relation
from app.jobs.protocol.operation import Snapshot
from app.jobs.sources.base import Found, TicketSource
from app.jobs.store import job_progress

KEY_LIVES = 24 * 3600.0  # seconds for which an idempotency key answers with its job


class JobRefused(Exception):  # noqa: N818 - an answer to a person, not a fault
    """What was asked cannot be done; `message` says why in a sentence, `status` is the fitting HTTP status."""

    def __init__(self, code: str, message: str, status: int, fields: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.code, self.message, self.status, self.fields = code, message, status, fields


@dataclass(frozen=True)
class Submission:
    """A job to be.

    `parameters` are the tool's own, checked by it; None takes those of the source job. `relation` says which tickets of
    an earlier job are meant, where its source does not: `retry` for those that failed.
    """

    tool: str
    user: User
    parameters: dict[str, Any] | None
    source: TicketSource
    dry_run: bool = True
    found: Found | None = None  # the source as it was looked up; None while Zendesk could not be asked
    accept_current_user: bool = False  # a person agreed that the service's own user is meant
    relation: Relation | None = None  # to the job that its tickets come from; None for what the source says
    part: Mapping[str, Any] | None = None  # of an undo: what of the job is taken back, where that is not all
    snapshot: Snapshot | None = None  # as it is in Zendesk now; None leaves reading it to the driver
    canary: int | None = None  # so many tickets go first; None for what the snapshot suggests
    render_all: bool = False  # a dry run lets Zendesk render every ticket, not only a sample
    may_reply_publicly: bool = True  # by what was used to ask; a token may lack it
    expected_total: int | None = None
    idempotency_key: str | None = None
    request_id: str = ""

    @property
    def names_current_user(self) -> bool:
        """What the source holds depends on who looks."""
        return self.found is not None and self.found.names_current_user

    @property
    def how(self) -> Relation | None:
        """The relation to the job that its tickets come from."""
        return self.relation or self.source.relation


def by_key(submission: Submission) -> int | None:
    """The job that this person made with the same idempotency key in the last 24 hours.

    :raises JobRefused: when something else was asked for with that key.
    """
    if submission.idempotency_key is None:
        return None
    mine = (Job.created_by_id == submission.user.id, Job.idempotency_key == submission.idempotency_key)
    with transaction() as tx:
        tx.execute(update(Job).where(*mine, Job.created_at < db_now() - KEY_LIVES).values(idempotency_key=None))
        made = tx.execute(select(Job.id, Job.request_hash).where(*mine)).one_or_none()
    if made is None:
        return None
    if made.request_hash not in (None, _request_hash(submission)):
        raise JobRefused("key_reused", wording.KEY_REUSED, 409)
    return made.id


def _request_hash(submission: Submission) -> str:
    """What was asked for, as a hash; what was looked up since does not count."""
    asked = {
        "tool": submission.tool,
        "parameters": submission.parameters,
        "dry_run": submission.dry_run,
        "source": submission.source.kept(),
        "relation": submission.how,
        **({"part": dict(submission.part)} if submission.part else {}),
        "accept_current_user": submission.accept_current_user,
        "canary": submission.canary,
        "render_all": submission.render_all,
        "expected_total": submission.expected_total,
    }
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def create(submission: Submission, account: str | None) -> int:
    """Write a new job whose tickets are to be listed; its id.

    Its limits are looked at while it is listed, and when the list is frozen.


    :raises JobRefused: when it may not be made.
    :raises sqlalchemy.exc.IntegrityError: when the idempotency key was used meanwhile.
    """
    account = require_connected(account)
    snapshot = submission.snapshot
    require_acceptance(submission, submission.names_current_user or bool(snapshot and snapshot.names_current_user))
    require_public_replies(submission, bool(snapshot and snapshot.writes_to_customers))
    kept = submission.source.at_rest(account, submission.user.id)
    with transaction() as tx:
        job_id = write(tx, submission, account, submission.parameters or {}, kept=kept)
        if snapshot:
            job_progress.keep_snapshot(tx, job_id, snapshot)
        return job_id


def require_connected(account: str | None) -> str:
    """:raises JobRefused: while no account is connected."""
    if account is None:
        raise JobRefused("not_connected", "No Zendesk account is connected yet.", 503)
    return account


def require_account(account: str | None, job: Job) -> None:
    """:raises JobRefused: when a job belongs to another account than the one that is connected."""
    if account != job.account:
        raise JobRefused("other_account", wording.other_account(job.id, job.account, account), 409)


def require_public_replies(submission: Submission, writes_to_customers: bool) -> None:
    """:raises JobRefused: when the job would write to customers, and what was used to ask may not."""
    if writes_to_customers and not submission.dry_run and not submission.may_reply_publicly:
        raise JobRefused("public_replies_forbidden", wording.NO_PUBLIC_REPLIES, 403)


def require_acceptance(submission: Submission, names_current_user: bool) -> None:
    """What depends on who asks means the service's own user, and a person has to agree to that before anything runs.

    :raises JobRefused: when no person did.
    """
    if names_current_user and not submission.dry_run and not submission.accept_current_user:
        raise JobRefused("depends_on_current_user", wording.whose_eyes(identity().name), 409)


def write(
    tx: Connection,
    submission: Submission,
    account: str,
    parameters: dict[str, Any],
    source: Job | None = None,
    *,
    kept: TicketSource | None = None,
) -> int:
    """Insert the job's row; its id. What its source job was made of is taken over, its tickets are not.

    :param kept: the submission's source as the row is to bear it; None for that as it is.
    """
    new = insert(Job).values(
        tool=submission.tool,
        account=account,
        dry_run=submission.dry_run,
        parameters=parameters,
        source=(kept or submission.source).kept(),
        source_title=source.source_title if source else _title(submission),
        names_current_user=source.names_current_user if source else submission.names_current_user,
        accepts_current_user=submission.accept_current_user,
        snapshot=source.snapshot if source else None,
        snapshot_version=source.snapshot_version if source else None,
        snapshot_revision=source.snapshot_revision if source else None,
        writes_to_customers=source.writes_to_customers if source else False,
        render_all=submission.render_all and submission.dry_run,
        canary=_canary(submission, source),
        source_job_id=submission.source.of_job,
        relation=submission.how,
        expected_total=submission.expected_total,
        created_by_id=submission.user.id,
        created_as=submission.user.role,
        idempotency_key=submission.idempotency_key,
        request_hash=_request_hash(submission) if submission.idempotency_key else None,
        request_id=submission.request_id,
    )
    return tx.execute(new.returning(Job.id)).scalar_one()


def _title(submission: Submission) -> str:
    return (submission.found and submission.found.title) or submission.source.name


def _canary(submission: Submission, source: Job | None) -> int | None:
    """How many tickets go first; None while the snapshot that decides is not known."""
    if submission.dry_run:
        return submission.canary or 0  # nothing is sent; it holds for the run
    if submission.canary is None and source is not None and source.dry_run and source.canary:
        return source.canary
    if submission.canary is None and source is not None:
        return job_progress.CANARY if source.writes_to_customers else 0
    return submission.canary
