"""The actions of a macro that make its one comment: texts for several channels, rich or plain, and who may read it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.macros.actions import by_channel, texts
from app.macros.braces import problems
from app.tools.apply_macro.comment import TICKET_CHANNELS, Comment, is_blank

MODES = {"true": "public", "false": "internal"}


class CommentActions:
    """Takes one action after the other; `cannot` is told, by the action's field, what cannot be done."""

    def __init__(self, cannot: Callable[[str, str], None]) -> None:
        self._cannot = cannot
        self._plain: list[tuple[str | None, str]] = []
        self._html: list[str] = []
        self._mode = "unset"

    def plain(self, name: str, value: Any) -> None:
        if _has_object(value):
            self._cannot(name, f"cannot be “{value}”")
            return
        self._plain.extend((channel, text) for channel, text in by_channel(value) if text.strip())

    def rich(self, name: str, value: Any) -> None:
        if _has_object(value):
            self._cannot(name, f"cannot be “{value}”")
            return
        self._html.extend(text for text in texts(value) if not is_blank(None, text))

    def mode(self, name: str, value: Any) -> None:
        mode = MODES.get("".join(texts(value)).lower())
        if mode is None:
            self._cannot(name, f"cannot be “{value}”")
        else:
            self._mode = mode

    def comment(self) -> Comment | None:
        """The comment of all actions; None without one."""
        html = self._html[0] if self._html else None
        plain = self._for_tickets()
        if html is None and plain is None:
            return None
        comment = Comment(plain, html, self._mode)
        for problem in problems(comment.text, rich=comment.rich):
            self._cannot("comment_value", problem)
        return comment

    def _for_tickets(self) -> str | None:
        """The one plain text that applies to tickets: what is for the web goes before what is for all channels."""
        for channels in (("web",), ("all", None)):
            found = list(dict.fromkeys(text for channel, text in self._plain if channel in channels))
            if len(found) > 1:
                self._cannot("comment_value", "is there twice, with different texts")
            if found:
                return found[0]
        others = sorted({channel for channel, _ in self._plain if channel and channel not in TICKET_CHANNELS})
        if others and not self._html:
            self._cannot("comment_value", f"is for {' and '.join(others)} only, not for tickets")
        return None


def _has_object(value: Any) -> bool:
    """Whether an object is among what should be text: no person wrote it to be read."""
    return isinstance(value, dict) or (isinstance(value, list) and any(map(_has_object, value)))
