"""Reads what a request says, strictly: what does not fit is refused by name, nothing is guessed or ignored."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Self

from flask import request
from pydantic import BaseModel, ConfigDict, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from app import numbers
from app.jobs.sources.base import InvalidSource
from app.tools.tool import InvalidParameters
from app.web.errors import ApiError

SENTENCES = {
    "missing": "This is needed.",
    "bool_type": "Give true or false.",
    "dict_type": "Give an object, such as {…}.",
    "model_type": "Give an object, such as {…}.",
    "extra_forbidden": "There is no such key; known are {}.",
    "enum": "Give one of {}.",
    "literal_error": "Give one of {}.",
}
"""By pydantic's kind of error, for fields whose own checks say nothing."""


class Body(BaseModel):
    """The JSON object that a call takes; a check that raises ValueError says in a sentence what does not fit."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)
    refusal: ClassVar[str] = "Nothing was started: see `fields` for what does not fit."

    @classmethod
    def read(cls, given: dict[str, Any]) -> Self:
        """:raises ApiError: 422, with a sentence for each key that does not fit."""
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            raise ApiError("invalid", cls.refusal, 422, _sentences(cls, error)) from error


class Query(BaseModel):
    """What a call takes in its address; what is left empty counts as left out, and names that it does not know, too."""

    model_config = ConfigDict(frozen=True)

    @classmethod
    def read(cls) -> Self:
        """:raises ApiError: 422, with a sentence for each parameter that does not fit."""
        try:
            return cls.model_validate({name: given for name in cls.model_fields if (given := request.args.get(name))})
        except ValidationError as error:
            fields = _sentences(cls, error)
            name, sentence = next(iter(fields.items()))
            raise ApiError("invalid", f"{name} does not fit. {sentence}", 422, fields) from error


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


def _sentences(model: type[BaseModel], error: ValidationError) -> dict[str, str]:
    found: dict[str, str] = {}
    for problem in error.errors(include_url=False, include_input=False):
        *path, _ = names = [str(part) for part in problem["loc"]]
        about = problem.get("ctx", {})
        said = about.get("error")
        if isinstance(said, InvalidParameters | InvalidSource):
            found |= {".".join(filter(None, [*names, name])): sentence for name, sentence in said.fields.items()}
            continue
        words = _known(model, path) if problem["type"] == "extra_forbidden" else _unquoted(about.get("expected", ""))
        sentence = SENTENCES.get(problem["type"], f"{problem['msg']}.").replace("{}", words)
        found[".".join(names)] = str(said or sentence)
    return found


def _known(model: type[BaseModel], path: list[str]) -> str:
    for name in path:
        inner = model.model_fields[name].annotation
        assert isinstance(inner, type) and issubclass(inner, BaseModel)  # noqa: S101, PT018 - it forbids extra keys
        model = inner
    return ", ".join(model.model_fields)


def _unquoted(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


def _unreadable(message: str) -> ApiError:
    return ApiError("bad_json", message, 400)


def _no_number(word: str) -> Any:
    raise ValueError(f"{word} is no number")


def _sound_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which each key comes once, and is text: half of a surrogate pair is none."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise ValueError(f"the key {name[:80]!r} comes twice in one object")
        if any("\ud800" <= character <= "\udfff" for character in name):
            raise ValueError(f"the key {name[:80]!a} holds half a character")
        found[name] = value
    return found


STRICTLY: dict[str, Any] = {
    "parse_int": numbers.json_whole,
    "parse_float": numbers.json_fraction,
    "parse_constant": _no_number,
    "object_pairs_hook": _sound_keys,
}
