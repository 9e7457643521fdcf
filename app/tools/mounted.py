"""The tools of an application: mounting one attaches its permission and navigation, so neither is forgotten."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

from flask import Flask, abort, current_app
from flask_login import current_user

from app.auth.models import User
from app.extensions import login
from app.jobs.collaborators import ReadSnapshot
from app.jobs.protocol.operation import Operation, Unusable
from app.jobs.protocol.undoing import ReadUndo, Undoing
from app.ticket_ids.own_tags import OwnTags
from app.tools.tool import JobKind, Tool, Values

TOOLS = "tools"  # the extension that holds them


def mount(app: Flask, tools: Iterable[Tool]) -> None:
    """Attach every tool: its pages below /tools/<slug>, behind sign-in and its roles, and its navigation entry."""
    mounted = app.extensions[TOOLS] = {tool.slug: tool for tool in tools}
    for tool in mounted.values():
        app.before_request_funcs.setdefault(tool.bp.name, []).append(_guard(tool))  # the app's: a blueprint has many
        app.register_blueprint(tool.bp, url_prefix=f"/tools/{tool.slug}")
    app.context_processor(lambda: {"nav_tools": tools_for(_user())})


def tools(app: Flask | None = None) -> dict[str, Tool]:
    """The tools of this application, or of the current one, by slug in the registry's order."""
    return (app or current_app).extensions[TOOLS]


def tools_for(user: User) -> list[Tool]:
    """The tools that this person may use, in the registry's order."""
    return [tool for tool in tools().values() if user.is_authenticated and tool.open_to(user)]


def job_kinds(app: Flask | None = None) -> dict[str, JobKind]:
    """The tools that work by jobs, by slug."""
    return {tool.slug: tool.jobs for tool in tools(app).values() if tool.jobs}


def operation_of(slug: str, parameters: Values, snapshot: Values | None) -> Operation:
    """The operation of a tool for a job's parameters and the values of its snapshot: what it does, or takes back."""
    kind = job_kinds()[slug]
    if snapshot is None or Undoing.of(snapshot) is None:
        return kind.operation(parameters, snapshot)
    if kind.undo is None:
        raise Unusable("What this tool does cannot be taken back.")
    return kind.undo.operation(parameters, snapshot)


def undo_of(slug: str) -> ReadUndo | None:
    """How a tool reads what it takes to take its jobs back; None where they cannot be."""
    undo = job_kinds()[slug].undo if slug in job_kinds() else None
    return undo.snapshot if undo else None


def snapshot_of(slug: str) -> ReadSnapshot | None:
    """How a tool reads what its jobs are made of beyond their parameters; None where that is nothing."""
    return job_kinds()[slug].snapshot


def own_tags(add: str, remove: str) -> OwnTags:
    """The tags that two cells of a row name, by the tool that changes tags. Raises ValueError with a sentence."""
    read = next((kind.own_tags for kind in job_kinds().values() if kind.own_tags), None)
    if read is None:
        raise ValueError("No tool here changes tags.")
    return read(add, remove)


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
