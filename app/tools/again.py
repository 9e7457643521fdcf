"""The same again: the address of a tool's form, filled in as a job was or as a preset is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import g, request, url_for
from werkzeug.datastructures import MultiDict

from app import numbers
from app.account.connection.current import current_host
from app.auth.me import me
from app.jobs.commands import presets
from app.jobs.models import Job
from app.jobs.protocol.undoing import Undoing
from app.jobs.sources import registry
from app.jobs.sources.base import TicketSource
from app.jobs.sources.origin import origin
from app.jobs.store import queries
from app.tools.mounted import job_kinds, tools, tools_for
from app.tools.tool import Values

LONGEST = 2_000  # characters of an address; gunicorn refuses lines of more than 4,094
AS_JOB, AS_PRESET, ONLY_PARAMETERS = "as_job", "as_preset", "only_parameters"  # in an address that would be too long


@dataclass(frozen=True)
class Again:
    """Addresses of a form: with the source and the parameters of a job, and with the parameters alone."""

    same: str
    elsewhere: str | None  # None where the parameters are in the source: each ticket has its own


def again(job: Job) -> Again | None:
    """How a job is asked for once more; None for what takes a job back, for another account, and without the tool."""
    tool = tools().get(job.tool)
    undoes = job.snapshot is not None and Undoing.of(job.snapshot) is not None
    if tool is None or undoes or job.account != current_host() or not tool.open_to(me()):
        return None
    filled = _parameters(job.tool, job.parameters)
    same = form_address(job.tool, {**filled, **origin(job).form}, {AS_JOB: job.id})
    other = form_address(job.tool, filled, {AS_JOB: job.id, ONLY_PARAMETERS: 1}) if any(filled.values()) else None
    return Again(same, other)


def of_preset(slug: str, parameters: Values, source: TicketSource, instead: Mapping[str, Any]) -> str | None:
    """The form with what a preset says, if the tool is still there; `instead` stands for what is too long."""
    return form_address(slug, {**_parameters(slug, parameters), **source.form}, instead) if slug in tools() else None


def form_address(slug: str, filled: Mapping[str, Any], instead: Mapping[str, Any]) -> str:
    """The form of a tool with these fields, or with what stands for them where they are too long for an address."""
    form = f"{tools()[slug].bp.name}.choose"
    address = url_for(form, **filled)
    return address if len(address) <= LONGEST else url_for(form, **instead)


def filled_in() -> MultiDict[str, str]:
    """What the address of the present request fills in: itself, or what the job or preset says that it names."""
    if not {AS_JOB, AS_PRESET} & {*request.args}:
        return request.args
    if "filled_in" not in g:
        named = AS_JOB if AS_JOB in request.args else AS_PRESET
        number = numbers.row_id(request.args.get(named)) or 0
        g.filled_in = MultiDict(_of_job(number) if named == AS_JOB else _of_preset(number))
    return g.filled_in


def _of_job(job_id: int) -> dict[str, str]:
    job = queries.job_for(me(), job_id)
    if job is None or job.tool not in tools() or request.blueprint != tools()[job.tool].bp.name:
        return {}
    source = {} if ONLY_PARAMETERS in request.args else origin(job).form
    return _filled({**_parameters(job.tool, job.parameters), **source})


def _of_preset(preset_id: int) -> dict[str, str]:
    mine = [tool.slug for tool in tools_for(me()) if tool.bp.name == request.blueprint]
    preset = presets.find(preset_id, me(), mine)
    if preset is None or preset.tool not in mine:
        return {}
    return _filled({**_parameters(preset.tool, preset.parameters), **registry.kept(preset.source).form})


def _filled(fields: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in fields.items() if value}


def _parameters(slug: str, parameters: Values) -> Values:
    kind = job_kinds().get(slug)
    return kind.filled(parameters) if kind and kind.filled else {}
