"""The options of `jobs run` that come from the parameters of tools, and the parameters that come from them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import NoneType
from typing import Any, Literal, NamedTuple, get_args, get_origin

import click
from pydantic.fields import FieldInfo

from app import numbers
from app.account.connection import current
from app.cli.jobs.named import the_one
from app.tools.mounted import job_kinds
from app.tools.parameters import Values, asked
from app.tools.tool import JobKind
from app.web.api.asking import require_connection

PREFIX = "parameter_"  # of what click calls them, so that none meets an option of the command's own


class Parameter(NamedTuple):
    """One parameter of a tool."""

    name: str
    field: FieldInfo

    @property
    def option(self) -> str:
        """The name of its option, without dashes."""
        return asked(self.field).option or self.name.replace("_", "-")

    @property
    def kind(self) -> Any:
        """Its type, whether it may be left out or not."""
        kinds = [each for each in get_args(self.field.annotation) if each is not NoneType]
        return kinds[0] if NoneType in get_args(self.field.annotation) else self.field.annotation

    @property
    def is_list(self) -> bool:
        return get_origin(self.kind) is list

    def declared(self) -> click.Option:
        """Its option; several tools may share one."""
        about = asked(self.field)
        more: dict[str, Any] = {"metavar": about.metavar or None, "help": self.field.description}
        if self.kind is bool:
            more = {"is_flag": True, "help": self.field.description}
        elif get_origin(self.kind) is Literal:
            more["type"] = click.Choice([str(each) for each in get_args(self.kind)])
        return click.Option([f"--{self.option}", PREFIX + self.option.replace("-", "_")], multiple=self.is_list, **more)

    def read(self, given: Any) -> Any:
        """What was given, as the tool's model takes it; what does not fit is for that to refuse, in its words."""
        titled = asked(self.field).titled
        if self.is_list:
            return [word for words in given for word in map(str.strip, words.split(",")) if word]
        if titled is None and self.kind is not int:
            return given
        if (number := numbers.whole(given)) is not None or titled is None:
            return given if number is None else number
        require_connection()
        return the_one(titled.word, given, titled.read(current.client(background=False)))


def declared(kinds: Mapping[str, JobKind]) -> list[click.Option]:
    """An option for each parameter of these tools.

    :raises ValueError: two tools want one option in different ways.
    """
    found: dict[str, click.Option] = {}
    for parameter in _all(kinds):
        new = parameter.declared()
        old = found.setdefault(parameter.option, new)
        if (old.multiple, old.is_flag, str(old.type)) != (new.multiple, new.is_flag, str(new.type)):
            raise ValueError(f"two tools take --{parameter.option}, and mean different things by it")
    return list(found.values())


def parameters(tool: str, given: Mapping[str, Any]) -> Values:
    """The parameters that the options say; those of other tools are among them, for the tool to refuse by name."""
    kinds = job_kinds()
    mine = {tool: kinds[tool]} if tool in kinds else {}
    by_option = {each.option.replace("-", "_"): each for each in [*_all(kinds), *_all(mine)]}
    found: Values = {}
    for name, value in given.items():
        if name.startswith(PREFIX) and value not in (None, (), False):
            parameter = by_option[name.removeprefix(PREFIX)]
            found[parameter.name] = parameter.read(value)
    return {name: value for name, value in found.items() if value != []}


def option_of(name: str) -> str:
    """The option that gives the parameter of this name, without dashes; the name itself where no tool has it."""
    return next((each.option for each in _all(job_kinds()) if each.name == name), name.replace("_", "-"))


def _all(kinds: Mapping[str, JobKind]) -> Iterator[Parameter]:
    for kind in kinds.values():
        for name, field in kind.parameters.model_fields.items():
            if not asked(field).hidden:
                yield Parameter(name, field)
