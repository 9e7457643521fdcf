"""What a tool must say: the contract between a folder in `app/tools/` and everything around it.

A tool is a folder with a `tool` in its `__init__.py`, and a line in `app/tools/registry.py`; nothing else names it.
From a `Tool` alone come its pages below `/tools/<slug>`, their permission, and its entry in the navigation and in the
dashboard. One that changes tickets also has `jobs`, a `JobKind`: from that come its background jobs with their task,
its part of the JSON API and of the OpenAPI document, its options of `flask jobs run`, and how its jobs are told on the
pages of jobs, in exports and on the command line. Tools never import each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from flask import Blueprint
from markupsafe import Markup

from app.account.cache.whose_eyes import may_change_tickets
from app.auth.models import User
from app.jobs.collaborators import ReadSnapshot
from app.jobs.models import Job, JobItem
from app.jobs.protocol.operation import Operation
from app.jobs.protocol.undoing import ReadUndo
from app.jobs.sources.base import TicketSource
from app.jobs.wording import Reason
from app.ticket_ids.own_tags import ReadTags
from app.tools.changes import Change, Comment
from app.tools.parameters import Asked, InvalidParameters, Parameters, Titled, Values
from app.tools.rules import Rule, decided

__all__ = ["Asked", "InvalidParameters", "JobKind", "Parameters", "Titled", "Tool", "Undo", "Values"]

OWN = "own"  # the parameter of a tool with `own_tags`: each ticket has its own
DRIVE_JOB = "app.tasks.zendesk_tasks.drive_job"


def _none(_job: Job) -> list[Markup]:
    return []


@dataclass(frozen=True)
class Undo:
    """How the jobs of a tool are taken back, by a job of the same tool whose snapshot says what of which job."""

    snapshot: ReadUndo  # what it is made of: what the job was made of, as far as it matters, as it is now
    operation: Callable[[Values, Values], Operation]  # of the job's parameters, and of that snapshot


@dataclass(frozen=True)
class JobKind:
    """What a tool adds to the job engine: what may be asked for, what happens to a ticket, and how that is told.

    The first four are needed. Parameters reach `operation` and `snapshot` as `Parameters.kept` made them; those of a
    job from before a change of the model are as they were then.
    """

    parameters: type[Parameters]  # what a person may ask for, checked
    operation: Callable[[Values, Values | None], Operation]  # of parameters, and of the values of the snapshot
    sentence: Callable[[Job], str]  # a job of this tool, told in one sentence
    preview_template: str  # what the page of a finished dry run shows, and how it is carried out from there
    snapshot: ReadSnapshot | None = None  # what its jobs are made of beyond parameters
    changes: Callable[[Job, JobItem], list[Change | Comment]] | None = None  # by name; None: the values as they are
    told: Callable[[Job], Values] = lambda job: job.parameters  # what was asked for, by name
    reasons: Mapping[str, Reason] = field(default_factory=dict)  # of its own codes for tickets it refuses
    briefing: Callable[[Job], Values] | None = None  # what its preview shows beyond the summary, as it is now
    warnings: Callable[[Job], list[Markup]] = _none  # what a finished dry run found that a person must know before
    must_type: Callable[[Job], int | None] = lambda _job: None  # the number that a script states, in production too
    filled: Callable[[Values], Values] | None = None  # parameters as the address of its form (`choose`) has them
    own_tags: ReadTags | None = None  # reads the tags of one ticket from a row; None: rows with own tags are refused
    undo: Undo | None = None  # None: what its jobs do cannot be taken back, and every page says so
    task: str = DRIVE_JOB  # under which name Celery and Flower know its background work; all names do the same

    def asked_on(self, source: TicketSource, given: Values | None) -> Values | None:
        """What is asked of the tool on such a source, for its parameters to check: rows have tags of their own.

        :raises InvalidParameters: with a sentence, when the tool takes no such rows, or it is no source of rows.
        """
        if not source.instructs:
            if (given or {}).get(OWN):
                raise InvalidParameters({OWN: "Only rows with tags of their own are such a source."})
            return given
        if self.own_tags is None:
            raise InvalidParameters({"": "Rows with tags of their own are for the tool that changes tags."})
        return {**(given or {}), OWN: True}


@dataclass(frozen=True)
class Tool:
    """A feature that a person picks."""

    slug: str  # in addresses, in the API, on the command line, and in the rows of its jobs: it never changes
    title: str
    summary: str  # one line, for the dashboard and the navigation's tooltip
    icon: str  # a Bootstrap icon's name
    roles: frozenset[str]  # who may use it until an admin decides otherwise
    bp: Blueprint  # its pages; named like its folder, and so is the folder of its templates
    jobs: JobKind | None = None  # None: the tool answers at once and never starts a job

    @property
    def only_reads(self) -> bool:
        """It changes nothing: also people whose Zendesk role may change no tickets can use it."""
        return self.jobs is None

    def rule(self, role: str) -> Rule:
        """What people of this role may do with it: as admins decided, else as the tool says."""
        return decided().get((self.slug, role)) or Rule(role in self.roles)

    def open_to(self, user: User) -> bool:
        """Whether this person may use it."""
        return self.rule(user.role).allowed and (self.only_reads or may_change_tickets(user))
