"""A tool of a few lines, written into an empty folder: what a stranger adds, and nothing of ours names it."""

from __future__ import annotations

from pathlib import Path

SLUG = "set-priority"

TOOL = '''
from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Literal

from flask import Blueprint, redirect, render_template_string, url_for
from pydantic import Field
from wtforms import StringField

from app.jobs.protocol.operation import Plan, Shown
from app.tools import on_view
from app.tools.tool import Asked, JobKind, Parameters, Tool

SLUG = "set-priority"
bp = Blueprint("set_priority", __name__, template_folder="templates")


class PriorityParameters(Parameters):
    priority: Annotated[
        Literal["low", "urgent"], Field(description="The priority to set."), Asked(wrong="Say low or urgent.")
    ]


class PriorityForm(on_view.ViewForm):
    model = PriorityParameters
    priority = StringField("Priority")


@bp.get("")
def choose():
    return page(PriorityForm())


@bp.post("")
def preview():
    form = PriorityForm()
    if not form.validate():
        return page(form), 422
    return redirect(url_for("jobs.show", job_id=on_view.preview(SLUG, form).id), 303)


def page(form):
    return render_template_string(PAGE, form=form)


PAGE = """{% extends "base.html" %}{% block title %}Set Priority{% endblock %}{% block main %}<h1>Set Priority</h1>
<form method="post">{{ form.csrf_token }}{{ form.view_id.label }}{{ form.view_id }}{{ form.priority.label }}
{{ form.priority }}{{ form.priority.errors | join }}<button>Preview</button></form>{% endblock %}"""


@dataclass(frozen=True)
class PriorityOperation:
    priority: str

    def keep(self, ticket):
        return {"priority": ticket.get("priority"), "status": ticket.get("status")}

    def plan(self, before, instruction):
        if before["status"] == "closed":
            return Plan.leave_out("closed")
        return Plan.nothing() if self.done(before, instruction) else Plan.change({"priority": self.priority})

    def done(self, before, instruction):
        return before["priority"] == self.priority

    def body(self, items):
        return {"priority": self.priority}

    def send(self, client, items, body):
        return client.update_tickets([item.ticket_id for item in items], body)

    def change(self, item):
        return {"priority": self.priority}

    def without(self, item, dropped):
        return {} if "priority" in dropped else item.after

    def shown(self, item, ticket, audits):
        return Shown(self.keep(ticket))

    def refusal(self, item):
        return None

    def outdated(self, client):
        return None

    def summarise(self, client, planned):
        return dict(Counter(ticket.outcome for ticket in planned))


tool = Tool(
    slug=SLUG,
    title="Set Priority",
    summary="Set the priority of every ticket of a view.",
    icon="flag",
    roles=frozenset({"admin", "agent"}),
    bp=bp,
    jobs=JobKind(
        parameters=PriorityParameters,
        operation=lambda parameters, snapshot: PriorityOperation(parameters["priority"]),
        sentence=lambda job: f"set the priority to {job.parameters['priority']} on {job.total} tickets",
        preview_template="set_priority/preview.html",
    ),
)
'''

# A process of ours with one more line in the registry; all else is as `celery_app` and `run` have it.
PROCESS = """
from app.tools import registry
import set_priority

registry.TOOLS.append(set_priority.tool)

from celery_app import app, flask_app
"""


def write(folder: Path) -> None:
    """The tool's folder, and the module of a process whose registry has a line for it."""
    templates = folder / "set_priority" / "templates" / "set_priority"
    templates.mkdir(parents=True)
    (folder / "set_priority" / "__init__.py").write_text(TOOL)
    (templates / "preview.html").write_text("<p>{{ summary.pending }} tickets would change.</p>")
    (folder / "process_with_one_more.py").write_text(PROCESS)
