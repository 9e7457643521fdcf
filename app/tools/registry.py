"""The tools: this is the only place that names them, and mounting one attaches its permission and its navigation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from flask import Blueprint, Flask, abort
from flask_login import current_user
from markupsafe import Markup

from app.account.cache.whose_eyes import may_change_tickets
from app.auth.models import User
from app.extensions import login
from app.jobs.engine.collaborators import ReadMaterial
from app.jobs.models import Job, JobItem
from app.jobs.protocol.operation import Operation, Values
from app.jobs.wording import Reason
from app.tools.changes import Change, Comment
from app.tools.rules import Rule, decided


class InvalidParameters(ValueError):  # noqa: N818 - said of what a person gave, not of the program
    """The parameters of a tool do not fit; `fields` has a sentence for each one that does not."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = fields


def _none(_job: Job) -> list[Markup]:
    return []


@dataclass(frozen=True)
class JobKind:
    """What a tool adds to the job engine."""

    parse: Callable[[Values], Values]  # checks parameters; raises InvalidParameters
    operation: Callable[[Values, Values | None], Operation]  # of parameters, and of the values of the material
    sentence: Callable[[Job], str]  # a job of this tool, told in one sentence
    preview_template: str  # what the page of a finished dry run shows
    material: ReadMaterial | None = None  # what its jobs are made of beyond parameters
    changes: Callable[[Job, JobItem], list[Change | Comment]] | None = None  # by name; None: the values as they are
    told: Callable[[Job], Values] = lambda job: job.parameters  # what was asked for, by name
    reasons: Mapping[str, Reason] = field(default_factory=dict)  # of its own codes for tickets it refuses
    briefing: Callable[[Job], Values] | None = None  # what its preview shows beyond the summary, as it is now
    warnings: Callable[[Job], list[Markup]] = _none  # what a finished dry run found that a person must know before


@dataclass(frozen=True)
class Tool:
    """A feature that a person picks."""

    slug: str
    title: str
    summary: str  # one line, for the dashboard and the navigation's tooltip
    icon: str  # a Bootstrap icon's name
    roles: frozenset[str]  # who may use it until an admin decides otherwise
    bp: Blueprint
    jobs: JobKind | None = None  # None: the tool answers at once and never starts a job

    @property
    def only_reads(self) -> bool:
        """It changes nothing: also people whose Zendesk role may change no tickets can use it."""
        return self.jobs is None

    def rule(self, role: str) -> Rule:
        """What people of this role may do with it: as admins decided, else as the tool says."""
        return decided().get((self.slug, role)) or Rule(role in self.roles)

    def open_to(self, user: User) -> bool:
        return self.rule(user.role).allowed and (self.only_reads or may_change_tickets(user))


def _tools() -> dict[str, Tool]:
    from app.tools.apply_macro import tool as apply_macro
    from app.tools.macro_search import tool as macro_search
    from app.tools.tag_manager import tool as tag_manager

    return {tool.slug: tool for tool in (macro_search, apply_macro, tag_manager)}


TOOLS: dict[str, Tool] = {}


def mount(app: Flask) -> None:
    """Attach every tool: its pages below /tools/<slug>, behind sign-in and its roles, and its navigation entry."""
    TOOLS.update(_tools())
    for tool in TOOLS.values():
        app.before_request_funcs.setdefault(tool.bp.name, []).append(_guard(tool))  # the app's: a blueprint has many
        app.register_blueprint(tool.bp, url_prefix=f"/tools/{tool.slug}")
    app.context_processor(lambda: {"nav_tools": tools_for(_user())})


def tools_for(user: User) -> list[Tool]:
    """The tools that this person may use, in the registry's order."""
    return [tool for tool in TOOLS.values() if user.is_authenticated and tool.open_to(user)]


def job_kinds() -> dict[str, JobKind]:
    """The tools that work by jobs, by slug."""
    return {tool.slug: tool.jobs for tool in TOOLS.values() if tool.jobs}


def operation_of(slug: str, parameters: Values, material: Values | None) -> Operation:
    """The operation of a tool for a job's parameters and the values of its material."""
    return job_kinds()[slug].operation(parameters, material)


def material_of(slug: str) -> ReadMaterial | None:
    """How a tool reads what its jobs are made of beyond their parameters; None where that is nothing."""
    return job_kinds()[slug].material


def _user() -> User:
    return cast(User, current_user)


def _guard(tool: Tool) -> Callable[[], Any]:
    def check() -> Any:
        if not current_user.is_authenticated:
            return login.unauthorized()
        if not tool.open_to(_user()):
            abort(403)
        return None

    return check
