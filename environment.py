"""The variables of the environment and of `.env`, each with its type; what does not fit is said in a sentence.

config.py makes the settings of them; nothing else reads them.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent
LONGEST_NUMBER = 19  # digits: Python refuses to read thousands of them


class ConfigError(Exception):
    """A setting is missing or wrong; the message says it in a sentence for the person who starts the program."""


def _whole(least: int, most: int) -> BeforeValidator:
    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and len(value) <= LONGEST_NUMBER and least <= int(value) <= most):
            raise ValueError(f"is {value!r}; it must be a whole number from {least} to {most}.")
        return int(value)

    return BeforeValidator(read)


def _share(value: str) -> float:
    try:
        number = float(value)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1:
        raise ValueError(f"is {value!r}; it must be a share from 0 up to, not including, 1.")
    return number


def _base_url(text: str) -> str:
    try:
        parts = urlsplit(text)
        _ = parts.port  # raises when it is none
        extra = parts.username or parts.password or parts.query or parts.fragment
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and not extra
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be a whole base URL and nothing more, such as https://acme.zendesk.com.")
    return text.rstrip("/")


def _proxy(text: str) -> str:
    """The proxy with its scheme; its address is not part of any message, for it may hold a password."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        raise ValueError("must be the address of an http proxy, such as http://proxy.acme.com:3128.")
    return url


def _ca_bundle(path: str) -> str:
    folder = Path(path).is_dir()
    try:
        ssl.create_default_context(cafile=None if folder else path, capath=path if folder else None)
    except OSError as error:  # ssl's own errors, too
        raise ValueError("must name a file with certificates (PEM) that can be read.") from error
    return path


Share = Annotated[float, BeforeValidator(_share)]
Proxy = Annotated[str, AfterValidator(_proxy)]


class Environment(BaseSettings):
    """Every variable, by its name in lower case; an empty one counts as unset, and hides that of `.env`."""

    model_config = SettingsConfigDict(
        alias_generator=str.upper,
        case_sensitive=True,
        env_file=ROOT / ".env",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        validate_default=False,
    )

    flask_env: Literal["development", "testing", "production"] = "development"
    instance_path: str = ""
    secret_key: str = ""
    encryption_keys: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, _whole(1, 65_535)] = 5000
    trusted_proxies: Annotated[int, _whole(0, 10)] = 0
    database_url: str = ""
    redis_url: str = ""
    log_format: Literal["json", "text"] | None = None
    metrics_token: str = ""
    flower: Literal["0", "1"] = "0"
    flower_basic_auth: str = ""
    flower_url: str = ""
    admin_email: str = ""
    admin_password: str = ""
    zendesk_subdomain: str = ""
    zendesk_oauth_client_id: str = ""
    zendesk_oauth_client_secret: str = ""
    zendesk_email: str = ""
    zendesk_api_token: str = ""
    zendesk_api_url: Annotated[str, AfterValidator(_base_url)] = ""
    zendesk_demo: Literal["0", "1"] = "0"
    https_proxy: Proxy = ""
    https_proxy_as_curl_has_it: Annotated[Proxy, Field(alias="https_proxy")] = ""
    no_proxy: str = ""
    no_proxy_as_curl_has_it: Annotated[str, Field(alias="no_proxy")] = ""
    requests_ca_bundle: Annotated[str, AfterValidator(_ca_bundle)] = ""
    sync_ticket_limit: Annotated[int, _whole(0, 5_000)] = 500
    async_ticket_limit: Annotated[int, _whole(1, 1_000_000)] = 50_000
    zendesk_max_inflight_jobs: Annotated[int, _whole(1, 30)] = 10
    zendesk_rate_reserve: Share = 0.2
    stop_at_refused_share: Share = 0.2

    @model_validator(mode="before")
    @classmethod
    def _given(cls, values: dict[str, str]) -> dict[str, str]:
        return {name: value.strip() for name, value in values.items() if value.strip()}


def read(environ: Mapping[str, str] | None = None) -> Environment:
    """The variables of this process, with those of `.env` below them; or these instead.

    :raises ConfigError: with a sentence for each that does not fit.
    """
    instead: dict[str, Any] = {}
    if environ is not None:
        names = [str(field.alias) for field in Environment.model_fields.values()]
        instead = {"_env_file": None, **{name: environ.get(name, "") for name in names}}
    try:
        return Environment(**instead)
    except ValidationError as error:
        raise ConfigError(" ".join(map(_sentence, error.errors(include_url=False)))) from None


def _sentence(problem: Any) -> str:
    name, about = problem["loc"][0], problem["ctx"]
    if "error" in about:
        return f"{name} {about['error']}"
    expected = about["expected"].replace("'", "").replace(" or ", ", ")
    return f"{name} is {problem['input']!r}; it must be one of {expected}."
