"""What may be asked of Tag Manager, beyond which tickets."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from app.tools.tag_manager import tags
from app.tools.tag_manager.tags import MOST_TAGS, SKIP
from app.tools.tool import Asked, InvalidParameters, Parameters, Values

CLOSED = "closed is skip (leave closed tickets out) or try (send them, too)."
NOTHING = "Name at least one tag to add or to remove."


def _to_add(given: Any) -> list[str]:
    return tags.checked(given, adding=True)


def _to_remove(given: Any) -> list[str]:
    return tags.checked(given, adding=False)


class TagParameters(Parameters):
    """`{"add": [tag…], "remove": [tag…]}`, in lower case and each tag once.

    `"closed": "try"` and `"own": true` stay where they were given; `"skip"` and `false` are what holds without.
    """

    add: Annotated[
        list[str],
        Field(max_length=MOST_TAGS, description="Tags to add."),
        BeforeValidator(_to_add),
        Asked(metavar="TAG,TAG"),
    ] = []
    remove: Annotated[
        list[str],
        Field(max_length=MOST_TAGS, description="Tags to remove."),
        BeforeValidator(_to_remove),
        Asked(metavar="TAG,TAG"),
    ] = []
    closed: Annotated[
        Literal["skip", "try"], Field(description="Leave closed tickets out, or try them."), Asked(wrong=CLOSED)
    ] = SKIP

    own: Annotated[
        bool,
        Field(description="Each ticket has tags of its own, from the rows of its source; set where it has such rows."),
        Asked(hidden=True),
    ] = False

    @field_validator("remove")
    @classmethod
    def _not_both(cls, remove: list[str], info: ValidationInfo) -> list[str]:
        if both := sorted(set(info.data.get("add", ())) & set(remove)):
            raise ValueError(
                f"{tags.quoted(both)} cannot be added and removed at once: take it out of one of the lists."
            )
        return remove

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.add or self.remove or self.own):
            raise InvalidParameters({"add": NOTHING})
        return self

    def kept(self) -> Values:
        left_out = {name for name, usual in (("closed", SKIP), ("own", False)) if getattr(self, name) == usual}
        return self.model_dump(mode="json", exclude=left_out)
