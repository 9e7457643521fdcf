"""The pages of presets: saved from a form and from a job's page, run as a preview, renamed, shared and deleted."""

from __future__ import annotations

import io
import re
from html import unescape

import pytest
from flask import Flask
from sqlalchemy import update

from app.auth import sessions
from app.database import transaction
from app.extensions import db
from app.jobs.models import Job
from app.jobs.presets.models import Preset
from app.sandbox import World
from tests.connected import config, stand_in, world, zendesk
from tests.factories import make_user
from tests.pages import PageClient
from tests.tools.test_source_parts import admin, checked, job_at

__all__ = ["admin", "config", "stand_in", "world", "zendesk"]

FORM = "/tools/tag-manager"
FILLED = {"source": "query", "query": "status:open", "add": "nightly", "closed": "y", "token": "t"}
SAVED = {**FILLED, "save_preset": "1", "preset_name": "Every <night>", "preset_canary": "20", "preset_shared": "y"}


def kept(app: Flask) -> list[Preset]:
    with app.app_context():
        return list(db.session.scalars(db.select(Preset).order_by(Preset.id)))


def signed_in(app: Flask, role: str) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    with app.app_context(), client.session_transaction() as session:
        session[sessions.KEY] = sessions.start(make_user(role))
        db.session.commit()
    return client


def test_the_list_says_how_to_begin(admin: PageClient, world: World) -> None:
    page = admin.get("/presets").text
    assert "No presets yet" in page
    assert 'href="/presets"' in admin.get("/").text


def test_a_form_is_saved_and_run_as_a_preview(app: Flask, admin: PageClient, world: World) -> None:
    assert admin.submit(FORM, SAVED).location == "/presets"
    (preset,) = kept(app)
    assert (preset.name, preset.source, preset.canary) == ("Every <night>", {"query": "status:open"}, 20)
    assert preset.parameters == {"add": ["nightly"], "remove": [], "closed": "try"}
    page = admin.get("/presets").text
    assert "Every &lt;night&gt;" in page
    form = re.search(r'href="(/tools/[^"]+)">Open in the form', page)
    assert form is not None
    assert checked(admin.get(unescape(form[1])).text) == ["query"]
    assert checked(admin.get(f"{FORM}?as_preset={preset.id}").text) == ["query"]
    job = job_at(app, admin.submit(f"/presets/{preset.id}/run", {"token": "a"}).location)
    assert (job.dry_run, job.source, job.canary) == (True, preset.source, 20)
    assert job_at(app, admin.submit(f"/presets/{preset.id}/run", {"token": "a"}).location).id == job.id


def test_a_macro_is_saved_with_its_tickets(app: Flask, admin: PageClient, world: World) -> None:
    macro = min(number for number, macro in world.macros.items() if macro.active)
    filled = {"source": "query", "query": "status:open", "macro_id": str(macro), "token": "t"}
    admin.submit("/tools/apply-macro-to-view", {**filled, "save_preset": "1", "preset_name": "Answer"})
    assert [preset.parameters for preset in kept(app)] == [{"macro_id": macro}]


def test_what_a_job_was_asked_for_is_saved_from_its_page(app: Flask, admin: PageClient, world: World) -> None:
    job = job_at(app, admin.submit(FORM, FILLED).location)
    assert f'action="/jobs/{job.id}/preset"' in admin.get(f"/jobs/{job.id}").text
    assert admin.submit(f"/jobs/{job.id}/preset", {"name": "From a job"}).location == "/presets"
    assert [(each.name, each.source, each.shared) for each in kept(app)] == [("From a job", job.source, False)]
    again = admin.submit(f"/jobs/{job.id}/preset", {"name": "From a job"})
    assert "From a job” already" in admin.get(again.location).text


def test_only_its_owner_and_admins_change_a_shared_preset(app: Flask, admin: PageClient, world: World) -> None:
    admin.submit(FORM, SAVED)
    (preset,) = kept(app)
    agent = signed_in(app, "agent")
    assert "Rename or delete" not in agent.get("/presets").text
    for act in ("change", "delete"):
        agent.submit(f"/presets/{preset.id}/{act}", {"name": "Mine"})
    assert [each.name for each in kept(app)] == ["Every <night>"]
    admin.submit(f"/presets/{preset.id}/change", {"name": "Renamed"})
    assert [(each.name, each.shared) for each in kept(app)] == [("Renamed", False)]
    assert agent.submit(f"/presets/{preset.id}/run").status_code == 404
    admin.submit(f"/presets/{preset.id}/delete")
    assert kept(app) == []


def test_presets_go_out_as_a_file_and_come_in_again(app: Flask, admin: PageClient, world: World) -> None:
    admin.submit(FORM, SAVED)
    (before,) = kept(app)
    file = admin.get("/presets/export.json").data
    admin.submit(f"/presets/{before.id}/delete")
    answer = admin.submit("/presets/import", {"file": (io.BytesIO(file), "presets.json")})
    assert "1 preset imported." in admin.get(answer.location).text
    (after,) = kept(app)
    assert (after.name, after.source, after.parameters) == (before.name, before.source, before.parameters)
    refused = admin.submit("/presets/import", {"file": (io.BytesIO(b"[]"), "presets.json")})
    assert "the file holds no JSON object" in admin.get(refused.location).text


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"preset_name": ""}, "Give a name of 1 to 80 characters."),
        ({"preset_canary": "few"}, "Give a whole number of tickets"),
        ({"query": ""}, "Say what to search for"),
        ({"add": ""}, "Name at least one tag"),
    ],
)
def test_what_does_not_fit_is_said_and_stays_filled_in(
    app: Flask, admin: PageClient, world: World, changes: dict[str, str], sentence: str
) -> None:
    answer = admin.submit(FORM, {**SAVED, **changes})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Every &lt;night&gt;"' in answer.text or "preset_name" in changes
    assert kept(app) == []


def test_a_preset_whose_run_is_refused_says_why(app: Flask, admin: PageClient, world: World) -> None:
    admin.submit(FORM, SAVED)
    (preset,) = kept(app)
    with app.app_context(), transaction() as tx:
        tx.execute(update(Preset).values(account="other.zendesk.com"))
    page = admin.get(admin.submit(f"/presets/{preset.id}/run").location).text
    assert "was not run" in page
    assert "other.zendesk.com" in page
    with app.app_context():
        assert db.session.scalar(db.select(Job.id)) is None
