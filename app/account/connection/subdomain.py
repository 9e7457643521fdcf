"""Reads the subdomain that a person types: one host label, so that no form can make us call another host."""

from __future__ import annotations

import re

LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
PASTED = re.compile(r"(?:https?://)?(?P<label>[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\.zendesk\.com(?::443)?(?:[/?#].*)?")


class NotASubdomain(ValueError):  # noqa: N818 - said of what a person typed
    """The message is a sentence for that person; `label` is what was probably meant, for them to look at."""

    def __init__(self, sentence: str, label: str | None = None) -> None:
        super().__init__(sentence)
        self.label = label


def read_subdomain(typed: str) -> str:
    """The label in lower case; blanks around it are not minded.

    :raises NotASubdomain: for anything else, whole addresses too.
    """
    text = typed.strip(" ")
    if not text:
        raise NotASubdomain("Give the word before .zendesk.com, such as acme.")
    # Only ASCII may be lower-cased: some foreign letters become Latin ones on the way.
    text = text.lower() if text.isascii() else text
    if LABEL.fullmatch(text):
        return text
    if pasted := PASTED.fullmatch(text):
        label = pasted["label"]
        raise NotASubdomain(f"That is a whole address; only the word before .zendesk.com is needed: {label}.", label)
    raise NotASubdomain("A subdomain is the one word before .zendesk.com: letters, digits and hyphens, such as acme.")
