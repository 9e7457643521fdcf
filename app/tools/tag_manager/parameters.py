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

    `"closed": "try"` stays where it was given; `"skip"` is what holds without it.
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
        if not self.add and not self.remove:
            raise InvalidParameters({"add": NOTHING})
        return self

    def kept(self) -> Values:
        return self.model_dump(mode="json", exclude={"closed"} if self.closed == SKIP else None)
