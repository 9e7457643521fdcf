"""What people do with presets: save, rename, share, delete; each within its limits, and on record."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.audit.log import record
from app.auth.models import User
from app.characters import keepable
from app.database import transaction
from app.extensions import db
from app.jobs.commands.create import JobRefused, require_connected
from app.jobs.presets.models import LONGEST_NAME, Preset
from app.jobs.sources.base import TicketSource

MOST = 200  # of a person
LARGEST = 64 * 1024  # bytes of source and parameters as JSON
NOT_YOURS = "Only the person who saved this preset, or an admin, may change it."


@dataclass(frozen=True)
class NewPreset:
    """A preset to be: tool, source and parameters are checked by whoever asks."""

    name: str
    tool: str
    source: TicketSource
    source_title: str
    parameters: dict[str, Any]
    canary: int = 0
    shared: bool = False


def named(text: str) -> str:
    """A name as it is kept.

    :raises JobRefused: when it is empty or too long.
    """
    name = " ".join("".join(sign if sign.isprintable() else " " for sign in keepable(text)).split())
    if not name or len(name) > LONGEST_NAME:
        raise JobRefused("invalid_name", f"Give a name of 1 to {LONGEST_NAME} characters.", 422)
    return name


def save(user: User, new: Sequence[NewPreset], account: str | None, *, action: str = "preset.saved") -> list[int]:
    """Keep presets, all of them or none; their ids.

    :raises JobRefused: with a sentence, when one does not fit.
    """
    account = require_connected(account)
    db.session.commit()  # an open transaction would hold up what follows
    names = [named(each.name) for each in new]
    rows = [_row(each, account, user) for each in new]
    try:
        with transaction() as tx:
            _require_room(tx, user, len(rows))
            insertion = insert(Preset).returning(Preset.id)
            ids = [
                tx.execute(insertion.values(**row, name=name)).scalar_one()
                for row, name in zip(rows, names, strict=True)
            ]
    except IntegrityError as taken:
        raise JobRefused("name_taken", _taken(names), 409) from taken
    for preset_id, name, each in zip(ids, names, new, strict=True):
        how = "shared" if each.shared else "private"
        record(action, "preset", preset_id, f"Saved the {how} preset “{name}” of {each.tool}.", actor=user)
    return ids


def visible(user: User, tools: Sequence[str]) -> list[Preset]:
    """The presets that this person may see, by name: their own, and the shared ones of tools that they may use."""
    return list(db.session.scalars(select(Preset).where(_seen(user, tools)).order_by(Preset.name, Preset.id)))


def find(preset_id: int, user: User, tools: Sequence[str]) -> Preset | None:
    """The preset, when this person may see it."""
    wanted = select(Preset).where(Preset.id == preset_id, _seen(user, tools))
    return db.session.scalar(wanted.execution_options(populate_existing=True))


def may_change(preset: Preset, user: User) -> bool:
    return user.is_admin or preset.created_by_id == user.id


def change(preset: Preset, user: User, *, name: str, shared: bool) -> None:
    """Give it another name, share it or keep it private. Raises JobRefused."""
    preset_id, before = _of(preset, user)
    name = named(name)
    try:
        with transaction() as tx:
            tx.execute(update(Preset).where(Preset.id == preset_id).values(name=name, shared=shared))
    except IntegrityError as taken:
        raise JobRefused("name_taken", _taken([name]), 409) from taken
    how = "shared" if shared else "private"
    record("preset.changed", "preset", preset_id, f"The preset “{before}” is now “{name}”, {how}.", actor=user)


def remove(preset: Preset, user: User) -> None:
    """Delete it; jobs that were made of it stay. Raises JobRefused."""
    preset_id, name = _of(preset, user)
    with transaction() as tx:
        tx.execute(delete(Preset).where(Preset.id == preset_id))
    record("preset.deleted", "preset", preset_id, f"Deleted the preset “{name}”.", actor=user)


def _of(preset: Preset, user: User) -> tuple[int, str]:
    """Its number and name, for a person who may change it; the session then holds no transaction."""
    if not may_change(preset, user):
        raise JobRefused("not_yours", NOT_YOURS, 403)
    found = preset.id, preset.name
    db.session.commit()
    return found


def _row(new: NewPreset, account: str, user: User) -> dict[str, Any]:
    if new.source.is_frozen:
        raise JobRefused("frozen", "A preset lists its tickets anew: give a source that is no preview's list.", 422)
    source = new.source.at_rest(account, user.id).kept()
    if len(json.dumps([source, new.parameters])) > LARGEST:
        raise JobRefused("too_large", f"A preset holds at most {LARGEST // 1024} KB. Give long lists as a file.", 422)
    return {
        "account": account,
        "created_by_id": user.id,
        "shared": new.shared,
        "tool": new.tool,
        "source": source,
        "source_title": new.source_title,
        "parameters": new.parameters,
        "canary": new.canary,
    }


def _require_room(tx: Connection, user: User, more: int) -> None:
    there = tx.scalar(select(func.count()).select_from(Preset).where(Preset.created_by_id == user.id)) or 0
    if there + more > MOST:
        raise JobRefused("too_many", f"A person has at most {MOST} presets, and you have {there}. Delete some.", 409)


def _seen(user: User, tools: Sequence[str]) -> ColumnElement[bool]:
    return or_(Preset.created_by_id == user.id, Preset.shared & Preset.tool.in_(tools))


def _taken(names: Sequence[str]) -> str:
    if len(names) == 1:
        return f"There is a preset with the name “{names[0]}” already. Choose another name."
    return "Some of these names are taken by presets of yours, or come twice. Nothing was saved."
