"""What is looked up and checked before a job is started or touched: the same for the API and the command line."""

from __future__ import annotations

from dataclasses import replace

from app import numbers
from app.account.connection import current
from app.auth.access import api_token
from app.auth.models import User
from app.extensions import db
from app.jobs import wording
from app.jobs.commands import create
from app.jobs.commands.create import Submission
from app.jobs.models import Job
from app.jobs.sources.base import Listing, SourceGone, SourceRefused, TicketSource
from app.jobs.sources.contents import Contents, contents
from app.jobs.store import queries
from app.tools.mounted import tools
from app.tools.tool import Tool
from app.web.errors import ApiError
from app.zendesk import ZendeskError


def job_of(user: User, job_id: int) -> Job:
    """The job, when this person may see it; else the answer is the same as for a missing one.

    :raises ApiError: 404.
    """
    job = queries.job_for(user, job_id) if numbers.row_id(job_id) else None
    if job is None:
        raise ApiError("job_not_found", f"There is no job {job_id}.", 404)
    return job


def check_tool(job: Job, user: User) -> None:
    """A role may have lost a tool since the job was made; then no person of that role makes it change more tickets.

    :raises ApiError: 403.
    """
    if tool := tools().get(job.tool):
        check_role(tool, user)


def check_sending(job: Job, user: User) -> None:
    """A person who makes a job change more tickets must still have its tool, and may need leave to write to customers.

    :raises ApiError: 403.
    """
    check_tool(job, user)
    check_public_replies(job)


def check_role(tool: Tool, user: User) -> None:
    """:raises ApiError: 403, when people of this role may not use the tool."""
    if not tool.open_to(user):
        raise ApiError("tool_forbidden", f"Your role, {user.role}, may not use {tool.title}. An admin can.", 403)


def may_reply_publicly() -> bool:
    """Whether this request may make a job write to customers: a person may, a token only when it was made for that."""
    token = api_token()
    return token is None or token.public_replies


def check_public_replies(job: Job) -> None:
    """:raises ApiError: 403, when this request may not let the job send what is left of it."""
    if job.writes_to_customers and not job.dry_run and not may_reply_publicly():
        raise ApiError("public_replies_forbidden", wording.NO_PUBLIC_REPLIES, 403)


def looked_up(submission: Submission) -> Submission:
    """The submission with what is known of its source.

    While Zendesk cannot be asked the job is taken without: it waits, or ends, with a sentence of its own.

    :raises ApiError: 404, when there is no such source for this person.
    """
    if submission.source.is_frozen or current.current_account() is None or create.by_key(submission) is not None:
        return submission
    try:
        submission.source.require_all()
        return replace(submission, found=submission.source.look_up(submission.user))
    except ZendeskError:
        return submission
    except SourceRefused as refused:
        raise refusal(refused) from refused


def contents_of(source: TicketSource, user: User) -> Contents:
    """What a source holds, for this person, as far as it is known in the time for which they wait.

    :raises ApiError: when it is not there, or not for this person, or cannot be listed.
    :raises ZendeskError: when Zendesk cannot be asked.
    """
    require_connection()
    person, role = user.id, user.role
    try:
        source.look_up(user)
        db.session.commit()  # no transaction may be open while Zendesk is asked
        return contents(source, Listing(current.client(background=False), person, role))
    except SourceRefused as refused:
        raise refusal(refused) from refused
    except SourceGone as gone:
        raise ApiError("source_gone", str(gone), 422) from gone


def refusal(refused: SourceRefused) -> ApiError:
    """What is said of a source that is not there, or that this person may not use."""
    return ApiError(refused.code, refused.message, refused.status)


def require_connection() -> None:
    """:raises NotConnected: while no Zendesk account is configured."""
    if current.current_account() is None:
        raise current.NotConnected("no Zendesk account is configured")
