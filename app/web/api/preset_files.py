"""Presets as a JSON file: out with everything that they mean, and in again in the same account only."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import count, takewhile
from typing import Annotated, Any, ClassVar

from pydantic import Field, PlainValidator

from app.account.connection.current import current_host
from app.auth.models import User
from app.extensions import db
from app.jobs.commands import presets
from app.jobs.lists import store
from app.jobs.models import Job
from app.jobs.presets.models import Preset
from app.jobs.sources import registry
from app.jobs.sources.base import SourceRefused
from app.jobs.sources.ids import KeptList
from app.web.api import bodies, running
from app.web.api.reading import STRICTLY, Body
from app.web.errors import ApiError

VERSION = 1
MOST_BYTES = 16 * 1024 * 1024
REFUSAL = "Nothing was imported"
Values = dict[str, Any]


class FiledPreset(bodies.PresetRequest):
    """A preset in a file; `made_by` names the job that its source names, for numbers of jobs begin anew elsewhere."""

    made_by: str | None = None


def _objects(given: object) -> list[Values]:
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise ValueError("Give a list of presets.")
    if len(given) > presets.MOST:
        raise ValueError(f"Give {presets.MOST} presets at most.")
    return given


class PresetFile(Body):
    """What a file says; the presets themselves are checked one by one."""

    refusal: ClassVar[str] = f"{REFUSAL}: this is no file of presets of this version."

    version: int = Field(ge=VERSION, le=VERSION)
    account: str
    presets: Annotated[list[Values], PlainValidator(_objects)]


def filed(found: Iterable[Preset], user: User) -> Values:
    """The presets of the connected account, as a file has them; lists of tickets are written out."""
    here = current_host()
    return {"version": VERSION, "account": here, "presets": [_filed(one, user) for one in found if one.account == here]}


def take_in(content: bytes, user: User) -> int:
    """Keep all presets of a file as this person's own, or none; how many.

    :raises ApiError: with a sentence for each thing that does not fit.
    :raises JobRefused: when one may not be kept.
    """
    found = _understood(content)
    here = current_host()
    if found.account != here:
        raise ApiError(
            "other_account",
            f"{REFUSAL}: the file is of {found.account[:100]}, and {here or 'no account'} is connected. Ids of one "
            "account mean nothing in another.",
            409,
        )
    new = [_checked(each, number, user) for number, each in enumerate(found.presets, 1)]
    return len(presets.save(user, new, here, action="preset.imported"))


def _filed(preset: Preset, user: User) -> Values:
    source = registry.kept(preset.source)
    job = db.session.get(Job, source.of_job) if source.of_job else None
    return {
        "name": preset.name,
        "tool": preset.tool,
        "source": _written_out(source, user) if isinstance(source, KeptList) else preset.source,
        "parameters": preset.parameters,
        "canary": preset.canary,
        "shared": preset.shared,
        **({"made_by": job.correlation_id} if job else {}),
    }


def _written_out(source: KeptList, user: User) -> Values:
    """A list as it would be given: its number means nothing elsewhere, and it is for those alone who may see it."""
    try:
        own = source.kept_for(user).own_tags
    except SourceRefused:
        return source.kept()
    parts = takewhile(lambda part: part is not None, (store.tickets(source.list_id, number) for number in count()))
    tickets = {ticket: said for part in parts for ticket, said in (part or {}).items()}
    if not own:
        return {"ticket_ids": list(tickets)}
    return {"rows": [{"ticket_id": ticket, **(said or {})} for ticket, said in tickets.items()]}


def _checked(each: Values, number: int, user: User) -> presets.NewPreset:
    """A preset of the file, checked as if it had been sent by itself; what does not fit is told with its place."""
    try:
        bodies.check_role_of(each.get("tool"), user)
        asked = FiledPreset.read(each)
        _require_same_job(asked)
        return running.new_preset(user, asked)
    except ApiError as wrong:
        said = " ".join(_told(wrong)) or wrong.message
        raise ApiError(wrong.code, f"{REFUSAL}. Preset {number} does not fit. {said}", wrong.status) from wrong


def _require_same_job(asked: FiledPreset) -> None:
    if isinstance(asked.source, KeptList):
        raise ApiError("list_not_found", "A file names tickets by their ids, not by the number of a list.", 422)
    if asked.source.of_job is None or asked.source.is_frozen:
        return
    job = db.session.get(Job, asked.source.of_job)
    if job is None or job.correlation_id != asked.made_by:
        message = f"Job {asked.source.of_job} of the file is no job of this installation."
        raise ApiError("source_not_found", message, 404)


def _understood(content: bytes) -> PresetFile:
    try:
        return PresetFile.read(_parsed(content))
    except ApiError as wrong:
        raise ApiError(wrong.code, " ".join([wrong.message, *_told(wrong)]), wrong.status) from wrong


def _told(wrong: ApiError) -> list[str]:
    return [f"{name}: {sentence}" for name, sentence in (wrong.fields or {}).items()]


def _parsed(content: bytes) -> Values:
    if len(content) > MOST_BYTES:
        raise ApiError("too_large", f"{REFUSAL}: the file has more than {MOST_BYTES // 1024**2} MB.", 413)
    try:
        found = json.loads(content, **STRICTLY)
    except (ValueError, RecursionError) as error:
        raise ApiError("bad_json", f"{REFUSAL}: the file is no JSON.", 400) from error
    if not isinstance(found, dict):
        raise ApiError("bad_json", f"{REFUSAL}: the file holds no JSON object.", 400)
    return found
