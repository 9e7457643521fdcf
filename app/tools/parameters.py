"""The parameters of a tool as one typed model: forms, the API with its OpenAPI document, and the CLI come from it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from app.zendesk import Client

Values = dict[str, Any]


class InvalidParameters(ValueError):  # noqa: N818 - said of what a person gave, not of the program
    """The parameters of a tool do not fit; `fields` has a sentence for each one that does not."""

    def __init__(self, fields: dict[str, str]) -> None:
        super().__init__("; ".join(fields.values()))
        self.fields = fields


@dataclass(frozen=True)
class Titled:
    """An object of Zendesk's that the command line also takes by its title."""

    word: str  # what it is called in sentences, such as "macro"
    read: Callable[[Client], Iterable[tuple[int, str]]]  # ids and titles; raises ZendeskError


@dataclass(frozen=True)
class Asked:
    """How a parameter is asked for, where its name, type and description do not say it: stands in its `Annotated`."""

    wrong: str = ""  # the sentence for a value that is missing or of another type
    option: str = ""  # its option on the command line, without dashes; else its own name
    metavar: str = ""  # what stands behind the option in the command's help
    titled: Titled | None = None
    hidden: bool = False  # no option of the command line: it follows from something else


class Parameters(BaseModel):
    """What a person asks of a tool, beyond which tickets; each tool has a class of its own.

    A field's `description` is the help of its command line option and its description in the OpenAPI document. A check
    that raises ValueError says in a sentence what does not fit; one that looks at several fields together raises
    InvalidParameters, which names them.
    """

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @classmethod
    def read(cls, given: Values) -> Self:
        """What was given, checked; names that are no parameters are refused, not ignored.

        :raises InvalidParameters: with a sentence for each parameter that does not fit.
        """
        wrong = {name: f"There is no parameter {name}." for name in given if name not in cls.model_fields}
        try:
            found = cls.model_validate({name: value for name, value in given.items() if name not in wrong})
        except ValidationError as error:
            raise InvalidParameters(wrong | cls._sentences(error)) from error
        if wrong:
            raise InvalidParameters(wrong)
        return found

    def kept(self) -> Values:
        """The parameters as JSON: as a job keeps them, shows them, and gives them to its operation."""
        return self.model_dump(mode="json")

    @classmethod
    def _sentences(cls, error: ValidationError) -> dict[str, str]:
        found: dict[str, str] = {}
        for problem in error.errors(include_url=False, include_input=False):
            said = problem.get("ctx", {}).get("error")
            if isinstance(said, InvalidParameters):
                found |= said.fields
                continue
            name = str(problem["loc"][0]) if problem["loc"] else next(iter(cls.model_fields))
            sentence = str(said) if said else asked(cls.model_fields[name]).wrong
            found.setdefault(name, sentence or f"{problem['msg']}.")
        return found


def asked(field: FieldInfo) -> Asked:
    """How this parameter is asked for."""
    return next((each for each in field.metadata if isinstance(each, Asked)), Asked())
