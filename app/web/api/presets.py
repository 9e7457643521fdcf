"""The calls about presets."""

from __future__ import annotations

from http import HTTPStatus

from flask import Blueprint, Response, jsonify, url_for

from app.auth.me import me
from app.jobs.commands import presets
from app.logs import request_id
from app.web.api import answers, bodies, query, running
from app.web.api.openapi import ASKS_ZENDESK, call
from app.web.api.reading import json_object

PRESET = "/presets/<row:preset_id>"
Answered = tuple[Response, int, dict[str, str]]


@call("The presets that the person may use: their own, and those that others share. By name.", answers.Presets)
def list_presets() -> Response:
    found = [answers.Preset.model_validate(preset) for preset in running.seen_by(me())]
    return jsonify(answers.Presets(presets=found).json_values())


@call(
    "Save a filled-in tool under a name.",
    answers.Preset,
    saves=True,
    body=bodies.PresetRequest,
    refuses=ASKS_ZENDESK,
)
def save_preset() -> Answered:
    preset = running.saved(me(), bodies.PresetRequest.read(json_object()))
    where = {"Location": url_for("api.show_preset", preset_id=preset.id)}
    return _told(preset), HTTPStatus.CREATED, where


@call("One preset.", answers.Preset)
def show_preset(preset_id: int) -> Response:
    return _told(running.one(me(), preset_id))


@call("Rename a preset, share it or keep it private.", answers.Preset, body=bodies.PresetChange)
def change_preset(preset_id: int) -> Response:
    preset = running.one(me(), preset_id)
    asked = bodies.PresetChange.read(json_object())
    name = preset.name if asked.name is None else asked.name
    presets.change(preset, me(), name=name, shared=preset.shared if asked.shared is None else asked.shared)
    return _told(running.one(me(), preset_id))


@call("Delete a preset; answers with what it was. Jobs that were made of it stay.", answers.Preset)
def delete_preset(preset_id: int) -> Response:
    preset = running.one(me(), preset_id)
    answer = _told(preset)
    presets.remove(preset, me())
    return answer


@call("Preview what a preset says: a dry run, with the rights and limits that hold now.", answers.Job, made=True)
def run_preset(preset_id: int) -> Answered:
    preset = running.one(me(), preset_id)
    job = running.run(preset, me(), key=query.idempotency_key(), request_id=request_id())
    status = HTTPStatus.CREATED if job.ended else HTTPStatus.ACCEPTED
    where = {"Location": url_for("api.show_job", job_id=job.id)}
    return jsonify(answers.Job.of(job).json_values()), status, where


def mount(bp: Blueprint) -> None:
    bp.get("/presets")(list_presets)
    bp.post("/presets")(save_preset)
    bp.get(PRESET)(show_preset)
    bp.patch(PRESET)(change_preset)
    bp.delete(PRESET)(delete_preset)
    bp.post(f"{PRESET}/run")(run_preset)


def _told(preset: object) -> Response:
    return jsonify(answers.Preset.model_validate(preset).json_values())
