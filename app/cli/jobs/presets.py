"""`flask --app run jobs presets list|run|export|import|rename|delete`."""

from __future__ import annotations

import json
from typing import BinaryIO

import click
from flask.cli import AppGroup

from app.audit.log import acting, record
from app.auth import people
from app.cli.jobs.ending import and_follow, as_json, driving, end, go_on
from app.cli.jobs.exits import MEANING, refusals
from app.cli.jobs.words import line
from app.database import reading
from app.extensions import db
from app.jobs.commands import presets as kept
from app.numbers.options import Named
from app.presentation import plural
from app.web.api import answers, preset_files, running

presets = AppGroup("presets", help="Presets: filled-in tools that were saved under a name.")
preset_id = click.argument("preset_id", type=Named(), metavar="ID")
in_whose_name = click.option("--as", "email", required=True, metavar="EMAIL", help="Who asks: rights are theirs.")


@presets.command("list")
@in_whose_name
@as_json
@refusals()
def list_presets(email: str, as_json: bool) -> None:
    """List the presets of a person and those that others share, by name."""
    user = people.active(email)
    with reading():
        found = running.seen_by(user)
        if as_json:
            shown = answers.Presets(presets=[answers.Preset.model_validate(preset) for preset in found])
            click.echo(json.dumps(shown.json_values(), indent=2))
            return
        for preset in found:
            whose = "shared" if preset.shared else "private"
            click.echo(line(f"{preset.id:>6}  {preset.name}: {preset.tool} on {preset.source_title} ({whose})"))


@presets.command("run", epilog=MEANING)
@preset_id
@in_whose_name
@and_follow
@as_json
@refusals()
def run(preset_id: int, email: str, follow: bool, as_json: bool) -> None:
    """Preview what a preset says; `jobs run --preview` carries it out."""
    user = people.active(email)
    with acting(user), driving() as left:
        job = running.run(running.one(user, preset_id), user)
    end(go_on(job, following=follow, left=left()), as_json=as_json)


@presets.command("export")
@click.argument("ids", type=Named(), nargs=-1, metavar="[ID]…")
@in_whose_name
@refusals()
def export(ids: tuple[int, ...], email: str) -> None:
    """Print presets as a JSON file: these, or all that the person may see."""
    user = people.active(email)
    with reading():
        found = [running.one(user, number) for number in ids] or running.seen_by(user)
        document = preset_files.filed(found, user)
    db.session.commit()
    number = len(document["presets"])
    record("preset.exported", "preset", summary=f"Exported {plural(number, 'preset')}.", actor=user)
    click.echo(json.dumps(document, indent=2))


@presets.command("import")
@click.argument("file", type=click.File("rb"))
@in_whose_name
@refusals()
def import_file(file: BinaryIO, email: str) -> None:
    """Keep the presets of a JSON file, or of standard input (-), as the person's own: all of them or none."""
    user = people.active(email)
    with acting(user):
        number = preset_files.take_in(file.read(preset_files.MOST_BYTES + 1), user)
    click.echo(f"Imported {plural(number, 'preset')}.")


@presets.command("rename")
@preset_id
@click.argument("name")
@in_whose_name
@refusals()
def rename(preset_id: int, name: str, email: str) -> None:
    """Give a preset another name."""
    user = people.active(email)
    with acting(user):
        preset = running.one(user, preset_id)
        kept.change(preset, user, name=name, shared=preset.shared)


@presets.command("delete")
@preset_id
@in_whose_name
@refusals()
def delete(preset_id: int, email: str) -> None:
    """Delete a preset; jobs that were made of it stay."""
    user = people.active(email)
    with acting(user):
        kept.remove(running.one(user, preset_id), user)
