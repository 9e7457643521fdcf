"""Reads the JSON body of a request, strictly: what does not fit is refused by name, nothing is guessed or ignored."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

from flask import request
from werkzeug.exceptions import UnsupportedMediaType

from app import numbers
from app.auth.access import api_token
from app.auth.models import User
from app.jobs import wording
from app.jobs.commands.service import Submission, Wanted
from app.jobs.models import Job
from app.numbers import LARGEST_ID, LARGEST_ROW
from app.tools.mounted import job_kinds, tools
from app.tools.tool import InvalidParameters, Tool
from app.web.errors import ApiError

T = TypeVar("T")

KEYS = ("tool", "source", "parameters", "dry_run", "expected_total", "canary", "accept_current_user")
SOURCES = ("view_id", "job_id")
RETRY_KEYS = ("dry_run", "expected_total", "canary", "accept_current_user")
MARK_KEYS = ("there",)


def json_object() -> dict[str, Any]:
    """The JSON object that was sent.

    :raises UnsupportedMediaType: it is not declared as JSON.
    :raises RequestEntityTooLarge: it is larger than MAX_CONTENT_LENGTH.
    :raises ApiError: 400, when it is no JSON, or no object.
    """
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        body = json.loads(request.get_data(), **STRICTLY)
    except json.JSONDecodeError as error:
        raise _unreadable(f"The body is not JSON: see line {error.lineno}, column {error.colno}.") from error
    except UnicodeDecodeError as error:
        raise _unreadable("The body is not JSON: it must be text in UTF-8.") from error
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"The body is not JSON: {error}.") from error
    if not isinstance(body, dict):
        raise _unreadable("The body must be a JSON object, such as {…}.")
    return body


def submission(body: dict[str, Any], user: User) -> Submission:
    """The job that a POST /jobs asks for.

    :raises ApiError: 422 with a sentence for each key that does not fit; 403 when the tool is not for this role.
    """
    fields = Fields(body, KEYS)
    tool = fields.read("tool", a_tool)
    source = fields.read("source", an_object)
    dry_run = fields.read("dry_run", a_flag, default=True)
    expected_total = fields.read("expected_total", whole(0, LARGEST_ROW), default=None)
    canary = fields.read("canary", whole(0, LARGEST_ROW), default=None)
    accept_current_user = fields.read("accept_current_user", a_flag, default=False)
    parameters = fields.read("parameters", an_object, default=None)
    if tool is not None:
        check_role(tool, user)
    view_id, source_job_id = _source(fields, source)
    if tool is not None:
        parameters = _parameters(fields, tool, parameters, needed=source_job_id is None)
    fields.check()
    assert tool is not None and dry_run is not None  # noqa: S101, PT018 - check() has raised otherwise
    return Submission(
        tool=tool.slug,
        user=user,
        parameters=parameters,
        dry_run=dry_run,
        view_id=view_id,
        source_job_id=source_job_id,
        expected_total=expected_total,
        canary=canary,
        accept_current_user=bool(accept_current_user),
        may_reply_publicly=may_reply_publicly(),
    )


def retry(body: dict[str, Any]) -> Wanted:
    """What a POST /jobs/<id>/retry wants: a preview, unless it says otherwise; then by the rules of a direct run.

    :raises ApiError: 422 with a sentence for each key that does not fit.
    """
    fields = Fields(body, RETRY_KEYS)
    dry_run = fields.read("dry_run", a_flag, default=True)
    expected_total = fields.read("expected_total", whole(0, LARGEST_ROW), default=None)
    canary = fields.read("canary", whole(0, LARGEST_ROW), default=None)
    accept_current_user = fields.read("accept_current_user", a_flag, default=False)
    fields.check()
    return {
        "dry_run": dry_run is not False,
        "expected_total": expected_total,
        "canary": canary,
        "accept_current_user": bool(accept_current_user),
        "may_reply_publicly": may_reply_publicly(),
    }


def there(body: dict[str, Any]) -> bool:
    """What a person found on a ticket whose outcome is unknown: whether the change is there.

    :raises ApiError: 422, when that is not said.
    """
    fields = Fields(body, MARK_KEYS)
    found = fields.read("there", a_flag)
    fields.check("Nothing was marked: see `fields` for what does not fit.")
    return bool(found)


def check_role(tool: Tool, user: User) -> None:
    """:raises ApiError: 403, when people of this role may not use the tool."""
    if not tool.open_to(user):
        raise ApiError("tool_forbidden", f"Your role, {user.role}, may not use {tool.title}. An admin can.", 403)


def may_reply_publicly() -> bool:
    """Whether this request may make a job write to customers: a person may, a token only when it was made for that."""
    token = api_token()
    return token is None or token.public_replies


def check_public_replies(job: Job) -> None:
    """:raises ApiError: 403, when this request may not let the job send what is left of it."""
    if job.writes_to_customers and not job.dry_run and not may_reply_publicly():
        raise ApiError("public_replies_forbidden", wording.NO_PUBLIC_REPLIES, 403)


REQUIRED: Any = object()


class Fields:
    """Takes the keys of a JSON object one by one, and collects a sentence for each that does not fit."""

    def __init__(self, body: dict[str, Any], known: tuple[str, ...], prefix: str = "") -> None:
        self._body = body
        self._prefix = prefix
        expected = ", ".join(known)
        self.problems = {
            f"{prefix}{key}": f"There is no such key; known are {expected}." for key in body if key not in known
        }

    def read(self, key: str, check: Callable[[Any], T], default: Any = REQUIRED) -> T | None:
        """The checked value; the default when the key is absent, and None when the value does not fit.

        Where the default is None, null counts as absent.
        """
        value = self._body.get(key, REQUIRED)
        if value is REQUIRED or (value is None and default is None):
            if default is REQUIRED:
                self.problems[self._prefix + key] = "This is needed."
                return None
            return default
        try:
            return check(value)
        except ValueError as error:
            self.problems[self._prefix + key] = str(error)
            return None

    def check(self, message: str = "Nothing was started: see `fields` for what does not fit.") -> None:
        """:raises ApiError: 422, when anything did not fit."""
        if self.problems:
            raise ApiError("invalid", message, 422, self.problems)


def whole(least: int, most: int) -> Callable[[Any], int]:
    """A check for whole numbers in this range; true and 1.0 are none."""

    def check(value: Any) -> int:
        number = None if isinstance(value, str) else numbers.whole(value, least, most)
        if number is None:
            raise ValueError(f"Give a whole number from {least} to {most}.")
        return number

    return check


def a_flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("Give true or false.")
    return value


def an_object(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError("Give an object, such as {…}.")
    return value


def a_tool(value: Any) -> Tool:
    with_jobs = job_kinds()
    if not isinstance(value, str) or value not in with_jobs:
        raise ValueError(f"Give the name of a tool that works by jobs: {', '.join(with_jobs)}.")
    return tools()[value]


def _source(fields: Fields, source: dict[str, Any] | None) -> tuple[int | None, int | None]:
    if source is None:
        return None, None
    inner = Fields(source, SOURCES, prefix="source.")
    view_id = inner.read("view_id", whole(1, LARGEST_ID), default=None)
    job_id = inner.read("job_id", whole(1, LARGEST_ID), default=None)
    if not inner.problems and (view_id is None) == (job_id is None):
        inner.problems["source"] = "Give either view_id or job_id."
    fields.problems |= inner.problems
    if job_id is not None and job_id > LARGEST_ROW:  # the database could not even look for it
        raise ApiError("source_not_found", f"There is no job {job_id}.", 404)
    return view_id, job_id


def _parameters(
    fields: Fields, tool: Tool, parameters: dict[str, Any] | None, *, needed: bool
) -> dict[str, Any] | None:
    """The tool's parameters as it checked them; a job that carries out a dry run may leave them out."""
    if parameters is None:
        if needed:
            fields.problems.setdefault("parameters", "This is needed.")
        return None
    try:
        return job_kinds()[tool.slug].parameters.read(parameters).kept()
    except InvalidParameters as wrong:
        fields.problems |= {f"parameters.{name}": sentence for name, sentence in wrong.fields.items()}
        return None


def _unreadable(message: str) -> ApiError:
    return ApiError("bad_json", message, 400)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} comes twice in one object")
    return found


STRICTLY: dict[str, Any] = {
    "parse_int": numbers.json_whole,
    "parse_float": numbers.json_fraction,
    "parse_constant": _no_number,
    "object_pairs_hook": _each_key_once,
}
