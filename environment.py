"""Reads environment variables with their types, and says in a sentence what does not fit; config.py names them all."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

LONGEST_NUMBER = 19  # digits: Python refuses to read thousands of them


class ConfigError(Exception):
    """A setting is missing or wrong; the message is one sentence for the person who starts the program."""


class Values:
    """Environment variables with types; an empty one counts as unset."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.environ = environ

    def text(self, name: str) -> str:
        return self.environ.get(name, "").strip()

    def choice(self, name: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(name) or default
        if value not in choices:
            raise ConfigError(f"{name} is {value!r}; it must be one of {', '.join(choices)}.")
        return value

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self.text(name)
        if not value:
            return default
        digits = value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER
        if not digits or not least <= int(value) <= most:
            raise ConfigError(f"{name} is {value!r}; it must be a whole number from {least} to {most}.")
        return int(value)

    def share(self, name: str, default: float) -> float:
        try:
            value = float(self.text(name) or default)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1:
            raise ConfigError(f"{name} is {self.text(name)!r}; it must be a share from 0 up to, not including, 1.")
        return value


def api_url(env: Values) -> str:
    base_url = env.text("ZENDESK_API_URL").rstrip("/")
    if base_url and not _is_base_url(base_url):
        raise ConfigError(
            "ZENDESK_API_URL must be a whole base URL and nothing more, such as https://acme.zendesk.com."
        )
    return base_url


def proxy(env: Values) -> str:
    """The proxy with its scheme; its address is not part of any message, for it may hold a password."""
    text = env.text("HTTPS_PROXY") or env.text("https_proxy")
    if not text:
        return ""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise ConfigError("HTTPS_PROXY must be the address of an http proxy, such as http://proxy.acme.com:3128.")
    return url


def ca_bundle(env: Values) -> str:
    path = env.text("REQUESTS_CA_BUNDLE")
    if not path:
        return ""
    folder = Path(path).is_dir()
    try:
        ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except OSError as error:  # ssl's own errors, too
        raise ConfigError("REQUESTS_CA_BUNDLE must name a file with certificates (PEM) that can be read.") from error
    return path


def _is_base_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises when it is none
    except ValueError:
        return False
    extra = parts.username or parts.password or parts.query or parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not extra
