"""The tags of a ticket's own, as the row of a CSV names them: by the same rules as the tags of a whole job."""

from __future__ import annotations

from functools import lru_cache

from app.ticket_ids.own_tags import OwnTags
from app.tools.tag_manager import tags
from app.tools.tag_manager.parameters import TagParameters
from app.tools.tool import InvalidParameters


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
