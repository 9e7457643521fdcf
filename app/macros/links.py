"""Links in macros that look dead: without a request, by what their addresses tell."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from urllib.parse import urlsplit

from app.macros.actions import COMMENT
from app.macros.index import Entry
from app.macros.markup import unescaped

LINK = re.compile(r"""https?://[^\s<>"'{}|\\^`\[\]]+""", re.IGNORECASE)
OLD_WORDS = re.compile(r"(^|[.-])(old|legacy|archive|archived|deprecated|v1|alt|obsolete|former)(?=[.-]|\d|$)")
GONE = {
    "goo.gl": "Google has switched this shortener off",
    "plus.google.com": "Google+ has been switched off",
    "getsatisfaction.com": "the service has been switched off",
    "desk.com": "Desk.com has been switched off",
    "assistly.com": "the service has been switched off",
}
OLD_PATHS = re.compile(r"^/(?:entries|forums)/\d|^/portal/", re.IGNORECASE)
LONG_AGO = 365 * 86_400.0


def suspects(entries: Iterable[Entry]) -> dict[int, list[str]]:
    """Sentences by macro id: an address that says it is old, or a host that only old macros still link to."""
    hosts: dict[str, set[str]] = defaultdict(set)
    newest: dict[str, float] = defaultdict(float)
    linked: list[tuple[Entry, str, str]] = []
    for entry in entries:
        for url in links_of(entry):
            host = (urlsplit(url).hostname or "").lower()
            linked.append((entry, url, host))
            hosts[_family(host)].add(host)
            newest[host] = max(newest[host], entry.updated_at or 0.0)
    found: dict[int, list[str]] = defaultdict(list)
    for entry, url, host in linked:
        reason = _reason(url, host, hosts[_family(host)], newest)
        sentence = f"Links to {host}: {reason}."
        if reason and sentence not in found[entry.id]:
            found[entry.id].append(sentence)
    return {macro: sentences for macro, sentences in found.items() if sentences}


def links_of(entry: Entry) -> list[str]:
    """The addresses in a macro's comments, each once; in rich text those behind links as well."""
    texts = (value.given for action in entry.actions if action.kind == COMMENT for value in action.values)
    found = (link.rstrip(".,;:!?)") for text in texts for link in LINK.findall(unescaped(text)))
    return [link for link in dict.fromkeys(found) if _readable(link)]


def _readable(link: str) -> bool:
    try:
        return bool(urlsplit(link).hostname)
    except ValueError:
        return False


def _reason(url: str, host: str, family: set[str], newest: dict[str, float]) -> str | None:
    gone = next((why for name, why in GONE.items() if host == name or host.endswith(f".{name}")), None)
    if gone:
        return gone
    if OLD_WORDS.search(host):
        return "its name says that it is old"
    if OLD_PATHS.match(urlsplit(url).path):
        return "this kind of address is from before Zendesk's help centers"
    latest = max(newest[each] for each in family)
    if newest[host] and latest - newest[host] > LONG_AGO:
        successor = max(family, key=lambda each: newest[each])
        return f"newer macros link to {successor} instead"
    return None


def _family(host: str) -> str:
    """The last two labels: hosts of one organisation, nearly always."""
    return ".".join(host.split(".")[-2:])
