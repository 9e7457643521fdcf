"""`jobs presets`: listed, run as a preview, out as a file and in again in the same account only."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from app.account.connection.current import current_host
from app.auth.models import User
from app.cli.jobs import exits
from app.jobs.commands import presets
from app.jobs.sources import registry
from app.sandbox import World
from tests.cli.jobs.conftest import Jobs

OPEN = {"query": "status:open"}


def keep(app: Flask, user: User, name: str, source: dict[str, Any]) -> int:
    with app.app_context():
        new = presets.NewPreset(name, "tag-manager", registry.read(source), "tickets", {"add": ["x"], "remove": []}, 3)
        return presets.save(user, [new], current_host())[0]


def test_a_preset_is_listed_renamed_run_and_deleted(app: Flask, jobs: Jobs, world: World, admin: User) -> None:
    number = keep(app, admin, "Nightly", OPEN)
    as_me = ("--as", admin.email)
    assert "Nightly: tag-manager on tickets (private)" in jobs("presets", "list", *as_me).stdout
    assert jobs("presets", "rename", number, "Daily", *as_me).exit_code == exits.DONE
    listed = json.loads(jobs("presets", "list", "--json", *as_me).stdout)["presets"]
    assert [(each["name"], each["source"]) for each in listed] == [("Daily", OPEN)]
    job = json.loads(jobs("presets", "run", number, "--json", *as_me).stdout)
    assert (job["dry_run"], job["status"], job["source"]) == (True, "completed", OPEN)
    assert jobs("presets", "delete", number, *as_me).exit_code == exits.DONE
    assert jobs("presets", "run", number, *as_me).exit_code == exits.REFUSED


def test_a_file_comes_in_again_with_its_lists_written_out(app: Flask, jobs: Jobs, world: World, admin: User) -> None:
    ids = sorted(world.tickets)[:150]
    for name, source in (("Search", OPEN), ("List", {"ticket_ids": ids})):
        keep(app, admin, name, source)
    as_me = ("--as", admin.email)
    text = jobs("presets", "export", *as_me).stdout
    assert [each["source"] for each in json.loads(text)["presets"]] == [{"ticket_ids": ids}, OPEN]
    taken = jobs("presets", "import", "-", *as_me, stdin=text)
    assert (taken.exit_code, "taken" in taken.stderr) == (exits.REFUSED, True)
    for number in (1, 2):
        jobs("presets", "delete", number, *as_me)
    assert jobs("presets", "import", "-", *as_me, stdin=text).stdout == "Imported 2 presets.\n"
    assert json.loads(jobs("presets", "export", *as_me).stdout) == json.loads(text)


GOOD: dict[str, Any] = {"name": "A", "tool": "tag-manager", "source": OPEN, "parameters": {"add": ["x"]}}


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"account": "other.zendesk.com"}, "the file is of other.zendesk.com"),
        ({"version": 2}, "this is no file of presets"),
        ({"presets": {}}, "this is no file of presets"),
        ({"presets": [GOOD, {**GOOD, "parameters": {"add": ["a b"]}}]}, "Preset 2 does not fit"),
        ({"presets": [{**GOOD, "source": {"view_id": 987}}]}, "Preset 1 does not fit"),
        ({"presets": [{**GOOD, "source": {"list_id": 1}}]}, "not by the number of a list"),
        ({"presets": [{**GOOD, "source": {"job_id": 1, "outcomes": ["failed"]}}]}, "no job of this installation"),
        ({"presets": [{**GOOD, "tool": "strange"}]}, "Give the name of a tool"),
        ({"presets": [GOOD, GOOD]}, "come twice"),
    ],
)
def test_a_file_that_does_not_fit_leaves_nothing_behind(
    app: Flask, jobs: Jobs, admin: User, changes: dict[str, Any], sentence: str
) -> None:
    with app.app_context():
        document = {"version": 1, "account": current_host(), "presets": [GOOD], **changes}
    taken = jobs("presets", "import", "-", "--as", admin.email, stdin=json.dumps(document))
    assert taken.exit_code != exits.DONE
    assert sentence in taken.stderr
    assert jobs("presets", "list", "--as", admin.email).stdout == ""
    broken = jobs("presets", "import", "-", "--as", admin.email, stdin=json.dumps(document)[:-3])
    assert "the file is no JSON" in broken.stderr
