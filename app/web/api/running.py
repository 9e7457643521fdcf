"""Whom a preset is for, saving one, running one: the same for pages, the API and the command line."""

from __future__ import annotations

from dataclasses import replace

from app import numbers
from app.account.connection.current import current_host
from app.audit.log import record
from app.auth.models import User
from app.extensions import db
from app.jobs.commands import presets, service
from app.jobs.commands.create import JobRefused
from app.jobs.commands.presets import NewPreset
from app.jobs.models import Job
from app.jobs.presets.models import Preset
from app.jobs.sources.base import SourceRefused, TicketSource
from app.tools.mounted import tools_for
from app.web.api import asking, bodies
from app.web.errors import ApiError
from app.zendesk import ZendeskError


def tools_of(user: User) -> list[str]:
    """The tools by whose presets this person can work."""
    return [tool.slug for tool in tools_for(user) if tool.jobs]


def seen_by(user: User) -> list[Preset]:
    """The presets that this person may see, by name."""
    return presets.visible(user, tools_of(user))


def one(user: User, preset_id: int) -> Preset:
    """:raises ApiError: 404, where there is none that this person may see."""
    found = presets.find(preset_id, user, tools_of(user)) if numbers.row_id(preset_id) else None
    if found is None:
        raise ApiError("preset_not_found", f"There is no preset {preset_id}.", 404)
    return found


def saved(user: User, asked: bodies.PresetRequest) -> Preset:
    """Keep what was asked for, once its source was looked up for this person.

    :raises ApiError: when the tool or the source is not for them.
    :raises JobRefused: when it may not be kept.
    """
    bodies.check_role_of(asked.tool, user)
    (preset_id,) = presets.save(user, [new_preset(user, asked)], current_host())
    return one(user, preset_id)


def new_preset(user: User, asked: bodies.PresetRequest) -> NewPreset:
    """What was asked for, with the title of its source. Raises ApiError when the source is not for this person."""
    return NewPreset(
        name=asked.name,
        tool=asked.tool,
        source=asked.source,
        source_title=_title(asked.source, user),
        parameters=asked.parameters or {},
        canary=asked.canary,
        shared=asked.shared,
    )


def run(preset: Preset, user: User, *, key: str | None = None, request_id: str = "") -> Job:
    """A preview of what the preset says, with the rights, the eyes and the limits that hold now.

    :raises ApiError: when what it says does not fit any more, or is not for this person.
    :raises JobRefused: when it is of another account, or no job may be made.
    """
    here = current_host()
    if here is not None and preset.account != here:
        message = (
            f"The preset “{preset.name}” is of {preset.account}, and {here} is connected: its ids mean nothing here."
        )
        raise JobRefused("other_account", message, 409)
    preset_id, name = preset.id, preset.name
    asked, canary = (
        {"tool": preset.tool, "source": preset.source, "parameters": preset.parameters},
        preset.canary or None,
    )
    db.session.commit()  # no transaction may be open while the job is made
    submission = bodies.submission({**asked, "canary": canary}, user)
    submission = replace(submission, idempotency_key=key, request_id=request_id)
    job = service.submit(asking.looked_up(submission))
    record("preset.run", "preset", preset_id, f"Previewed the preset “{name}” in job {job.id}.", actor=user)
    return job


def _title(source: TicketSource, user: User) -> str:
    if source.is_frozen:
        return source.name  # refused where it is saved
    try:
        source.require_all()
        return source.look_up(user).title
    except SourceRefused as refused:
        raise asking.refusal(refused) from refused
    except ZendeskError:
        return source.name
    finally:
        db.session.commit()
