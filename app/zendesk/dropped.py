"""Reads X-Zendesk-API-Warn: the only sign that Zendesk left out a part of a write that it otherwise took.

Recorded are `{:allowed_parameters=>{…, :unpermitted_keys=>["ticket.id"], :invalid_values=>[]}}` (Ruby, not JSON) and
`Removed restricted keys ["ticket.id"] from parameters according to whitelist`. No form is documented, so any that names
a key of ours counts.
"""

import re
from collections.abc import Collection

QUOTED = re.compile(r"[\"']([^\"']{1,200})[\"']")
WORD = re.compile(r"[A-Za-z_]\w*")
AROUND = frozenset({"ticket", "tickets"})
MOST = 4_000  # characters of a header that are read


def dropped_keys(warning: str | None, sent: Collection[str]) -> tuple[str, ...]:
    """The keys of ours that a warning names, such as `email_ccs` or `comment.public`, each once.

    :param sent: the keys that the request bore, of whatever depth.
    """
    text = (warning or "")[:MOST]
    paths = QUOTED.findall(text) or WORD.findall(text)
    named = ([word for word in WORD.findall(path) if word.lower() not in AROUND] for path in paths)
    return tuple(dict.fromkeys(".".join(words) for words in named if words and words[0] in sent))
