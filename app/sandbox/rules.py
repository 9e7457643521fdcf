"""A rule: when a fault strikes, and how hard; and what is refused as one."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass, field, fields
from fnmatch import fnmatchcase
from typing import Any

from .tag_rules import words

RANGES = {"every": (1, 1e6), "probability": (0, 1), "share": (0, 1), "seconds": (0, 600), "status": (404, 422)}


class InvalidRuleError(ValueError):
    """A rule that makes no sense; the message is a sentence."""


@dataclass
class Rule:
    """When a fault strikes, and how hard.

    It looks at requests of `method` whose path under /api/v2 (without `.json`) matches the glob `path`; of these it
    strikes every `every`-th, with `probability`, at most `times` times. `seconds` is a delay, or how long previews are
    stale, `retry_after` a header (seconds), `share` the part of a job's tickets that is still done, `slots` the jobs of
    others, `tickets` the tickets that an agent edits, `tag` the tag that a trigger answers, `keys` what is dropped from
    a write (with commas between), `ticket` the number that spoils a request, `status` what answers it then.
    """

    kind: str
    method: str = "*"
    path: str = "*"
    times: int | None = None
    every: int = 1
    probability: float = 1.0
    seconds: float = 5.0
    retry_after: int | None = None
    share: float = 0.5
    slots: int = 30
    tickets: int = 3
    tag: str = "survey_due"
    keys: str = "updated_stamp,safe_update"
    ticket: int = 0
    status: int = 404
    id: int = 0
    seen: int = 0
    struck: int = 0
    chance: random.Random = field(default_factory=random.Random, repr=False)

    def strikes(self, method: str = "*", path: str = "*") -> bool:
        """Whether it strikes this time; counts, so ask once per occasion."""
        if not (self._fits(self.method, method) and self._fits(self.path, path)):
            return False
        self.seen += 1
        spent = self.times is not None and self.struck >= self.times
        if spent or self.seen % self.every or self.chance.random() >= self.probability:
            return False
        self.struck += 1
        return True

    def json(self) -> dict[str, Any]:
        found = asdict(self)
        del found["chance"]
        return found

    @staticmethod
    def _fits(pattern: str, value: str) -> bool:
        return value == "*" or fnmatchcase(value, pattern)


NOT_SETTABLE = ("kind", "id", "seen", "struck", "chance")
SETTABLE = {each.name: str(each.type) for each in fields(Rule) if each.name not in NOT_SETTABLE}


def pair(setting: str) -> tuple[str, str]:
    name, equals, value = setting.partition("=")
    if not equals:
        raise InvalidRuleError(f"{setting!r} is no setting; write it as key=value.")
    return name, value


def checked(name: str, value: Any) -> Any:
    """A setting of the right type and in its range; text is read as a number where one is wanted."""
    kind = SETTABLE.get(name)
    if kind is None:
        raise InvalidRuleError(f"{name!r} is no setting of a fault; there are {', '.join(SETTABLE)}.")
    if name == "tag" and len(words(value)) != 1:
        raise InvalidRuleError(f"{value!r} is not one tag that Zendesk would keep.")
    if kind == "str":
        return words(value)[0] if name == "tag" else str(value)
    if value is None and "None" in kind:
        return None
    try:
        number = float(str(value)) if kind == "float" else int(str(value))
    except ValueError as error:
        raise InvalidRuleError(f"{name} is {value!r}; it must be a number.") from error
    least, most = RANGES.get(name, (0, 1e9))
    if not least <= number <= most:
        raise InvalidRuleError(f"{name} is {value}; it must be from {least:g} to {most:g}.")
    return number
