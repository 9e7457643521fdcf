"""Reads Zendesk's error bodies: four JSON envelopes, bare strings, plain text, HTML or nothing.

See docs/zendesk.md, Errors.
"""

import re
from dataclasses import dataclass, field
from typing import Any

LONGEST_SENTENCE = 500
CODE = re.compile(r"[A-Za-z][\w.:-]{0,63}")


@dataclass(frozen=True)
class ErrorBody:
    """What the error envelopes have in common; `code` only when it looks like one, for it goes into the log.

    `own`: the body is one of Zendesk's envelopes, and not the page of a gateway or another program's JSON.
    """

    code: str | None = None
    description: str | None = None
    details: dict[str, list[str]] = field(default_factory=dict)
    current_job_ids: tuple[str, ...] = ()
    own: bool = False

    @property
    def no_help_desk(self) -> bool:
        """Whether Zendesk says, on a page of its own, that there is no account at the address."""
        return (self.description or "").startswith("No help desk")


def read_error(parsed: Any) -> ErrorBody:
    """Code and sentence from any of Zendesk's error envelopes, plain text, HTML or nothing.

    See docs/zendesk.md, Errors.
    """
    if isinstance(parsed, str):
        return ErrorBody(description=_sentence(re.sub(r"<[^<>]*>", " ", parsed)))
    if not isinstance(parsed, dict):
        return ErrorBody()
    error, errors = parsed.get("error"), parsed.get("errors")
    if isinstance(error, dict):
        return ErrorBody(_code(error.get("title")), _sentence(error.get("title"), error.get("message")), own=True)
    if isinstance(errors, list) and errors and isinstance(errors[0], dict):
        said = _sentence(errors[0].get("title"), errors[0].get("detail"))
        return ErrorBody(_code(errors[0].get("code")), said, own=True)
    jobs = parsed.get("current_job_ids")
    return ErrorBody(
        _code(error),
        _sentence(None if _code(error) else error, parsed.get("description") or parsed.get("error_description")),
        read_details(parsed.get("details")),
        tuple(str(job) for job in jobs) if isinstance(jobs, list) else (),
        own=isinstance(error, str) and bool(error),
    )


def read_details(details: Any) -> dict[str, list[str]]:
    """Zendesk's sentences per field; items may lack everything but a description (docs/zendesk.md, Errors)."""
    if not isinstance(details, dict):
        return {}
    return {
        str(name): [_sentence(item.get("description") if isinstance(item, dict) else item) or "" for item in items]
        for name, items in details.items()
        if isinstance(items, list)
    }


def _code(value: Any) -> str | None:
    return value if isinstance(value, str) and CODE.fullmatch(value) else None


def _sentence(*parts: Any) -> str | None:
    text = ": ".join(" ".join(part.split()) for part in parts if isinstance(part, str) and part.strip())
    return text[:LONGEST_SENTENCE] or None
