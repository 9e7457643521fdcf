"""Logs: one line an event, as text or JSON, with the request id; no secrets, and no line that input could forge."""

from __future__ import annotations

import logging
import re
import secrets
import sys
import time
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from config import Config

HEADER = "X-Request-ID"
SANE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
QUIET = ("static", "healthz", "readyz", "metrics")  # asked for all day long: only in the log when it is wide open

SECRET_NAMES = re.compile(r"(password|secret|token|authorization|cookie|api_key|encryption_key)s?$|^sid$", re.I)
SECRET_VALUES = re.compile(
    r"(?i)(\b(?:bearer|basic)\s+)[\w.~+/=-]{8,}"  # Authorization
    r"|(\b(?:password|client_secret|access_token|refresh_token|api_token)[\"']?\s*[:=]\s*[\"']?)[^\s\"'&,}]+"
    r"|(://[^\s:/@]*:)[^\s@/]+(?=@)"  # a URL with a password
    r"|\b(zgt_)[\w-]{20,}"  # our own tokens
    r"|\b(gAAAA)[\w=-]{20,}"  # Fernet
)
REDACTED = "[redacted]"
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")

Event = MutableMapping[str, Any]


def request_id() -> str:
    """The id of the request, or of the job's request, that this code works for; empty outside of one."""
    return get_contextvars().get("request_id", "")


def bind_request_id(value: str) -> None:
    """Work for this request from now on: all of this thread's log lines bear its id."""
    clear_contextvars()
    bind_contextvars(request_id=value)


def configure(log_format: str) -> None:
    """Send all logging of this process to standard error, as "text" or "json"; may be called again."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    render = structlog.processors.JSONRenderer() if log_format == "json" else _text
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            render,
        ],
    )
    root = logging.getLogger()
    root.handlers = [handler for handler in root.handlers if not isinstance(handler, _StandardError)]
    handler = _StandardError()
    handler.setFormatter(formatter)
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)


def bind_logs(app: Flask, config: Config) -> None:
    """Send the logs of this process on their way; give each request an id, and write one line when it is answered."""
    configure(config.log_format)
    app.before_request(_begin)
    app.after_request(_end)


def redact(_logger: Any, _method: str, event: Event) -> Event:
    """Take out secrets, by the name of the value and by its looks."""
    return {name: _safe(name, value) for name, value in event.items()}


def _safe(name: str, value: Any) -> Any:
    if isinstance(value, str | bytes):
        if SECRET_NAMES.search(name):
            return REDACTED
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        return SECRET_VALUES.sub(lambda found: next(filter(None, found.groups()), "") + REDACTED, text)
    if isinstance(value, dict):
        return {key: _safe(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(name, inner) for inner in value]
    return value if value is None or isinstance(value, bool | int | float) else _safe(name, str(value))


def _text(_logger: Any, _method: str, event: Event) -> str:
    """One line; a traceback follows indented, so that nothing in it can pass for a line of its own."""
    trace = event.pop("exception", None)
    words = [_word(event.pop(name, "")) for name in ("timestamp", "level", "logger", "event")]
    words += [f"{name}={_word(value)}" for name, value in event.items()]
    line = " ".join(words)
    if trace:
        line += "".join(f"\n    {CONTROL.sub(_escaped, part)}" for part in str(trace).split("\n"))
    return line


def _word(value: Any) -> str:
    return CONTROL.sub(_escaped, str(value))


def _escaped(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape").decode()


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what `sys.stderr` is at that moment: test runners and daemons replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # pyright: ignore[reportIncompatibleVariableOverride]
        return sys.stderr


def _begin() -> None:
    inbound = request.headers.get(HEADER, "")
    bind_request_id(inbound if SANE_ID.fullmatch(inbound) else secrets.token_urlsafe(16))
    g.began = time.perf_counter()


def _end(response: Response) -> Response:
    response.headers[HEADER] = request_id()
    user = g.get("_login_user")  # as far as it was looked up: a log line is no reason to ask the database
    name = (request.endpoint or "").rpartition(".")[2]
    structlog.get_logger("app.requests").log(
        logging.DEBUG if name in QUIET else logging.INFO,
        "request",
        method=request.method,
        route=request.url_rule.rule if request.url_rule else None,
        status=response.status_code,
        ms=round((time.perf_counter() - g.began) * 1000),
        user=getattr(user, "id", None),
    )
    return response
