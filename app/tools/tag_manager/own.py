"""Tags of a ticket's own: read from a row by the rules of a whole job's, and what a job of such tickets does."""

from __future__ import annotations

from functools import lru_cache

from app.jobs.protocol.operation import Operation
from app.ticket_ids.own_tags import OwnTags
from app.tools.tag_manager import tags
from app.tools.tag_manager.operation import TagOperation
from app.tools.tag_manager.own_operation import OwnTagOperation
from app.tools.tag_manager.parameters import TagParameters
from app.tools.tool import InvalidParameters, Values


def operation_of(parameters: Values, material: Values | None = None) -> Operation:
    """What a tag job does: the same to all of its tickets, or to each what its row says."""
    common = TagOperation.of(parameters, material)
    return OwnTagOperation(common) if parameters.get("own") else common


@lru_cache(maxsize=4_096)  # the rows of a file repeat themselves
def own_tags(add: str, remove: str) -> OwnTags:
    """The tags that two cells name, cut at blanks and commas, in lower case and each once.

    :raises ValueError: with a sentence, when they do not fit.
    """
    try:
        found = TagParameters.read({"add": tags.words(add), "remove": tags.words(remove)})
    except InvalidParameters as wrong:
        raise ValueError(" ".join(wrong.fields.values())) from wrong
    return OwnTags(tuple(found.add), tuple(found.remove))
